//! Moving tenants to another version of their plan.

use tenantry::jobs::work_off;
use uuid::Uuid;

use super::{call, done, events, grant, markup, publish, staff};
use crate::world::http::Browser;
use crate::world::smtp::mailer;
use crate::world::{Tenant, World};

/// Version 2 of Pro: 10 agents and 5,000 tokens for $60.
async fn second_version(root: &Browser) {
    grant(root, "pro", "agents", &[("quota", "10"), ("rule", "block")]).await;
    grant(root, "pro", "tokens", &[("quota", "5,000"), ("rule", "block"), ("overage_price", "10"), ("overage_per", "1 M")]).await;
    let revision = super::hidden(root, "/admin/plans/pro/draft", "revision").await;
    let mut terms = vec![("plan", "pro"), ("revision", revision.as_str()), ("price", "60")];
    for feature in ["workflows", "knowledge-base", "webhooks", "custom-branding", "custom-domains", "advanced-analytics"] {
        terms.push(("features[]", feature));
    }
    done(root, "/fn/plans/terms", &terms).await;
    publish(root, "pro").await;
}

async fn agents(tenant: &Tenant, n: i64) {
    tenant
        .world
        .sql(&format!(
            "insert into agents (tenant_id, name, model) select '{}', 'helper ' || n, 'm' from generate_series(1, {n}) n",
            tenant.id
        ))
        .await;
}

async fn version(world: &World, slug: &str) -> i64 {
    world
        .number(&format!(
            "select v.version::bigint from tenants t join plan_versions v on v.id = t.plan_version_id where t.slug = '{slug}'"
        ))
        .await
}

#[tokio::test]
async fn one_tenant_is_moved_at_once_and_billed_by_the_new_price_from_that_day_on() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    // There for the whole month.
    world.sql(&format!("update billing_days set day = this_month() where tenant_id = '{}'", acme.id)).await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    agents(&acme, 12).await;
    second_version(&root).await;
    let page = root.get("/admin/plans/pro/move?tenant=acme&to=2").await;
    for text in ["Version 1 to 2", "Price a month: $60, until now $49", "Agents: 12 of 10"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(root.get("/admin/plans/pro/move?tenant=nobody&to=2").await.body.contains("No such tenant"));
    assert_eq!(root.get("/admin/plans/pro/move?to=3").await.status, 404);

    let form = [("plan", "pro"), ("slug", "acme"), ("seen", "1"), ("to", "2")];
    for _ in 0..2 {
        done(&root, "/fn/plans/move-one", &form).await;
    }
    assert_eq!(version(&world, "acme").await, 2);
    assert_eq!(acme.count("audit_events where action = 'plan.changed'").await, 1);
    let (told, today) = (
        world.text("select target || ' ' || before || ' ' || after from audit_events where action = 'plan.changed'").await,
        world.number("select extract(day from today())::bigint").await,
    );
    assert_eq!(told, r#"Pro version 2 {"plan":"pro","version":1} {"plan":"pro","version":2}"#);
    assert_eq!(call(&server, &acme.key("k").await.text, "/quota/tokens/consume", r#"{"amount": 1}"#).await.1["limit"], 5_000);
    let mut console = world.console().await;
    let lines = console.month_so_far(&acme.slug).await.expect("a month").lines;
    drop(console);
    if today == 1 {
        assert_eq!(lines.len(), 1, "a day is billed as it ends");
    } else {
        assert!(lines[1].text.starts_with("New price of Pro from"), "{lines:?}");
        let days = world.number("select extract(day from this_month() + interval '1 month' - interval '1 day')::bigint").await;
        let exact = (rust_decimal::Decimal::from(11 * (days - today + 1)) / rust_decimal::Decimal::from(days)).round_dp(2);
        assert_eq!((lines[0].amount.0, lines[1].amount.0), (49.into(), exact));
    }
    // Somebody moved it back meanwhile.
    done(&root, "/fn/plans/move-one", &[("plan", "pro"), ("slug", "acme"), ("seen", "2"), ("to", "1")]).await;
    let stale = [("plan", "pro"), ("slug", "acme"), ("seen", "3"), ("to", "2")];
    assert_eq!(root.fetch("/fn/plans/move-one", &stale).await.status, 409);
    for form in [
        [("plan", "free"), ("slug", "acme"), ("seen", "1"), ("to", "1")],
        [("plan", "pro"), ("slug", "nobody"), ("seen", "1"), ("to", "2")],
        [("plan", "pro"), ("slug", "acme"), ("seen", "1"), ("to", "9")],
    ] {
        assert_eq!(root.fetch("/fn/plans/move-one", &form).await.status, 404, "{form:?}");
    }
    world.finish().await;
}

#[tokio::test]
async fn all_tenants_of_a_version_are_moved_with_a_preview_and_a_result_for_each() {
    let world = World::start().await;
    let mut tenants = Vec::new();
    for n in 1..=6 {
        tenants.push(world.tenant(&format!("t{n}")).await);
    }
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    // Two are over; one has a quota of its own, one a grant that is enough.
    for n in [0, 1, 2, 3] {
        agents(&tenants[n], 12).await;
    }
    tenants[2].limit("agents", 50).await;
    world
        .sql(&format!(
            "insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at) values ('{}', 'agents', 2, 'r', 'c', now() + interval '1 day');
             update tenants set contract_price_usd = 5 where slug = 't5'",
            tenants[3].id
        ))
        .await;
    second_version(&root).await;
    let _elsewhere = world.tenant("other").on("free").await;
    let page = root.get("/admin/plans/pro/move?from=1&to=2").await;
    for text in ["6 tenants to version 2", "2 tenants</b> over the limit of <bdi>Agents</bdi>", "Price a month: $60, until now $49"] {
        assert!(markup(&page).contains(text), "{text}: {}", page.body);
    }
    let request = Uuid::new_v4().to_string();
    let form = [("plan", "pro"), ("from", "1"), ("to", "2"), ("request", request.as_str()), ("spare_over", "on")];
    let replies = futures_util::future::join_all((0..8).map(|_| root.post("/fn/plans/move", &form))).await;
    for reply in &replies {
        assert!(!reply.location().contains("__err"), "{}", reply.location());
    }
    assert_eq!(world.number("select count(*) from jobs where kind = 'move_tenants'").await, 1, "eight clicks are one move");
    let here = format!("/admin/plans/pro/moves/{request}");
    let page = root.get(&here).await;
    assert!(page.body.contains("Running") && page.body.contains("0 of 6 tenants done"), "{}", page.body);

    // A server begins it and is killed: another one goes on, and nobody is moved twice.
    let another = world.another_store(2, 2);
    let job = loop {
        let job = another.claim_job().await.expect("the queue answers").expect("a due job");
        if job.kind == tenantry::domain::job::JobKind::MoveTenants {
            break job;
        }
    };
    assert!(another.move_next(&job).await.expect("one is done") && another.move_next(&job).await.expect("and another"));
    world.sql("update jobs set run_at = now() where state = 'running'").await;
    work_off(&world.store, &mailer(None)).await;
    assert!(another.move_next(&job).await.is_err(), "its lease is lost");
    another.close().await;
    assert_eq!(
        world.texts("select t.slug || ' ' || v.version from tenants t join plan_versions v on v.id = t.plan_version_id order by 1").await,
        ["other 1", "t1 1", "t2 1", "t3 2", "t4 2", "t5 2", "t6 2"]
    );
    for tenant in &tenants {
        let moved = tenant.count("audit_events where action = 'plan.changed' and actor = 'root@tenantry.example'").await;
        assert_eq!(moved, version(&world, tenant.slug.as_str()).await - 1, "{}", tenant.slug);
    }
    let page = root.get(&here).await;
    for text in ["Ended", "6 of 6 tenants done: 4 moved, 2 left out", "Agents: 12 of 10", "left out"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert_eq!(events(&world, "plan.move_begun").await, 1);
    assert_eq!(world.text("select price_usd::text from tenant_summaries where slug = 't5'").await, "5.00", "a contract's price stays");
    let again = [("plan", "pro"), ("from", "1"), ("to", "1"), ("request", "b52cbd9e-7fbd-4d8e-9d1c-000000000001")];
    assert_eq!(root.fetch("/fn/plans/move", &again).await.status, 409, "nobody would move");
    assert_eq!(root.fetch("/fn/plans/resume-move", &[("plan", "pro"), ("moving", &request)]).await.status, 409);
    world.finish().await;
}

#[tokio::test]
async fn a_move_that_was_given_up_goes_on_where_it_stopped() {
    let world = World::start().await;
    for n in 1..=3 {
        let _tenant = world.tenant(&format!("t{n}")).await;
    }
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    second_version(&root).await;
    let request = Uuid::new_v4().to_string();
    done(&root, "/fn/plans/move", &[("plan", "pro"), ("to", "2"), ("request", &request)]).await;
    world.sql("delete from jobs where kind <> 'move_tenants'").await;
    let job = world.store.claim_job().await.expect("the queue answers").expect("a due job");
    assert!(world.store.move_next(&job).await.expect("one is done"));
    world.store.fail_job(&job, "the disk is full", false).await.expect("kept");
    let here = format!("/admin/plans/pro/moves/{request}");
    let page = root.get(&here).await;
    assert!(page.body.contains("Stopped") && page.body.contains("Go on"), "{}", page.body);
    done(&root, "/fn/plans/resume-move", &[("plan", "pro"), ("moving", &request)]).await;
    work_off(&world.store, &mailer(None)).await;
    assert!(root.get(&here).await.body.contains("3 of 3 tenants done: 3 moved, 0 left out"));
    assert_eq!(world.number("select count(*) from audit_events where action = 'plan.changed'").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn a_draft_says_whom_it_would_put_over_a_limit_by_what_is_used_now() {
    let world = World::start().await;
    let (one, two) = (world.tenant("one").with("m", tenantry::domain::role::Role::Member).await, world.tenant("two").await);
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    agents(&one, 3).await;
    world
        .sql(&format!(
            "insert into usage_days (tenant_id, meter, day, amount) values ('{one}', 'messages', today(), 70), ('{two}', 'messages', today(), 60);
             insert into usage_counters (tenant_id, meter, period_start, used) values ('{one}', 'messages', this_month(), 70), ('{two}', 'messages', this_month(), 60);
             insert into usage_levels (tenant_id, meter, amount) values ('{two}', 'storage', 5000000000)",
            one = one.id,
            two = two.id
        ))
        .await;
    for (meter, quota) in [("agents", "2"), ("members", "1"), ("messages", "65"), ("storage", "4 GB")] {
        grant(&root, "pro", meter, &[("quota", quota), ("rule", "block")]).await;
    }
    let page = root.get("/admin/plans/pro/draft").await;
    for (label, n) in [("Agents", 1), ("Members", 1), ("Messages", 1), ("Storage", 1)] {
        let text = format!("{n} tenant</b> over the limit of <bdi>{label}</bdi>");
        assert!(markup(&page).contains(&text), "{text}: {}", page.body);
    }
    grant(&root, "pro", "messages", &[("quota", "50"), ("rule", "block")]).await;
    assert!(markup(&root.get("/admin/plans/pro/draft").await).contains("2 tenants</b> over the limit of <bdi>Messages</bdi>"));
    // More than before puts nobody over anything.
    grant(&root, "pro", "messages", &[("quota", ""), ("rule", "block")]).await;
    assert!(!markup(&root.get("/admin/plans/pro/draft").await).contains("over the limit of <bdi>Messages"));
    world.finish().await;
}
