//! `/admin/tenants/{slug}/quotas`.

use serde_json::json;

use super::{call, done, refused, staff};
use crate::world::World;

const HERE: &str = "/admin/tenants/acme/quotas/tokens";

fn own<'a>(quota: &'a str, reason: &'a str, until: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("slug", "acme"), ("meter", "tokens"), ("quota", quota), ("reason", reason), ("until", until)]
}

fn grant<'a>(amount: &'a str, until: &'a str, reason: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("slug", "acme"), ("meter", "tokens"), ("amount", amount), ("grant_until", until), ("grant_reason", reason)]
}

#[tokio::test]
async fn an_override_holds_until_its_last_day_is_over() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (root, key) = (staff(&world, &server).await, acme.key("one").await.text);
    let (today, shown) = (world.text("select today()::text").await, world.text("select to_char(today(), 'FMDD FMMonth YYYY')").await);
    let limit = async || call(&server, &key, "/quota/tokens/consume", r#"{"amount": 1}"#).await.1["limit"].clone();
    let summary = "select coalesce(tokens_quota, -1) from tenant_summaries where slug = 'acme'";

    let page = done(&root, "/fn/quotas/override", &own("80 M", "a deal of the year", &today)).await;
    for text in ["The override holds from now on.", &format!("until {shown}"), "a deal of the year", "(override)", "root@tenantry.example"]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let list = root.get("/admin/tenants/acme/quotas").await;
    assert!(list.body.contains("80 M") && list.body.contains(&format!("until {shown}")), "{}", list.body);
    assert_eq!((limit().await, world.number(summary).await), (json!(80_000_000), 80_000_000));

    world.sql("update entitlement_overrides set expires_at = now()").await;
    assert_eq!(limit().await, json!(50_000_000), "it has run out, swept or not");
    assert!(!root.get(HERE).await.body.contains("a deal of the year"));
    while world.store.sweep().await.expect("swept") > 0 {}
    assert_eq!((acme.count("entitlement_overrides").await, world.number(summary).await), (0, 50_000_000));
    let told =
        "audit_events where action = 'quota.changed' and actor_kind = 'system' and after like '%ran out%' and after like '%50000000%'";
    assert_eq!(acme.count(told).await, 1);

    done(&root, "/fn/quotas/override", &own("", "a friend", "")).await;
    assert_eq!((limit().await, world.number(summary).await), (json!(null), -1));
    let gone = [("slug", "acme"), ("meter", "tokens"), ("removal_reason", "no friend any more")];
    let page = done(&root, "/fn/quotas/plan", &gone).await;
    assert!(page.body.contains("the plan&#x27;s quota holds again") || page.body.contains("the plan's quota holds again"), "{}", page.body);
    assert_eq!((limit().await, world.number(summary).await), (json!(50_000_000), 50_000_000));
    assert_eq!(acme.count("audit_events where action = 'quota.changed' and actor_kind = 'platform_admin'").await, 3);
    assert_eq!(root.fetch("/fn/quotas/plan", &gone).await.status, 409, "there is none any more");
    assert_eq!(acme.count("audit_events where action = 'quota.changed' and actor_kind = 'platform_admin'").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn a_grant_adds_to_the_quota_until_it_is_ended() {
    let world = World::start().await;
    let (acme, other) = (world.tenant("acme").await, world.tenant("other").await);
    let server = world.serve().await;
    let (root, key) = (staff(&world, &server).await, acme.key("one").await.text);
    let today = world.text("select today()::text").await;
    let summary = "select tokens_quota from tenant_summaries where slug = 'acme'";
    done(&root, "/fn/quotas/override", &own("100", "small", "")).await;
    let page = done(&root, "/fn/quotas/grant", &grant("50", &today, "an apology")).await;
    for text in ["The grant is added.", "50 of 50 left", "an apology", "(override and grants)"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let (_, counted) = call(&server, &key, "/quota/tokens/consume", r#"{"amount": 120}"#).await;
    assert_eq!((&counted["limit"], &counted["remaining"], world.number(summary).await), (&json!(150), &json!(30), 150));
    assert!(root.get(HERE).await.body.contains("30 of 50 left"));

    let id = world.text("select id::text from quota_grants").await;
    assert_eq!(
        root.fetch("/fn/quotas/end-grant", &[("slug", "other"), ("grant", &id)]).await.status,
        409,
        "another tenant has no such grant"
    );
    let page = done(&root, "/fn/quotas/end-grant", &[("slug", "acme"), ("grant", &id)]).await;
    assert!(page.body.contains("The grant has ended.") && page.body.contains("No grants run."), "{}", page.body);
    // What was drawn stays: 20 beyond the 100.
    let (status, full) = call(&server, &key, "/quota/tokens/consume", r#"{"amount": 1}"#).await;
    assert_eq!((status, &full["limit"], world.number(summary).await), (429, &json!(120), 120), "{full}");
    assert_eq!(root.fetch("/fn/quotas/end-grant", &[("slug", "acme"), ("grant", &id)]).await.status, 409);
    for (action, word) in [("grant.added", "an apology"), ("grant.ended", "\"taken_back\":30")] {
        assert_eq!(acme.count(&format!("audit_events where action = '{action}' and after like '%{word}%'")).await, 1, "{action}");
    }
    assert_eq!(other.count("audit_events where action like 'grant.%'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_quota_stands_beside_its_field_and_changes_nothing() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let (today, yesterday) = (world.text("select today()::text").await, world.text("select (today() - 1)::text").await);
    let (nines, long) = ("9".repeat(300), "x".repeat(301));
    for (form, fields) in [
        (own("-5", "a deal", ""), &["quota"][..]),
        (own("😀", "😀", ""), &["quota"]),
        (own(&nines, &long, &long), &["quota", "until", "reason"]),
        (own("5", "  ", &yesterday), &["until", "reason"]),
        (own("5", "a deal", "2026-02-30"), &["until"]),
    ] {
        assert_eq!(refused(&root, "/fn/quotas/override", HERE, &form).await, fields, "{form:.40?}");
    }
    for (form, fields) in [
        (grant("0", &today, "sorry"), &["amount"][..]),
        (grant("", "", ""), &["amount", "grant_until", "grant_reason"]),
        (grant("-1", &yesterday, &long), &["amount", "grant_until", "grant_reason"]),
        (grant(&nines, "9999-01-01", "sorry"), &["amount", "grant_until"]),
        (grant("5 TB", &today, "sorry"), &["amount"]),
    ] {
        assert_eq!(refused(&root, "/fn/quotas/grant", HERE, &form).await, fields, "{form:.40?}");
    }
    for (slug, meter) in [("nobody", "tokens"), ("acme", "thoughts"), ("😀", "tokens")] {
        let form = [("slug", slug), ("meter", meter), ("quota", "5"), ("reason", "a deal")];
        assert_eq!(root.fetch("/fn/quotas/override", &form).await.status, 404, "{slug} {meter}");
        let form = [("slug", slug), ("meter", meter), ("amount", "5"), ("grant_until", &today), ("grant_reason", "a deal")];
        assert_eq!(root.fetch("/fn/quotas/grant", &form).await.status, 404, "{slug} {meter}");
    }
    assert_eq!(root.fetch("/fn/quotas/end-grant", &[("slug", "acme"), ("grant", "nonsense")]).await.status, 404);
    for path in ["/admin/tenants/nobody/quotas", "/admin/tenants/acme/quotas/thoughts", "/admin/tenants/%00/quotas/%00"] {
        assert_eq!(root.get(path).await.status, 404, "{path}");
    }
    for table in ["entitlement_overrides", "quota_grants", "audit_events where action like 'quota.%' or action like 'grant.%'"] {
        assert_eq!(acme.count(table).await, 0, "{table}");
    }
    // A form that was refused in a dialog shows it again, with what was typed.
    done(&root, "/fn/quotas/override", &own("5", "a deal", "")).await;
    let gone = [("slug", "acme"), ("meter", "tokens"), ("removal_reason", " ")];
    assert_eq!(refused(&root, "/fn/quotas/plan", HERE, &gone).await, ["removal_reason"]);
    assert_eq!(acme.count("entitlement_overrides").await, 1);
    world.finish().await;
}
