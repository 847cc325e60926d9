//! `/admin/audit`: the logs of all tenants and the platform's own, narrowed, paged, as files, and computed anew.

use scraper::{Html, Selector};
use serde_json::Value;

use super::staff;
use crate::world::http::Browser;
use crate::world::{Tenant, World};

/// Events of a tenant, a second apart.
async fn events(world: &World, tenant: &Tenant, actor: &str, n: i64) {
    world
        .sql(&format!(
            "select audit_append('{id}', 'member', null, '{actor}', 'agent.changed', 'Agent ' || n, '{{\"model\":\"small\"}}',
               '{{\"model\":\"large\"}}', '192.0.2.1') from generate_series(1, {n}) n",
            id = tenant.id
        ))
        .await;
}

fn select(text: &str) -> Selector {
    Selector::parse(text).expect("a selector")
}

/// What the page lists: sentence and whose log.
async fn listed(browser: &Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("/admin/audit{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.everything());
    let document = Html::parse_document(&page.body);
    let text = |row: &scraper::ElementRef, of: &str| {
        row.select(&select(of)).next().map(|cell| cell.text().collect::<String>()).unwrap_or_default()
    };
    document.select(&select("tbody tr")).map(|row| format!("{} | {}", text(&row, ".said"), text(&row, "td[data-label=Log]"))).collect()
}

#[tokio::test]
async fn all_logs_are_narrowed_by_log_tenant_actor_action_target_and_day() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    events(&world, &acme, "ada@acme.example", 2).await;
    events(&world, &globex, "Deploy key", 3).await;
    world.sql("select platform_audit_append('operator', null, 'root', 'job.retried', 'mail', null, null, 'command line')").await;
    world.sql("update audit_events set at = '2026-03-29T00:30:00Z' where target = 'Agent 3'").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let all = listed(&root, "").await;
    assert_eq!(all.len(), 13, "{all:?}");
    // Whoever looks has just signed in.
    assert_eq!(
        all[..3],
        [
            "user.signed_in root@tenantry.example | the platform",
            "job.retried mail | the platform",
            "changed the agent Agent 2 | GLOBEX globex"
        ]
    );
    assert_eq!(all[12], "changed the agent Agent 3 | GLOBEX globex", "the oldest last");
    for (query, n) in [
        ("?log=platform", 2),
        ("?log=tenants", 11),
        ("?tenant=acme", 5),
        ("?tenant=acme&log=platform", 0),
        ("?actor=ADA@acme.example", 2),
        ("?actor=ada@acme", 0),
        ("?actor=deploy", 3),
        ("?actor=nova", 2),
        ("?action=job.retried", 1),
        ("?action=user.signed_in", 1),
        ("?actor=root@tenantry.example", 1),
        ("?action=agent.changed&tenant=globex", 3),
        ("?action=agent.changed&actor=ada@acme.example&target=agent%201", 1),
        ("?target=%25", 0),
        ("?from=2026-03-29&to=2026-03-29", 1),
        ("?to=2026-03-28", 0),
        ("?from=2026-03-30", 12),
    ] {
        assert_eq!(listed(&root, query).await.len(), n, "{query}");
    }
    let page = root.get("/admin/audit?tenant=nobody&action=N%20o&from=yesterday&log=x").await;
    for words in ["There is no tenant with this slug.", "Choose an action of the list.", "Choose one of the list.", "2026-12-01"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let page = root.get("/admin/audit?tenant=acme").await.body;
    assert!(page.contains("Model: ") && page.contains("small") && page.contains("large"), "before and after: {page}");
    world.abandon().await;
}

#[tokio::test]
async fn each_event_stands_on_one_page_and_in_the_file_once() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    for _ in 0..2 {
        events(&world, &acme, "ada@acme.example", 40).await;
        events(&world, &globex, "bo@globex.example", 40).await;
        world
            .sql(
                "select platform_audit_append('operator', null, 'root', 'x.y', 'z' || n, null, null, 'test') from generate_series(1, 20) n",
            )
            .await;
    }
    // Many at the same instant: the key goes on within it.
    world.sql("update audit_events set at = '2026-03-29T00:30:00Z' where seq > 30; update platform_events set at = '2026-03-29T00:30:00Z' where seq > 30").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let total = world.number("select (select count(*) from audit_events) + (select count(*) from platform_events)").await;
    let (mut at, mut seen) = ("/admin/audit".to_owned(), Vec::new());
    for _ in 0..20 {
        let page = root.get(&at).await;
        let document = Html::parse_document(&page.body);
        for row in document.select(&select("tbody tr")) {
            let text: String = row.select(&select("td[data-label=Log], td[data-label=From] small")).flat_map(|cell| cell.text()).collect();
            seen.push(text);
        }
        match document.select(&select("a[rel=next]")).next().and_then(|link| link.attr("href")) {
            Some(next) => at = next.to_owned(),
            None => break,
        }
    }
    let n = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((n, seen.len()), (usize::try_from(total).expect("few"), n), "each once");

    let lines = root.get("/admin/audit/events.jsonl").await;
    assert_eq!(lines.header("content-disposition"), "attachment; filename=\"audit-events.jsonl\"");
    let events: Vec<Value> = lines.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events.len(), n);
    assert_eq!(root.get("/admin/audit/events.jsonl?tenant=acme&actor=ada@acme.example").await.body.lines().count(), 80);
    assert_eq!(root.get("/admin/audit/events.csv?log=platform").await.body.lines().count(), 42, "a head, forty, and who signed in");
    assert_eq!(root.get("/admin/audit/events.csv?tenant=nobody").await.status, 404);
    world.abandon().await;
}

#[tokio::test]
async fn a_file_for_a_spreadsheet_holds_no_formula() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    events(&world, &acme, "=cmd()", 1).await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let file = root.get("/admin/audit/events.csv?tenant=acme&action=agent.changed").await;
    assert!(file.header("content-type").starts_with("text/csv"), "{}", file.everything());
    let mut lines = file.body.lines();
    assert_eq!(lines.next(), Some("at,log,event,actor_kind,actor,name,action,target,before,after,origin"));
    let line = lines.next().expect("an event");
    assert!(line.contains(",acme,4,member,'=cmd(),") && line.contains(r#","{""model"":""small""}","#), "{line}");
    world.finish().await;
}

/// What was looked for is part of a name and rare: the page says how far it looked, and goes on from there.
#[tokio::test]
async fn a_rare_word_is_found_however_far_back_it_stands() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    events(&world, &acme, "ada@acme.example", 1).await;
    world.sql("update audit_events set target = 'The needle' where action = 'agent.changed'").await;
    world
        .sql(&format!(
            "insert into audit_events (tenant_id, seq, at, actor_kind, actor, action, target, origin, prev_hash, hash)
             select '{}', 1000 + n, now() + n * interval '1 second', 'member', 'bo@acme.example', 'agent.changed', 'Hay', 'test', '', ''
             from generate_series(1, 45000) n",
            acme.id
        ))
        .await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let (mut at, mut pages) = ("/admin/audit?target=needle".to_owned(), 0);
    loop {
        pages += 1;
        let page = root.get(&at).await.body;
        if page.contains("The needle") {
            break;
        }
        assert!(page.contains("Nothing like this among the events that were looked through."), "{page}");
        let document = Html::parse_document(&page);
        at = document.select(&select("a[rel=next]")).next().and_then(|link| link.attr("href")).expect("it goes on").to_owned();
    }
    assert_eq!(pages, 5);
    assert_eq!(root.get("/admin/audit/events.csv?target=needle").await.body.lines().count(), 2, "a file looks through everything");
    world.abandon().await;
}

#[tokio::test]
async fn the_chain_that_is_looked_at_is_computed_anew_and_tampering_is_said() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.tenant("globex").await;
    events(&world, &acme, "ada@acme.example", 4).await;
    world.sql("select platform_audit_append('operator', null, 'root', 'x.y', 'z', null, null, 'test') from generate_series(1, 3)").await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    let page = async |query: &str| root.get(&format!("/admin/audit{query}")).await.body;
    let own = page("").await;
    assert!(own.contains("The platform&#x27;s own log is whole.") || own.contains("The platform's own log is whole."), "{own}");
    assert!(own.contains("4 events, computed anew"), "three and a sign-in: {own}");
    assert!(page("?tenant=acme").await.contains("The log of acme is whole."), "its seven events");

    world.sql(&format!("update audit_events set target = 'other' where seq = 5 and tenant_id = '{}'", acme.id)).await;
    let broken = page("?tenant=acme").await;
    assert!(broken.contains("The log of acme was tampered with.") && broken.contains("event 5 was changed"), "{broken}");
    assert!(page("?tenant=globex").await.contains("The log of globex is whole."));
    world.sql("delete from platform_events where seq = 2").await;
    assert!(page("").await.contains("event 2 is missing"));
    // A long one waits until somebody asks.
    world.sql(&format!("update audit_heads set seq = 5001 where tenant_id = '{}'", acme.id)).await;
    let long = page("?tenant=acme").await;
    assert!(long.contains("has 5,001 events.") && long.contains("/admin/audit?tenant=acme&amp;verify=yes"), "{long}");
    assert!(page("?tenant=acme&verify=yes").await.contains("event 5 was changed"));
    world.abandon().await;
}
