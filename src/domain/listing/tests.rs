use super::*;

fn parse(pairs: &[(&str, &str)]) -> (TenantQuery, Vec<FieldError>) {
    TenantQuery::parse(|key| pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned()))
}

fn line(pairs: &[(&str, &str)]) -> String {
    let (query, errors) = parse(pairs);
    assert_eq!(errors, vec![], "{pairs:?}");
    query.line.to_string()
}

#[test]
fn a_view_is_a_link_and_back() {
    let pairs = [
        ("q", " Müller state:past_due tokens:>80% "),
        ("sort", "-cost"),
        ("cols", "limit,plan,nonsense"),
        ("after", "00000000000000000000000000000000.12.5000"),
    ];
    let (query, errors) = parse(&pairs);
    assert_eq!(errors, vec![]);
    let href = query.href();
    assert_eq!(
        href,
        "/admin/tenants?q=M%C3%BCller%20state:past_due%20tokens:%3E80%25&sort=-cost&cols=plan,limit&after=00000000000000000000000000000000.12.5000"
    );
    assert_eq!(TenantQuery::from_query(&query.to_query()), (query.from_start(), vec![]));
    let before = TenantQuery { edge: Some(Edge::Before(Cursor { value: "a.b".into(), id: uuid::Uuid::nil() })), ..TenantQuery::default() };
    assert_eq!(before.href(), "/admin/tenants?before=00000000000000000000000000000000.a.b");
    assert_eq!(parse(&[("before", "00000000000000000000000000000000.a.b")]).0, before);
    assert_eq!(parse(&[("cols", "name")]).0.columns.iter().count(), 0);
    assert_eq!(parse(&[("cols", "name"), ("col", "plan,cost")]).0.columns, Columns::of(&[Column::Cost, Column::Plan]));
}

#[test]
fn addresses_with_a_parameter_for_each_filter_keep_working() {
    assert_eq!(line(&[("q", "acme"), ("status", "suspended"), ("plan", "pro")]), "acme state:suspended plan:pro");
    assert_eq!(line(&[("q", ""), ("status", ""), ("plan", ""), ("tokens", ">80%")]), "tokens:>80%");
}

#[test]
fn line_and_controls_agree_whichever_was_changed() {
    let was = ("was", "acme plan:pro limit:>=80%");
    for (pairs, expected) in [
        // Nothing was changed.
        (&[("q", "acme plan:pro limit:>=80%"), ("plan", "pro"), ("limit", ">=80%"), was][..], "acme plan:pro limit:>=80%"),
        // The line was.
        (&[("q", "acme plan:free"), ("plan", "pro"), ("limit", ">=80%"), was], "acme plan:free"),
        (&[("q", "acme plan:pro,free limit:>=80%"), ("plan", "pro"), ("limit", ">=80%"), was], "acme plan:pro,free limit:>=80%"),
        // A control was.
        (&[("q", "acme plan:pro limit:>=80%"), ("plan", "free"), ("limit", ">=80%"), was], "acme plan:free limit:>=80%"),
        (&[("q", "acme plan:pro limit:>=80%"), ("plan", ""), ("limit", ">=80%"), ("status", "trial"), was], "acme limit:>=80% state:trial"),
        // Both were, each elsewhere; and both alike.
        (&[("q", "plan:pro limit:>=80% state:trial"), ("plan", "pro"), ("limit", ""), ("status", ""), was], "plan:pro state:trial"),
        (&[("q", "plan:free"), ("plan", "free"), ("limit", ">=80%"), was], "plan:free"),
    ] {
        assert_eq!(line(pairs), expected, "{pairs:?}");
    }
}

#[test]
fn nonsense_in_the_address_is_said_and_left_out() {
    let (query, errors) = TenantQuery::parse(|key| (key != "was").then(|| "x".repeat(200)));
    assert_eq!((query.is_filtered(), query.sort, &query.edge), (false, None, &None));
    let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(
        fields,
        ["q", "status", "plan", "limit", "created", "agents", "tokens", "storage", "cost", "owner", "name", "slug", "sort", "after"]
    );
}

#[test]
fn a_filter_brings_the_order_that_suits_it() {
    for (q, sort) in [
        ("", "name"),
        ("acme plan:pro", "name"),
        ("tokens:>80%", "-limit"),
        ("limit:<10%", "-limit"),
        ("tokens:<20%", "name"),
        ("state:active cost:>100", "-cost"),
        ("agents:<5", "agents"),
        ("storage:>1GB tokens:>5M", "-storage"),
        ("created:<2026-01-01", "-created"),
        ("-tokens:>80%", "name"),
    ] {
        assert_eq!(parse(&[("q", q)]).0.sort().to_string(), sort, "{q}");
        assert_eq!(parse(&[("q", q), ("sort", "-owner")]).0.sort().to_string(), "-owner");
    }
}
