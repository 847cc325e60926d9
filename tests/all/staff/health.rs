//! `/admin/health`: figures of the moment; alerts, each raised and ended once whoever looks; rules, and the mails that they send.

use rust_decimal::Decimal;
use tenantry::domain::role::Role;
use tenantry::store::Store;

use super::{done, events, refused, staff};
use crate::world::{Tenant, World};

async fn watch(store: &Store) {
    store.watch_tenants().await.expect("looked at");
}

/// The alerts that stand: kind, tenant, detail.
async fn standing(world: &World) -> Vec<String> {
    world
        .texts(
            "select concat_ws(' | ', a.kind, t.slug, a.detail) from alerts a left join tenants t on t.id = a.tenant_id
             where a.resolved_at is null order by a.kind, a.detail",
        )
        .await
}

async fn all(world: &World) -> i64 {
    world.number("select count(*) from alerts").await
}

/// Tokens of today, so many of the plan's 50 million.
async fn use_tokens(tenant: &Tenant, amount: i64) {
    tenant
        .world
        .sql(&format!(
            "insert into usage_days (tenant_id, meter, day, amount) values ('{}', 'tokens', today(), {amount})
             on conflict on constraint usage_days_pkey do update set amount = excluded.amount",
            tenant.id
        ))
        .await;
}

#[tokio::test]
async fn the_page_shows_what_this_server_answered_and_how_the_rest_is() {
    let world = World::start().await;
    world.tenant("acme").with("vi", Role::Viewer).await;
    let server = world.serve().await;
    let (root, vi) = (staff(&world, &server).await, server.sign_in("vi@acme.example").await);
    for _ in 0..3 {
        vi.get("/t/acme").await;
    }
    vi.get("/admin/health").await;
    let page = root.get("/admin/health").await;
    assert_eq!(page.status, 200, "{}", page.everything());
    for words in [
        "/t/{slug}",
        "Connections of this server",
        "Longest transaction",
        "Mails that wait",
        "Disks of this server",
        "Slow statements",
        "No calls today",
        "Nothing deserves a look",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let routes = world.store.traffic().last(5);
    assert!(routes["/t/{slug}"].requests >= 3 && routes["/admin/health"].refused == 1, "{routes:?}");
    assert_eq!(root.get("/admin/health?minutes=60").await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn alerts_are_raised_and_ended_once_by_themselves() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let other = world.another_store(2, 4);
    watch(&world.store).await;
    assert_eq!(all(&world).await, 0, "nothing yet");

    use_tokens(&acme, 46_000_000).await;
    world
        .sql(&format!(
            "insert into unusual_days (tenant_id, meter, day, amount, mean) values ('{}', 'messages', today(), 900, 100)",
            globex.id
        ))
        .await;
    world
        .sql("update tenants set created_at = now() - interval '40 days'; update members set last_active_at = now() - interval '31 days'")
        .await;
    world.sql("insert into jobs (kind, payload, run_at, state, ended_at) values ('close_month', '{}', now(), 'failed', now())").await;
    world
        .sql(&format!(
            "insert into domains (tenant_id, name, token, state, missing_since, added_by)
             values ('{}', 'portal.globex.example', repeat('0', 64), 'verified', now(), 'test')",
            globex.id
        ))
        .await;
    world.sql("delete from watch_turns").await;
    for _ in 0..2 {
        tokio::join!(watch(&world.store), watch(&other));
    }
    let today = world.text("select today()::text").await;
    assert_eq!(
        standing(&world).await,
        [
            "failed_jobs | 1 within a day".to_owned(),
            "failing_domain | globex | portal.globex.example: its DNS record is missing".to_owned(),
            "near_limit | acme | Tokens at 92 %".to_owned(),
            "quiet | globex | Nobody was there, and nothing was used, for 30 days".to_owned(),
            format!("unusual_usage | globex | Messages on {today}: 900, where 100 a day are usual"),
        ]
    );

    // A little less is not over yet.
    use_tokens(&acme, 44_000_000).await;
    watch(&world.store).await;
    assert_eq!(standing(&world).await.len(), 5);
    use_tokens(&acme, 30_000_000).await;
    world
        .sql("update unusual_days set day = day - 2; update jobs set state = 'done' where kind = 'close_month'; delete from domains; delete from watch_turns; update members set last_active_at = now()")
        .await;
    tokio::join!(watch(&world.store), watch(&other));
    watch(&world.store).await;
    assert_eq!((standing(&world).await.len(), all(&world).await), (0, 5), "all over, none twice");
    // It comes back as another one.
    use_tokens(&acme, 49_000_000).await;
    watch(&world.store).await;
    assert_eq!((standing(&world).await.len(), all(&world).await), (1, 6));
    // Whoever is suspended is nobody's concern.
    world.sql("update tenants set status = 'suspended', status_reason = 'x', status_before = 'active'").await;
    watch(&world.store).await;
    assert_eq!(standing(&world).await, [""; 0]);
    other.close().await;
    world.abandon().await;
}

#[tokio::test]
async fn an_alert_is_acknowledged_once_and_given_to_somebody_of_the_staff() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    use_tokens(&acme, 49_000_000).await;
    watch(&world.store).await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let list = root.get("/admin/health/alerts").await.body;
    assert!(list.contains("Tokens at 98 %") && list.contains(">New<"), "{list}");
    assert!(root.get("/admin/health").await.body.contains("1 alert, 1 new"));
    let id = world.text("select id::text from alerts").await;
    for _ in 0..2 {
        done(&root, "/fn/alerts/acknowledge", &[("alert", &id)]).await;
    }
    assert_eq!(world.text("select acknowledged_by from alerts").await, "root@tenantry.example");
    assert_eq!(events(&world, "alert.acknowledged").await, 1);
    let me = world.text("select user_id::text from platform_admins").await;
    let page = done(&root, "/fn/alerts/assign", &[("alert", &id), ("assigned_to", &me)]).await.body;
    assert!(page.contains("Acknowledged") && page.contains("selected"), "{page}");
    let stranger = acme.owner().to_string();
    for nobody in [stranger.as_str(), "nonsense"] {
        let reply = root.post("/fn/alerts/assign", &[("alert", &id), ("assigned_to", nobody)]).await;
        assert!(reply.location().contains("__err"), "{nobody}: {}", reply.location());
    }
    assert_eq!(world.text("select assigned_to::text from alerts").await, me);
    done(&root, "/fn/alerts/assign", &[("alert", &id), ("assigned_to", "")]).await;
    assert_eq!(
        (world.number("select count(*) from alerts where assigned_to is null").await, events(&world, "alert.assigned").await),
        (1, 2)
    );

    use_tokens(&acme, 1).await;
    watch(&world.store).await;
    assert!(root.get("/admin/health/alerts?state=over").await.body.contains("Tokens at 98 %"));
    assert!(root.get("/admin/health/alerts").await.body.contains("Nothing deserves a look"));
    let late = root.post("/fn/alerts/acknowledge", &[("alert", &id)]).await;
    assert!(late.location().contains("__err"), "it is over: {}", late.location());
    world.finish().await;
}

const RULE: [(&str, &str); 5] =
    [("name", "Old jobs"), ("metric", "queue_age"), ("threshold", "5"), ("minutes", "10"), ("recipients", "root@tenantry.example")];

async fn subjects(world: &World) -> Vec<String> {
    world.texts("select recipient || ' ' || subject from mails where kind = 'notice' order by id").await
}

#[tokio::test]
async fn a_rule_that_holds_long_enough_tells_once_and_once_more_when_it_is_over() {
    let world = World::start().await;
    let (server, other) = (world.serve().await, world.another_store(2, 4));
    let root = staff(&world, &server).await;
    let page = done(&root, "/fn/alert-rules/create", &RULE).await.body;
    assert!(page.contains("Age of the oldest due job above 5 min for 10 minutes") && page.contains("Not looked at yet"), "{page}");
    let look = async || {
        let (one, two) = tokio::join!(world.store.watch_rules(), other.watch_rules());
        one.and(two).expect("looked at");
    };
    look().await;
    assert!(root.get("/admin/health/rules").await.body.contains(">Quiet<"));
    world.sql("insert into jobs (kind, payload, run_at) values ('end_trial', '{}', now() - interval '7 minutes')").await;
    look().await;
    assert_eq!((standing(&world).await.len(), subjects(&world).await.len()), (0, 0), "it has to hold for ten minutes");
    world.sql("update alert_rules set holds_since = holds_since - interval '10 minutes'").await;
    look().await;
    look().await;
    let said = standing(&world).await;
    let begins = "rule | Old jobs: Age of the oldest due job above 5 min for 10 minutes; it is 7";
    assert!(said.len() == 1 && said[0].starts_with(begins), "{said:?}");
    assert_eq!(subjects(&world).await, ["root@tenantry.example Alert: Old jobs"]);
    assert!(root.get("/admin/health/rules").await.body.contains(">Alerting<"));
    world.sql("delete from jobs where kind = 'end_trial'").await;
    look().await;
    look().await;
    assert_eq!(standing(&world).await, [""; 0]);
    assert_eq!(subjects(&world).await, ["root@tenantry.example Alert: Old jobs", "root@tenantry.example Over: Old jobs"]);
    other.close().await;
    world.finish().await;
}

#[tokio::test]
async fn rules_are_about_all_servers_together() {
    let world = World::start().await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    for (metric, threshold) in [
        ("error_rate", "10"),
        ("p95_latency", "200"),
        ("disk_free", "20"),
        ("database_connections", "0"),
        ("tenants_near_limit", "0"),
        ("failed_jobs", "0"),
    ] {
        let form =
            [("name", metric), ("metric", metric), ("threshold", threshold), ("minutes", "1"), ("recipients", "root@tenantry.example")];
        done(&root, "/fn/alert-rules/create", &form).await;
    }
    // One server is fine, another is not: 11 of 100 requests fail there, within a second, and its disk is full.
    world
        .sql(
            "insert into server_minutes (server, at, requests, errors, latency, disk_free) values
             (gen_random_uuid(), now(), 10, 0, '{10,0,0,0,0,0,0,0,0,0,0,0}', 90),
             (gen_random_uuid(), now(), 90, 11, '{0,0,0,0,0,0,0,0,0,90,0,0}', 3),
             (gen_random_uuid(), now() - interval '6 minutes', 1000, 0, '{1000,0,0,0,0,0,0,0,0,0,0,0}', 90)",
        )
        .await;
    world.store.watch_rules().await.expect("looked at");
    world.sql("update alert_rules set holds_since = holds_since - interval '1 minute'").await;
    world.store.watch_rules().await.expect("looked at");
    let mut said = standing(&world).await;
    said.sort();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].starts_with("rule | database_connections: "), "{said:?}");
    assert_eq!(said[1], "rule | disk_free: Free space on a disk below 20 % for a minute; it is 3 %");
    assert_eq!(said[2], "rule | error_rate: Errors above 10 % for a minute; it is 11 %");
    assert!(said[3].starts_with("rule | p95_latency: 95th percentile of latency above 200 ms for a minute; it is 9"), "{said:?}");
    assert_eq!(world.texts("select value::text from alert_rules where metric = 'failed_jobs'").await, [Decimal::new(0, 2).to_string()]);
    // This server's own figures go the same way.
    root.get("/admin/health").await;
    world.store.write_traffic().await.expect("written");
    assert!(world.number("select sum(requests)::bigint from server_minutes where requests not in (10, 90, 1000)").await > 5);
    world.finish().await;
}

#[tokio::test]
async fn rules_are_made_changed_and_deleted_and_what_is_wrong_is_said_beside_its_field() {
    let world = World::start().await;
    world.tenant("acme").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let with = |changed: &'static str, value: &'static str| RULE.map(|(name, kept)| (name, if name == changed { value } else { kept }));
    for (field, value) in [
        ("name", "<b>"),
        ("threshold", "many"),
        ("threshold", "-1"),
        ("minutes", "0"),
        ("recipients", "owner@acme.example"),
        ("recipients", "nobody"),
        ("recipients", " "),
    ] {
        assert_eq!(refused(&root, "/fn/alert-rules/create", "/admin/health/rules/new", &with(field, value)).await, [field], "{value}");
    }
    done(&root, "/fn/alert-rules/create", &RULE).await;
    let id = world.text("select id::text from alert_rules").await;
    world.sql(&format!("insert into alerts (kind, subject, detail) values ('rule', '{id}', 'Old jobs')")).await;
    let mut change = vec![("rule", id.as_str())];
    change.extend(with("threshold", "7.5"));
    let page = done(&root, "/fn/alert-rules/change", &change).await.body;
    assert!(page.contains("above 7.5 min for 10 minutes"), "{page}");
    assert_eq!(standing(&world).await, [""; 0], "what it raised before is over");
    change[3] = ("threshold", "x");
    assert_eq!(refused(&root, "/fn/alert-rules/change", &format!("/admin/health/rules/{id}"), &change).await, ["threshold"]);
    assert!(root.get(&format!("/admin/health/rules/{id}?ask=delete")).await.body.contains("Delete this rule?"));
    done(&root, "/fn/alert-rules/delete", &[("rule", &id)]).await;
    assert_eq!(root.get(&format!("/admin/health/rules/{id}")).await.status, 404);
    for (action, n) in [("alert_rule.created", 1), ("alert_rule.changed", 1), ("alert_rule.deleted", 1)] {
        assert_eq!(events(&world, action).await, n, "{action}");
    }
    // Whoever works here no more is told nothing.
    done(&root, "/fn/alert-rules/create", &with("minutes", "1")).await;
    world.sql("insert into jobs (kind, payload, run_at) values ('end_trial', '{}', now() - interval '7 minutes')").await;
    world.store.watch_rules().await.expect("looked at");
    world.sql("update alert_rules set holds_since = holds_since - interval '1 minute'; update users set disabled_at = now()").await;
    world.store.watch_rules().await.expect("looked at");
    assert_eq!((standing(&world).await.len(), subjects(&world).await.len()), (1, 0));
    world.finish().await;
}
