use super::{done, figure, report, tokens};
use crate::world::{Tenant, World};

/// `tokens 80`, `budget 100` …, in the order in which they were raised.
async fn raised(tenant: &Tenant) -> Vec<String> {
    let query = format!("select meter || ' ' || percent from notices where tenant_id = '{}' order by at, meter, percent", tenant.id);
    tenant.world.texts(&query).await
}

/// The jobs that wait for somebody who mails.
async fn to_be_mailed(tenant: &Tenant) -> Vec<String> {
    let query = format!(
        "select concat_ws(' ', payload->>'meter', payload->>'percent') from jobs
         where tenant_id = '{}' and kind = 'notice_mail' and state = 'queued' and run_at <= now() and payload->>'period' = this_month()::text
         order by (payload->>'percent')::int",
        tenant.id
    );
    tenant.world.texts(&query).await
}

async fn noted(tenant: &Tenant) -> i64 {
    tenant.count("audit_events where action = 'quota.reached' and actor_kind = 'system'").await
}

#[tokio::test]
async fn each_threshold_is_told_once_a_period() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    for (key, amount, expected) in [
        // Of 50 million.
        ("a", 39_999_999, &[][..]),
        ("b", 1, &["tokens 80"]),
        ("c", 1, &["tokens 80"]),
        ("d", 7_499_999, &["tokens 80", "tokens 90", "tokens 95"]),
        ("e", 10_000_000, &["tokens 80", "tokens 90", "tokens 95", "tokens 100"]),
        ("f", 10_000_000, &["tokens 80", "tokens 90", "tokens 95", "tokens 100"]),
    ] {
        assert_eq!(report(&acme, &[tokens(key, amount)]).await, done(1, 0));
        assert_eq!(raised(&acme).await, expected, "{key}");
        assert_eq!(noted(&acme).await, i64::try_from(expected.len()).expect("few"));
        assert_eq!(to_be_mailed(&acme).await, expected, "{key}");
    }
    // In the month that is past they were told too; this one starts anew.
    world.sql("update notices set period = period - interval '1 month'").await;
    report(&acme, &[tokens("g", 1)]).await;
    assert_eq!(raised(&acme).await.len(), 8);
    world.finish().await;
}

#[tokio::test]
async fn a_notice_is_part_of_what_crosses() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let mut tx = acme.open::<tenantry::domain::capability::UseQuota>("owner").await.expect("an owner may");
    tx.record_usage(&[tokens("a", 49_000_000)]).await.expect("recorded");
    drop(tx);
    assert_eq!((raised(&acme).await, noted(&acme).await), (vec![], 0), "taken back with it");
    assert_eq!(to_be_mailed(&acme).await, [""; 0]);
    report(&acme, &[tokens("a", 49_000_000)]).await;
    assert_eq!(to_be_mailed(&acme).await, ["tokens 80", "tokens 90", "tokens 95"]);
    world.finish().await;
}

#[tokio::test]
async fn agents_members_storage_and_the_budget_are_watched_too() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let id = acme.id;
    world
        .sql(&format!("insert into agents (tenant_id, name, model) select '{id}', 'agent ' || n, 'm' from generate_series(1, 80) n"))
        .await;
    assert_eq!(raised(&acme).await, ["agents 80"]);
    world.sql(&format!("insert into usage_levels (tenant_id, meter, amount) values ('{id}', 'storage', 90000000000)")).await;
    world.sql(&format!("update tenants set monthly_budget_usd = 10 where id = '{id}'")).await;
    report(&acme, &[tenantry::domain::usage::NewEvent { cost_usd: Some(8.into()), ..tokens("a", 1) }]).await;
    for n in 0..19 {
        let user = world.account(&format!("m{n}@acme.example")).await;
        world.join(user, id, tenantry::domain::role::Role::Viewer).await;
    }
    assert_eq!(raised(&acme).await, ["agents 80", "storage 80", "storage 90", "budget 80", "members 80"]);
    // A smaller plan crosses as well.
    world.sql(&format!("update tenants set plan_version_id = (select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'starter') where id = '{id}'")).await;
    assert!(raised(&acme).await.contains(&"agents 100".to_owned()));
    assert_eq!(noted(&acme).await, acme.count("notices").await);
    world.finish().await;
}

/// As the sum of what was consumed is written: many tenants in one statement, by a login that is in none.
#[tokio::test]
async fn one_statement_for_many_tenants_tells_each_its_own() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    world.sql("insert into usage_days (tenant_id, meter, day, amount) select id, 'messages', today(), 850000 from tenants").await;
    for tenant in [&acme, &globex] {
        assert_eq!((raised(tenant).await, noted(tenant).await), (vec!["messages 80".to_owned()], 1));
    }
    world.finish().await;
}

#[tokio::test]
async fn a_day_three_times_as_busy_as_usual_is_told_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let id = acme.id;
    world
        .sql(&format!(
            "insert into usage_days (tenant_id, meter, day, amount) select '{id}', 'tokens', today() - n, 1000 from generate_series(1, 6) n"
        ))
        .await;
    report(&acme, &[tokens("a", 2_000)]).await;
    world
        .sql(&format!(
            "insert into usage_days (tenant_id, meter, day, amount) values ('{id}', 'tokens', today() - 7, 1000);
             update usage_counters set used = used + 1000
             where tenant_id = '{id}' and meter = 'tokens' and period_start = date_trunc('month', today() - 7)"
        ))
        .await;
    report(&acme, &[tokens("b", 999)]).await;
    assert_eq!(acme.count("unusual_days").await, 0, "2,999 is not three times 1,000");
    report(&acme, &[tokens("c", 1)]).await;
    report(&acme, &[tokens("d", 50_000)]).await;
    assert_eq!(acme.count("unusual_days where day = today() and amount = 3000 and mean = 1000").await, 1);
    assert_eq!(figure(&acme, "count(*) from audit_events where action = 'usage.unusual'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_week_of_history_is_needed_before_anything_is_unusual() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world
        .sql(&format!(
            "insert into usage_days (tenant_id, meter, day, amount) select '{}', 'tokens', today() - n, 1 from generate_series(1, 6) n",
            acme.id
        ))
        .await;
    report(&acme, &[tokens("a", 1_000)]).await;
    assert_eq!(acme.count("unusual_days").await, 0);
    world.finish().await;
}
