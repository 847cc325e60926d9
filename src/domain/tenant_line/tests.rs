use super::*;

fn line(text: &str) -> Line {
    Line::parse(text)
}

fn filters(text: &str) -> Vec<Filter> {
    let line = line(text);
    assert_eq!(line.messages, Vec::<String>::new(), "{text}");
    line.terms.into_iter().map(|term| term.filter).collect()
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a literal day")
}

#[test]
fn filters_and_plain_words_stand_together() {
    assert_eq!(
        filters("plan:pro state:active tokens:>80% owner:@acme.com created:<2026-01-01 Müller \"two words\""),
        [
            Filter::Plan(vec!["pro".into()]),
            Filter::State(vec![TenantStatus::Active]),
            Filter::Measure(Key::Tokens, Op::More, Size::Percent(80)),
            Filter::Text(Key::Owner, "@acme.com".into()),
            Filter::Created(Op::Less, When::Day(day("2026-01-01"))),
            Filter::Word("müller".into()),
            Filter::Word("two words".into()),
        ]
    );
}

#[test]
fn each_kind_of_value_is_read() {
    let amount = |n: i64| Size::Amount(Decimal::from(n));
    for (text, filter) in [
        ("state:Past-due,trial", Filter::State(vec![TenantStatus::PastDue, TenantStatus::Trial])),
        ("status:suspended", Filter::State(vec![TenantStatus::Suspended])),
        ("STATE:trial", Filter::State(vec![TenantStatus::Trial])),
        ("state:\"past due\"", Filter::State(vec![TenantStatus::PastDue])),
        ("plan:Pro,free", Filter::Plan(vec!["pro".into(), "free".into()])),
        ("agents:5", Filter::Measure(Key::Agents, Op::Equal, amount(5))),
        ("agents:=5", Filter::Measure(Key::Agents, Op::Equal, amount(5))),
        ("tokens:>=1.5M", Filter::Measure(Key::Tokens, Op::AtLeast, amount(1_500_000))),
        ("tokens:<2k", Filter::Measure(Key::Tokens, Op::Less, amount(2_000))),
        ("storage:>10GB", Filter::Measure(Key::Storage, Op::More, amount(10_000_000_000))),
        ("storage:\"<= 500 MB\"", Filter::Measure(Key::Storage, Op::AtMost, amount(500_000_000))),
        ("cost:>$1.5k", Filter::Measure(Key::Cost, Op::More, amount(1_500))),
        ("cost:<=80%", Filter::Measure(Key::Cost, Op::AtMost, Size::Percent(80))),
        ("limit:>=100%", Filter::Measure(Key::Limit, Op::AtLeast, Size::Percent(100))),
        ("created:2026-01", Filter::Created(Op::Equal, When::Month(day("2026-01-01")))),
        ("created:2026-01-31", Filter::Created(Op::Equal, When::Day(day("2026-01-31")))),
        ("created:30d", Filter::Created(Op::AtMost, When::Age(30))),
        ("created:>1y", Filter::Created(Op::More, When::Age(365))),
        ("slug:AC", Filter::Text(Key::Slug, "ac".into())),
        ("name:\"a b:c\"", Filter::Text(Key::Name, "a b:c".into())),
        ("\"plan:pro\"", Filter::Word("plan:pro".into())),
        ("owner@acme.example", Filter::Word("owner@acme.example".into())),
        ("50%", Filter::Word("50%".into())),
    ] {
        assert_eq!(filters(text), [filter], "{text}");
    }
    assert_eq!(filters("a - b"), [Filter::Word("a".into()), Filter::Word("b".into())]);
    let turned = line("-plan:free -acme");
    assert!(turned.is_good() && turned.terms.iter().all(|term| term.negated), "{turned:?}");
}

#[test]
fn what_is_not_understood_is_said_and_the_rest_holds() {
    for (text, part) in [
        ("plan:", "“plan:” says nothing"),
        ("color:red", "there is no filter “color”"),
        ("https://acme.example", "there is no filter “https”"),
        ("state:asleep", "Choose a state"),
        ("plan:!!", "there is no such plan"),
        ("tokens:lots", "tokens:>80% or tokens:>=5M"),
        ("tokens:>-5", "“tokens:>-5” is not understood"),
        ("tokens:>1.5", "is not understood"),
        ("tokens:>999999999999999999999999999999", "is not understood"),
        ("limit:5", "limit:>=80%"),
        ("limit:>1000000%", "limit:>=80%"),
        ("cost:>1e9", "is not understood"),
        ("cost:>99999999999", "is not understood"),
        ("created:soon", "created:<2026-01-01"),
        ("created:2026-13-01", "created:<2026-01-01"),
        ("created:99999999d", "created:<2026-01-01"),
        ("name:\"acme", "a quote is opened and not closed"),
        ("\"\"", "says nothing to search for"),
        (&"x".repeat(101), "at most 100 characters"),
    ] {
        let read = line(&format!("acme {text}"));
        assert_eq!((read.terms.len(), read.messages.len()), (1, 1), "{text}: {:?}", read.messages);
        assert!(read.messages[0].contains(part), "{text}: {:?}", read.messages);
        assert_eq!(read.with_bad(), format!("acme {text}"), "what was typed is kept");
    }
}

#[test]
fn a_line_that_is_too_long_is_not_used_at_all() {
    let long = "plan:pro ".repeat(1_200);
    let read = line(&long);
    assert!(read.is_empty() && read.messages[0].contains("at most 500 characters; this one has 10,800"), "{:?}", read.messages);
    let many = line(&"a ".repeat(60));
    assert_eq!((many.terms.len(), many.messages.len()), (MAX_TERMS, 1));
}

#[test]
fn a_control_changes_its_own_term_and_no_other() {
    let mut read = line("acme plan:pro tokens:>80% -plan:free");
    assert_eq!(read.value(Key::Plan), Some("pro"));
    read.set(Key::Plan, "starter").expect("a plan");
    read.set(Key::State, "trial").expect("a state");
    read.set(Key::Tokens, "").expect("nothing");
    read.set(Key::Owner, "Ada \"A\" Ahrens").expect("a name");
    assert_eq!(read.to_string(), "acme plan:starter -plan:free state:trial owner:\"Ada  A  Ahrens\"");
    assert!(read.set(Key::Created, "soon").is_err());
    assert_eq!(read.with_state(None).to_string(), "acme plan:starter -plan:free owner:\"Ada  A  Ahrens\"");
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }
}

/// Whatever is typed is read without a panic, keeps each part, and what was understood means the same when it is read again.
#[test]
fn any_text_is_read_and_what_was_understood_is_read_again() {
    const PIECES: &[&str] = &[
        "plan:",
        "state:",
        "tokens:",
        "created:",
        "owner:",
        "limit:",
        "cost:",
        "storage:",
        "name:",
        "slug:",
        "agents:",
        "foo:",
        ":",
        "::",
        "-",
        "--",
        "\"",
        "\"\"",
        " ",
        "  ",
        "\t",
        "\0",
        ">",
        ">=",
        "<",
        "=",
        "80%",
        "%",
        "5M",
        "1.5",
        "2026-01-01",
        "2026-01",
        "30d",
        "pro",
        "active",
        ",",
        "é",
        "😀",
        "\u{202e}",
        "🏳️‍🌈",
        "\\",
        "'",
        "x",
        "999999999999999999999",
        "ß",
        "\u{a0}",
    ];
    let mut dice = Dice(42);
    for _ in 0..20_000 {
        let text: String = (0..dice.roll(14)).map(|_| PIECES[dice.roll(PIECES.len())]).collect();
        let read = line(&text);
        let again = line(&read.to_string());
        assert_eq!(again.messages, Vec::<String>::new(), "{text:?} became {:?}", read.to_string());
        assert_eq!(again.terms, read.terms, "{text:?} became {:?}", read.to_string());
        for key in Key::ALL {
            let mut changed = read.clone();
            let value = read.value(key).unwrap_or_default().to_owned();
            changed.set(key, &value).expect("what it has already");
            assert_eq!(changed.value(key).unwrap_or_default(), value, "{text:?}");
        }
    }
}
