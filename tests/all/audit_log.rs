//! The audit log's page, its download, and `tenantry audit verify`, which finds whatever was done to the file (security.md, H8).

use std::process::Command;

use scraper::{Html, Selector};
use serde_json::Value;
use tenantry::domain::role::Role;

use crate::world::World;
use crate::world::http::Browser;
use crate::world::scene::{Actor, CANARY, Scene};

/// Events as agents come and change: `n` of them.
async fn events(world: &World, tenant: &crate::world::Tenant, n: i64) {
    world
        .sql(&format!(
            "select set_config('app.tenant_id', '{id}', true);
             select audit_append('{id}', 'member', null, 'ada@acme.example', 'agent.changed', 'Agent ' || n, '{{\"model\":\"small\"}}',
               '{{\"model\":\"large\"}}', '192.0.2.1') from generate_series(1, {n}) n",
            id = tenant.id
        ))
        .await;
}

/// The sentences of the events that the page lists.
async fn listed(browser: &Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("/t/acme/audit{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.everything());
    let said = Selector::parse("td .said").expect("a selector");
    Html::parse_document(&page.body).select(&said).map(|cell| cell.text().collect()).collect()
}

#[tokio::test]
async fn the_log_is_narrowed_by_actor_action_target_and_day() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).await;
    events(&world, &acme, 3).await;
    world.sql("update audit_events set at = '2026-03-29T00:30:00Z' where target = 'Agent 2'").await;
    let ada = world.serve().await.sign_in("ada@acme.example").await;
    assert_eq!(
        listed(&ada, "").await,
        [
            "changed the agent Agent 3",
            "changed the agent Agent 2",
            "changed the agent Agent 1",
            "accepted an invite",
            "invited owner@acme.example",
            "created the tenant"
        ]
    );
    for (query, n) in [
        ("?actor=ADA", 3),
        ("?actor=Nova", 1),
        ("?actor=nobody", 0),
        ("?action=invite.accepted", 1),
        ("?action=invite.accepted&actor=ada", 0),
        ("?target=agent%202", 1),
        ("?target=%25", 0),
        ("?from=2026-03-29&to=2026-03-29", 1),
        ("?from=2026-03-30", 5),
        ("?to=2026-03-28", 0),
        ("?before=3", 2),
    ] {
        assert_eq!(listed(&ada, query).await.len(), n, "{query}");
    }
    // A day begins where its reader is.
    ada.post("/fn/account/profile", &[("name", "Ada"), ("time_zone", "America/New_York")]).await;
    assert_eq!(listed(&ada, "?from=2026-03-29&to=2026-03-29").await.len(), 0);
    assert_eq!(listed(&ada, "?from=2026-03-28&to=2026-03-28").await.len(), 1);
    let page = ada.get("/t/acme/audit?action=nonsense&from=yesterday&actor=%00").await;
    assert!(page.status == 200 && page.body.contains("Choose an action of the list.") && page.body.contains("2026-12-01"));
    world.abandon().await;
}

#[tokio::test]
async fn long_logs_have_pages_and_each_event_stands_on_one() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    events(&world, &acme, 120).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let mut at = "/t/acme/audit?actor=ada".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = owner.get(&at).await;
        let document = Html::parse_document(&page.body);
        let select = |selector: &str| Selector::parse(selector).expect("a selector");
        seen.extend(document.select(&select("td .said")).map(|cell| cell.text().collect::<String>()));
        match document.select(&select("a[rel=next]")).next().and_then(|link| link.attr("href")) {
            Some(next) => at = next.to_owned(),
            None => break,
        }
    }
    let expected: Vec<String> = (1..=120).rev().map(|n| format!("changed the agent Agent {n}")).collect();
    assert_eq!(seen, expected);
    world.finish().await;
}

#[tokio::test]
async fn a_tenants_log_is_its_own() {
    let scene = Scene::set().await;
    for path in ["/t/acme/audit", "/t/acme/audit.jsonl"] {
        let admin = scene.browser(Actor::Admin).get(path).await;
        assert!(admin.status == 200 && !admin.body.contains(CANARY), "{path}");
        assert_eq!(scene.browser(Actor::Member).get(path).await.status, 403, "{path}");
        assert_eq!(scene.browser(Actor::Foreign).get(path).await.status, 404, "{path}");
    }
    let portal = scene.server.browser_at(&scene.server.portal("acme"));
    assert_eq!(portal.get("/audit.jsonl").await.location(), "/login?next=%2Faudit.jsonl");
    scene.finish().await;
}

/// Exit code and what `tenantry audit verify --json` prints about this text.
fn verify(text: &str) -> (i32, Value) {
    let file = std::env::temp_dir().join(format!("tenantry-audit-{}.jsonl", uuid::Uuid::new_v4()));
    std::fs::write(&file, text).expect("written");
    let done = Command::new(env!("CARGO_BIN_EXE_tenantry")).args(["audit", "verify", "--json"]).arg(&file).env_clear().output();
    std::fs::remove_file(&file).expect("removed");
    let done = done.expect("the program runs");
    (done.status.code().expect("it ends by itself"), serde_json::from_slice(&done.stdout).unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_download_is_verified_offline_and_every_tampering_is_located() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    // More than are read at once, and one with all that JSON has to escape.
    events(&world, &acme, 1_200).await;
    world
        .sql(&format!(
            "select set_config('app.tenant_id', '{id}', true);
             select audit_append('{id}', 'system', null, 'é \"quoted\" \\ \n\t', 'agent.created', '', null, '{{}}', 'x')",
            id = acme.id
        ))
        .await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let reply = owner.get("/t/acme/audit.jsonl").await;
    assert_eq!(reply.header("content-type"), "application/jsonl; charset=utf-8");
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"audit-acme-1204.jsonl\"");
    let lines: Vec<String> = reply.body.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 1_205);
    let head = world.text(&format!("select encode(hash, 'hex') from audit_heads where tenant_id = '{}'", acme.id)).await;
    let (code, said) = verify(&reply.body);
    assert_eq!(
        (code, &said["good"], &said["head"]["hash"], &said["head"]["event"]),
        (0, &true.into(), &head.as_str().into(), &1_204.into())
    );

    let without = |n: usize| lines.iter().enumerate().filter(|(i, _)| *i != n).map(|(_, line)| line.clone()).collect::<Vec<_>>();
    let with = |n: usize, line: String| {
        let mut lines = lines.clone();
        lines[n] = line;
        lines
    };
    let mut swapped = lines.clone();
    swapped.swap(700, 701);
    // Line 0 is the head, line n event n.
    for (what, file, line, event) in [
        ("a flipped letter", with(600, lines[600].replace("Agent", "agent")), 601, 600),
        ("a flipped hash", with(600, lines[600].replace("\"hash\":\"", "\"hash\":\"0")), 601, 600),
        ("a deleted event", without(500), 501, 501),
        ("two events in each other's place", swapped, 701, 701),
        ("a cut-off end", lines[..1_000].to_vec(), 1_000, 1_000),
        ("nothing but the head", lines[..1].to_vec(), 1, 1),
        ("an event twice", [&lines[..3], &lines[2..]].concat(), 4, 2),
    ] {
        let (code, said) = verify(&(file.join("\n") + "\n"));
        assert_eq!((code, &said["good"]), (1, &false.into()), "{what}");
        assert_eq!((&said["break"]["line"], &said["break"]["event"]), (&line.into(), &event.into()), "{what}: {said}");
    }
    let (code, said) = verify(&with(800, lines[800][..40].to_owned()).join("\n"));
    assert_eq!((code, &said["break"]["line"]), (1, &801.into()), "half a line: {said}");
    let (code, said) = verify(&lines[1..].join("\n"));
    assert_eq!((code, said), (1, Value::Null), "no head, no log");
    world.finish().await;
}

#[tokio::test]
async fn an_end_that_is_gone_from_the_database_shows_in_the_download() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    events(&world, &acme, 5).await;
    world.sql(&format!("delete from audit_events where tenant_id = '{}' and seq > 6", acme.id)).await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let (code, said) = verify(&owner.get("/t/acme/audit.jsonl").await.body);
    assert_eq!((code, &said["break"]["event"]), (1, &7.into()), "{said}");
    world.abandon().await;
}
