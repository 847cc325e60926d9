use super::*;

fn words() -> Vocabulary {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let meter = |key: &str, label: &str, unit| MeterWord { key: key.to_owned(), label: label.to_owned(), unit };
    Vocabulary {
        plans: vec![pair("free", "Free"), pair("starter", "Starter"), pair("pro", "Pro"), pair("enterprise", "Enterprise")],
        meters: vec![
            meter("agents", "Agents", Unit::Count),
            meter("tokens", "Tokens", Unit::Count),
            meter("storage", "Storage", Unit::Bytes),
            meter("api_calls", "API calls", Unit::Count),
        ],
        pages: vec![
            pair("/admin", "Overview"),
            pair("/admin/jobs", "Jobs"),
            pair("/admin/keys", "Platform keys"),
            pair("/admin/usage", "Usage"),
        ],
    }
}

fn change(tenant: &str, to: Becomes) -> Command {
    Command::Change(Change { tenant: tenant.to_owned(), to })
}

fn tenant(name: &str, tab: Tab) -> Command {
    Command::Go(Go::Tenant(name.to_owned(), tab))
}

fn tenants(which: Which) -> Command {
    Command::Go(Go::Tenants(which))
}

#[test]
fn changes_are_read_however_they_are_said() {
    let pro = || Becomes::OnPlan("pro".to_owned());
    let suspended = |reason: &str| Becomes::Suspended { reason: reason.to_owned() };
    let agents = |quota| Becomes::Limited("agents".to_owned(), quota, Unit::Count);
    for (text, command) in [
        ("upgrade acme to enterprise", change("acme", Becomes::OnPlan("enterprise".to_owned()))),
        ("Please UPGRADE tenant 'Acme Corp' to the Pro plan.", change("Acme Corp", pro())),
        ("change the plan of acme to pro", change("acme", pro())),
        ("put acme on pro", change("acme", pro())),
        ("move Big Company to pro", change("Big Company", pro())),
        ("suspend acme", change("acme", suspended(""))),
        ("block tenant acme because two invoices are unpaid", change("acme", suspended("two invoices are unpaid"))),
        ("suspend acme: The owner asked for it", change("acme", suspended("The owner asked for it"))),
        ("resume acme", change("acme", Becomes::Resumed)),
        ("Reactivate “Delta Inc”", change("Delta Inc", Becomes::Resumed)),
        ("set agents limit of acme to 200", change("acme", agents(Some(200)))),
        ("raise the quota of agents for acme to 1.5 k", change("acme", agents(Some(1_500)))),
        ("give acme unlimited agents", change("acme", agents(None))),
        ("limit acme to 5 agents", change("acme", agents(Some(5)))),
        ("give acme 50 million tokens", change("acme", Becomes::Limited("tokens".to_owned(), Some(50_000_000), Unit::Count))),
        (
            "set storage limit for acme to 100 GB",
            change("acme", Becomes::Limited("storage".to_owned(), Some(100_000_000_000), Unit::Bytes)),
        ),
        ("set API calls limit of acme to 5,000", change("acme", Becomes::Limited("api_calls".to_owned(), Some(5_000), Unit::Count))),
    ] {
        assert_eq!(parse(text, &words()), Ok(command), "{text}");
    }
}

#[test]
fn places_are_found() {
    for (text, command) in [
        ("open acme", tenant("acme", Tab::Overview)),
        ("show users for tenant 'Acme'", tenant("Acme", Tab::Users)),
        ("usage of acme", tenant("acme", Tab::Usage)),
        ("show acme audit log", tenant("acme", Tab::Audit)),
        ("show all tenants", tenants(Which::All)),
        ("Show me all tenants and their resource usage", tenants(Which::All)),
        ("show tenants near limits", tenants(Which::NearLimits)),
        ("Which tenants are approaching their plan limits?", tenants(Which::NearLimits)),
        ("list suspended tenants", tenants(Which::State(TenantStatus::Suspended))),
        ("which tenants are past due", tenants(Which::State(TenantStatus::PastDue))),
        ("tenants on the pro plan", tenants(Which::Plan("pro".to_owned()))),
        ("show tenants by cost", tenants(Which::ByCost)),
        ("go to jobs", Command::Go(Go::Page("/admin/jobs".to_owned(), "Jobs".to_owned()))),
        ("platform keys", Command::Go(Go::Page("/admin/keys".to_owned(), "Platform keys".to_owned()))),
        ("Show revenue by tenant tier", Command::Go(Go::Page("/admin/usage".to_owned(), "Usage".to_owned()))),
        (
            "Create a new tenant called 'BigCorp' with pro plan",
            Command::Go(Go::NewTenant { name: "BigCorp".to_owned(), plan: Some("pro".to_owned()) }),
        ),
        ("new tenant Big Corp", Command::Go(Go::NewTenant { name: "Big Corp".to_owned(), plan: None })),
    ] {
        assert_eq!(parse(text, &words()), Ok(command), "{text}");
    }
}

#[test]
fn a_word_that_is_wrong_is_named_with_those_that_there_are() {
    for (text, part) in [
        ("upgrade acme to platinum", "There is no plan “platinum”. There are: free, starter, pro, enterprise."),
        ("set robots limit of acme to 5", "Nothing is counted as “robots”. There are: agents, tokens, storage, api_calls."),
        ("set agents limit of acme to many", "“many”: Enter a number"),
        ("set agents limit of acme to -5", "“-5”: Enter 0 or more."),
        ("show purple tenants", "There is no state “purple”."),
        ("create a tenant called X with premium plan", "There is no plan “premium”."),
    ] {
        let Err(NotUnderstood::Word(why)) = parse(text, &words()) else { panic!("{text}: {:?}", parse(text, &words())) };
        assert!(why.starts_with(part), "{text}: {why}");
    }
}

#[test]
fn what_is_not_understood_comes_with_the_nearest_that_is() {
    for (text, meant, near) in [
        ("supsend acme", Some("suspend acme"), "suspend acme because two invoices are unpaid"),
        ("upgarde acme to pro", Some("upgrade acme to pro"), "upgrade acme to enterprise"),
        ("resmue delta-inc", Some("resume delta-inc"), "resume delta-inc"),
        ("delete everything", None, ""),
    ] {
        let Err(NotUnderstood::Text { meant: found, near: examples }) = parse(text, &words()) else { panic!("{text}") };
        assert_eq!(found.as_deref(), meant, "{text}");
        assert_eq!(examples.len(), 3);
        assert!(near.is_empty() || examples[0] == near, "{text}: {examples:?}");
    }
    assert_eq!(parse("  ", &words()), Err(NotUnderstood::Empty));
    assert_eq!(parse(&"open ".repeat(100), &words()), Err(NotUnderstood::TooLong));
    assert_eq!(parse(&"a b ".repeat(70), &words()), Err(NotUnderstood::TooLong));
}

/// Numbers without meaning, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}

#[test]
fn what_is_shown_to_be_confirmed_is_read_back_as_the_same() {
    let mut dice = Dice(7);
    let slugs = ["acme", "a", "plan", "to", "tenant-9", "for", "limit", "delta-inc", "x2", "suspend", "Big Corp", "The Bakery"];
    let reasons = ["", "unpaid", "two invoices: 4711, 4712", "it's over; ask me", "because of \"reasons\""];
    for _ in 0..2_000 {
        let tenant = slugs[dice.roll(slugs.len())].to_owned();
        let to = match dice.roll(4) {
            0 => Becomes::OnPlan(["free", "pro", "enterprise"][dice.roll(3)].to_owned()),
            1 => Becomes::Suspended { reason: reasons[dice.roll(reasons.len())].to_owned() },
            2 => Becomes::Resumed,
            _ => {
                let (meter, unit) = [("agents", Unit::Count), ("storage", Unit::Bytes), ("api_calls", Unit::Count)][dice.roll(3)];
                let quota = (dice.roll(5) > 0).then(|| i64::try_from(dice.roll(1_000_000_000)).unwrap_or(0));
                Becomes::Limited(meter.to_owned(), quota, unit)
            }
        };
        let change = Change { tenant, to };
        assert_eq!(parse(&change.to_string(), &words()), Ok(Command::Change(change.clone())), "{change}");
    }
}

#[test]
fn no_text_is_too_strange() {
    let mut dice = Dice(11);
    let pieces = [
        "open", "acme", "\"", "'", "“", "”", ":", "to", "of", "plan", "tenants", "é", "\u{202e}", "🦀", "  ", "\t", "limit", "set", "5",
        "{tenant}", "[", "|", "NULL", "\u{0}", "-", "show", "which", "are",
    ];
    for _ in 0..5_000 {
        let text: String =
            (0..dice.roll(14)).map(|_| format!("{}{}", pieces[dice.roll(pieces.len())], if dice.roll(3) > 0 { " " } else { "" })).collect();
        if let Err(NotUnderstood::Text { near, .. }) = parse(&text, &words()) {
            assert_eq!(near.len(), 3, "{text:?}");
        }
    }
}

#[test]
fn every_example_is_a_command_of_its_own_rule() {
    for rule in RULES {
        let text = rule.example;
        let tokens = matching::tokens(text);
        let read = matching::readings(text, &tokens).into_iter().find(|reading| reading.rule.build(reading, &words()).is_ok());
        assert_eq!(read.expect("a command").rule.does, rule.does, "{text}");
        assert!(!rule.forms.is_empty() && rule.forms.iter().all(|form| form.is_ascii()));
    }
}
