//! Quotas that staff set on the command line, and the report of what is used.

use tenantry::store::StoreError;
use tenantry::store::overrides::QuotaChange;

use crate::world::World;

#[tokio::test]
async fn a_quota_is_set_again_and_given_back_to_the_plan_with_a_reason_each_time() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    for (change, quota, overridden) in [
        (QuotaChange::to(Some(7)), Some(7), true),
        (QuotaChange::to(None), None, true),
        (QuotaChange::to(Some(0)), Some(0), true),
        (QuotaChange::Plan, Some(100), false),
    ] {
        let mut console = world.console().await;
        let reason = "a deal".parse().expect("a reason");
        let now = console.change_quotas(&acme.slug, &[("agents", change)], &reason).await.expect("changed");
        console.commit().await.expect("committed");
        assert_eq!((now[0].quota, now[0].overridden), (quota, overridden));
    }
    assert_eq!(acme.count("audit_events where action = 'quota.changed' and after like '%a deal%'").await, 4);
    let mut console = world.console().await;
    let reason = "a deal".parse().expect("a reason");
    for (slug, meter) in [("acme", "no-such-meter"), ("nobody", "agents")] {
        let slug = slug.parse().expect("a slug");
        let refused = console.change_quotas(&slug, &[(meter, QuotaChange::to(Some(1)))], &reason).await;
        assert!(matches!(refused, Err(StoreError::NotFound)), "{slug} {meter}: {refused:?}");
    }
    drop(console);
    world.finish().await;
}

#[tokio::test]
async fn a_report_says_what_is_used_of_every_meter() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world
        .sql(&format!(
            "insert into agents (tenant_id, name, model) select '{id}', 'agent ' || n, 'large' from generate_series(1, 3) n;
             insert into usage_days (tenant_id, meter, day, amount, cost_usd) values
               ('{id}', 'tokens', this_month(), 40, 1.5), ('{id}', 'tokens', (this_month() - interval '1 day')::date, 100, 2.25),
               ('{id}', 'api_calls', today(), 9, 0), ('{id}', 'sessions', today(), 4, 0);
             insert into usage_levels (tenant_id, meter, amount) values ('{id}', 'storage', 815)",
            id = acme.id
        ))
        .await;
    let mut console = world.console().await;
    let report = console.tenant_usage(&acme.slug).await.expect("a report");
    let used: Vec<(&str, i64)> = report.meters.iter().map(|meter| (meter.meter.as_str(), meter.used)).collect();
    let expected = [
        ("agents", 3),
        ("members", 1),
        ("tokens", 40),
        ("storage", 815),
        ("messages", 0),
        ("api_calls", 9),
        ("api_rate", 0),
        ("sessions", 4),
    ];
    assert_eq!(used, expected);
    assert_eq!((report.cost.to_string().as_str(), report.cost_before.to_string().as_str()), ("$1.50", "$2.25"));
    assert!(console.list_usage_days(&acme.slug).await.expect("days").iter().any(|day| day.meter == "sessions" && day.amount == 4));
    console.commit().await.expect("read");
    world.finish().await;
}
