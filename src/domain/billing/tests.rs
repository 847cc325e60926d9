use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a literal day")
}

fn usd(text: &str) -> Usd {
    text.parse().expect("a literal amount")
}

fn terms(plan: &str, price: &str) -> Terms {
    let tokens = MeterPrice { label: "Tokens".into(), unit: Unit::Count, price: UnitPrice { usd: Decimal::TEN, per: 1_000_000 } };
    Terms { plan: plan.to_owned(), price: usd(price), overage: BTreeMap::from([("tokens".to_owned(), tokens)]) }
}

fn span(from: &str, plan: &str, price: &str, pays: bool) -> Span {
    Span { from: day(from), terms: terms(plan, price), pays, overage_before: BTreeMap::new() }
}

fn month(spans: Vec<Span>) -> Month {
    let first = spans[0].from.with_day(1).expect("a first day");
    Month { first, spans, overage: BTreeMap::new() }
}

fn written(month: &Month) -> Vec<String> {
    month.draft().lines.iter().map(|line| format!("{} {} {}", line.kind.as_str(), line.amount, line.text)).collect()
}

#[test]
fn an_upgrade_costs_the_difference_for_the_days_that_are_left() {
    for (changed, old, new, amount) in [
        ("2026-11-02", "19", "49", "$29.00"),
        ("2026-11-16", "19", "49", "$15.00"),
        ("2026-11-30", "19", "49", "$1.00"),
        ("2026-12-31", "19", "49", "$0.97"),
        // 30 * 13 / 28, 30 * 13 / 29, and the last days of February.
        ("2026-02-16", "19", "49", "$13.93"),
        ("2028-02-17", "19", "49", "$13.45"),
        ("2026-02-28", "19", "49", "$1.07"),
        ("2028-02-29", "19", "49", "$1.03"),
        // Half a cent goes up: 0.15 * 1 / 30.
        ("2026-11-30", "0", "0.15", "$0.01"),
        ("2026-11-30", "0", "0.14", "$0.00"),
        ("2026-11-12", "0", "499", "$316.03"),
    ] {
        let first = day(changed).with_day(1).expect("a first day");
        let mut month = month(vec![Span { from: first, ..span(changed, "Old", old, true) }]);
        month.change_from(day(changed), |span| span.terms = terms("New", new));
        let draft = month.draft();
        let line = draft.lines.last().expect("a line");
        assert_eq!((line.kind, line.amount.to_string().as_str()), (LineKind::Proration, amount), "{changed} {old} {new}");
        assert_eq!(draft.total().0, usd(old).0 + line.amount.0);
    }
    // On the first day it is the new plan's month.
    let mut whole = month(vec![span("2026-11-01", "Old", "19", true)]);
    whole.change_from(day("2026-11-01"), |span| span.terms = terms("New", "49"));
    assert_eq!(written(&whole), ["base $49.00 New, 1 to 30 November 2026"]);
}

#[test]
fn lines_say_what_they_are_for() {
    let cases = [
        (vec![span("2026-11-01", "Pro", "49", true)], vec!["base $49.00 Pro, 1 to 30 November 2026"]),
        (vec![span("2026-11-01", "Free", "0", true)], vec![]),
        (vec![span("2026-11-01", "Pro", "49", false)], vec![]),
        // Created, or out of its trial, in mid-month.
        (vec![span("2026-11-16", "Pro", "49", true)], vec!["base $24.50 Pro from 16 November on, 15 of 30 days"]),
        (
            vec![span("2026-11-01", "Starter", "19", false), span("2026-11-21", "Starter", "19", true)],
            vec!["base $6.33 Starter from 21 November on, 10 of 30 days"],
        ),
        (
            vec![span("2026-11-01", "Starter", "19", true), span("2026-11-12", "Pro", "49", true)],
            vec!["base $19.00 Starter, 1 to 30 November 2026", "proration $19.00 Starter to Pro from 12 November on, 19 of 30 days"],
        ),
        // Suspended, and back.
        (
            vec![span("2026-11-01", "Pro", "49", true), span("2026-11-11", "Pro", "49", false), span("2026-11-21", "Pro", "49", true)],
            vec![
                "base $49.00 Pro, 1 to 30 November 2026",
                "credit -$32.67 Pro not used from 11 November on, 20 of 30 days",
                "base $16.34 Pro from 21 November on, 10 of 30 days",
            ],
        ),
        (
            vec![span("2026-11-01", "Pro", "49", true), span("2026-11-16", "Starter", "19", true)],
            vec!["base $49.00 Pro, 1 to 30 November 2026", "credit -$15.00 Pro to Starter from 16 November on, 15 of 30 days"],
        ),
    ];
    for (spans, lines) in cases {
        assert_eq!(written(&month(spans)), lines);
    }
}

/// Whatever happens in a month: its lines add up to what its days cost, rounded once, and no line is more than a cent off.
#[test]
fn the_lines_of_a_month_add_up_to_its_days() {
    let mut seed: u64 = 42;
    let mut dice = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    for round in 0..5_000 {
        let first = day(["2026-02-01", "2028-02-01", "2026-11-01", "2026-12-01"][round % 4]);
        let days = days_in(first);
        let mut spans = vec![Span { from: first, ..span("2026-01-01", "A", "0", dice(4) > 0) }];
        for n in 1..days {
            if dice(5) == 0 {
                let from = first + Days::new(n.unsigned_abs());
                spans.push(Span { from, ..span("2026-01-01", &format!("P{n}"), "0", dice(4) > 0) });
            }
        }
        for span in &mut spans {
            span.terms.price = of_cents(i128::from(dice(1_000_000)));
        }
        let costs: i128 = (0..days)
            .map(|n| {
                let today = first + Days::new(n.unsigned_abs());
                let holds = spans.iter().rfind(|span| span.from <= today).expect("the first one does");
                if holds.pays { cents(holds.terms.price) } else { 0 }
            })
            .sum();
        let month = Month { first, spans, overage: BTreeMap::new() };
        assert_eq!(cents(month.draft().total()), half_up(costs, i128::from(days)), "{month:?}");
        let mut paid = 0;
        let mut lines = month.draft().lines.into_iter();
        for span in &month.spans {
            let price = if span.pays { cents(span.terms.price) } else { 0 };
            if price != paid {
                let alone = half_up((price - paid) * (i128::from(days) - i128::from(span.from.day0())), i128::from(days));
                let line = lines.next().expect("a change has a line");
                assert!((cents(line.amount) - alone).abs() <= 1, "{line:?}, {alone}");
            }
            paid = price;
        }
        assert_eq!(lines.next(), None);
    }
}

#[test]
fn overage_is_billed_by_the_plan_under_which_it_was_used() {
    let mark = |units| BTreeMap::from([("tokens".to_owned(), units)]);
    let mut pro = Span { overage_before: mark(1_500_000), ..span("2026-11-12", "Pro", "49", true) };
    pro.terms.overage.get_mut("tokens").expect("it has one").price.usd = Decimal::from(5);
    let mut month = month(vec![span("2026-11-01", "Starter", "19", true), pro]);
    month.overage = mark(2_000_333);
    assert_eq!(
        written(&month)[2..],
        [
            "overage $15.00 Tokens beyond Starter: 1.5 M at $10 per 1 M",
            // 500,333 * 5 / 1,000,000 = 2.501665
            "overage $2.50 Tokens beyond Pro: 500,333 at $5 per 1 M",
        ]
    );
    // A trial's is not billed, and a plan without a price bills none.
    month.spans[0].pays = false;
    month.spans[1].terms.overage.clear();
    assert_eq!(month.draft().lines.len(), 1);
}

#[test]
fn a_change_that_is_only_thought_of_changes_all_that_comes_after_it() {
    let mut month = month(vec![span("2026-11-01", "Starter", "19", true), span("2026-11-20", "Starter", "19", false)]);
    month.overage = BTreeMap::from([("tokens".to_owned(), 7)]);
    month.change_from(day("2026-11-10"), |span| span.terms = terms("Pro", "49"));
    let plans: Vec<_> = month.spans.iter().map(|span| (span.from.day(), span.terms.plan.as_str(), span.pays)).collect();
    assert_eq!(plans, [(1, "Starter", true), (10, "Pro", true), (20, "Pro", false)]);
    assert_eq!(month.spans[1].overage_before, month.overage);
    month.change_from(day("2026-10-10"), |span| span.terms = terms("Free", "0"));
    assert!(month.spans.iter().all(|span| span.terms.plan == "Free") && month.spans.len() == 3);
}
