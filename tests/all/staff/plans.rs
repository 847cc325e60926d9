//! `/admin/plans`.

use serde_json::json;

use super::{call, done, events, refused, staff};
use crate::world::World;

fn change<'a>(quota: &'a str, rule: &'a str, price: &'a str, per: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("plan", "pro"), ("meter", "tokens"), ("quota", quota), ("rule", rule), ("overage_price", price), ("overage_per", per)]
}

#[tokio::test]
async fn a_plan_that_is_changed_holds_at_once_for_programs_and_for_lists() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let other = world.tenant("other").await;
    let server = world.serve().await;
    let (root, key) = (staff(&world, &server).await, acme.key("one").await.text);
    world.sql(&format!("insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by) values ('{}', 'tokens', 9, 'a deal', 'a test')", other.id)).await;
    let (_, first) = call(&server, &key, "/quota/tokens/consume", r#"{"amount": 10}"#).await;
    assert_eq!(first["limit"], 50_000_000);

    let page = done(&root, "/fn/plans/change", &change("5,000", "block", "10", "1 M")).await;
    for text in ["It holds from now on", "5,000", "version 1, 2 tenants"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let (status, refusal) = call(&server, &key, "/quota/tokens/consume", r#"{"amount": 5000}"#).await;
    assert_eq!((status, &refusal["limit"]), (429, &json!(5_000)), "{refusal}");
    let quotas = "select string_agg(slug || ' ' || tokens_quota, ', ' order by slug) from tenant_summaries";
    assert_eq!(world.text(quotas).await, "acme 5000, other 9", "a quota of its own stays");
    assert_eq!(world.number("select count(*) from plan_versions where summaries_after is not null").await, 0);

    let page = done(&root, "/fn/plans/change", &change("5,000", "overage", "0.0025", "1 k")).await;
    assert!(page.body.contains("then $0.0025 per 1,000"), "{}", page.body);
    let (status, over) = call(&server, &key, "/quota/tokens/consume", r#"{"amount": 5000}"#).await;
    assert_eq!((status, &over["overage"]), (200, &json!(true)), "{over}");
    let page = done(&root, "/fn/plans/change", &change("5,000", "degrade", "", "")).await;
    assert!(page.body.contains("then degraded"), "{}", page.body);
    let (status, degraded) = call(&server, &key, "/quota/tokens/consume", r#"{"amount": 5000}"#).await;
    assert_eq!((status, &degraded["degraded"]), (200, &json!(true)), "{degraded}");
    done(&root, "/fn/plans/change", &change("", "degrade", "", "")).await;
    let (status, unlimited) = call(&server, &key, "/quota/tokens/consume", r#"{"amount": 5000}"#).await;
    assert_eq!((status, &unlimited["limit"]), (200, &json!(null)), "{unlimited}");

    // What is the same already is no change.
    done(&root, "/fn/plans/change", &change("unlimited", "degrade", "", "")).await;
    assert_eq!(events(&world, "plan.changed").await, 4);
    let told =
        "select target || ' ' || before || ' ' || after from platform_events where action = 'plan.changed' order by seq limit 1 offset 1";
    let told = world.text(told).await;
    for text in ["pro tokens ", r#""rule":"block""#, r#""rule":"overage""#, r#""usd":"0.0025""#, r#""quota":5000"#] {
        assert!(told.contains(text), "{text}: {told}");
    }
    world.finish().await;
}

#[tokio::test]
async fn summaries_of_many_tenants_follow_in_steps() {
    let world = World::start().await;
    for n in 1..=5 {
        let _tenant = world.tenant(&format!("t{n}")).await;
    }
    world
        .sql(
            "update plan_entitlements set quota = 7 where meter = 'agents';
             update plan_versions set summaries_after = '00000000-0000-0000-0000-000000000000'",
        )
        .await;
    let mut follow = Vec::new();
    loop {
        let step = world.number("select summarize_changed_plans(2)::bigint").await;
        if step == 0 {
            break;
        }
        follow.push(world.number("select count(*) from tenant_summaries where agents_quota = 7").await);
    }
    assert!(follow.contains(&2) && follow.contains(&4) && follow.last() == Some(&5), "{follow:?}");
    assert_eq!(world.number("select count(*) from plan_versions where summaries_after is not null").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_plan_stands_beside_its_field_and_changes_nothing() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let long = "9".repeat(300);
    for (quota, rule, price, per, fields) in [
        ("many 😀", "block", "", "", &["quota"][..]),
        ("-1", "block", "", "", &["quota"]),
        ("1.5", "block", "", "", &["quota"]),
        (&long, "block", "", "", &["quota"]),
        ("5 GB", "block", "", "", &["quota"]),
        ("5", "free", "", "", &["rule"]),
        ("5", "", "", "", &["rule"]),
        ("5", "overage", "", "", &["overage_price", "overage_per"]),
        ("5", "overage", "-1", "0", &["overage_price", "overage_per"]),
        ("5", "overage", "0.00001", "1", &["overage_price"]),
        ("5", "overage", &long, &long, &["overage_price", "overage_per"]),
    ] {
        let found = refused(&root, "/fn/plans/change", "/admin/plans/pro/tokens", &change(quota, rule, price, per)).await;
        assert_eq!(found, fields, "{quota:.20} {rule} {price:.20} {per:.20}");
    }
    // A meter that is always refused offers nothing else.
    let sessions =
        [("plan", "pro"), ("meter", "sessions"), ("quota", "5"), ("rule", "overage"), ("overage_price", "1"), ("overage_per", "1")];
    assert_eq!(root.fetch("/fn/plans/change", &sessions).await.status, 422);
    for (plan, meter) in [("pro", "thoughts"), ("gold", "tokens"), ("😀", "\0")] {
        assert_eq!(
            root.fetch("/fn/plans/change", &[("plan", plan), ("meter", meter), ("quota", "5"), ("rule", "block")]).await.status,
            404
        );
        assert_eq!(
            root.get(&format!("/admin/plans/{}/{}", if plan == "😀" { "%00" } else { plan }, if meter == "\0" { "%00" } else { meter }))
                .await
                .status,
            404
        );
    }
    assert_eq!(events(&world, "plan.changed").await, 0);
    assert_eq!(world.number("select quota from plan_entitlements e join plan_versions v on v.id = e.plan_version_id join plans p on p.id = v.plan_id where p.key = 'pro' and e.meter = 'tokens'").await, 50_000_000);
    world.finish().await;
}
