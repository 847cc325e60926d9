//! Figures of calls by tenant: few series however many tenants there are, right sums, for staff only.

use std::collections::BTreeMap;

use reqwest::Method;

use crate::world::World;
use crate::world::http::Server;
use crate::world::keys::KeyActor;
use crate::world::scene::{CANARY, Scene};

/// Calls by tenant and outcome.
async fn calls(server: &Server, platform: &str) -> BTreeMap<(String, String), u64> {
    let page = server.browser().ask(Method::GET, "/metrics").bearer(platform).send().await;
    assert_eq!(page.status, 200, "{}", page.everything());
    let lines = page.body.lines().filter_map(|line| line.strip_prefix("tenantry_api_calls_total{tenant=\""));
    lines
        .map(|line| {
            let (labels, n) = line.rsplit_once("\"} ").expect("a value");
            let (tenant, outcome) = labels.split_once("\",outcome=\"").expect("two labels");
            ((tenant.to_owned(), outcome.to_owned()), n.parse().expect("a count"))
        })
        .collect()
}

fn key(n: u64) -> String {
    format!("tk_{:-<43}", format!("bulk{n}"))
}

#[tokio::test]
async fn a_hundred_tenants_have_at_most_twenty_names_and_every_call_is_counted_once() {
    let world = World::start().await;
    world
        .sql(
            "insert into tenants (slug, name, status, plan_version_id, billing_email, owner_email)
             select 'bulk-' || n, 'Bulk ' || n, 'active', (select v.id from plan_versions v join plans p on p.id = v.plan_id where p.key = 'pro' limit 1),
               'b@bulk.example', 'o' || n || '@bulk.example'
             from generate_series(1, 100) n;
             insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by)
             select id, 'k', 'tk_bulk', sha256(convert_to('tk_' || rpad('bulk' || substring(slug from 6), 43, '-'), 'utf8')), '{read,usage}', 'test'
             from tenants where slug like 'bulk-%'",
        )
        .await;
    let platform = KeyActor::Platform.key().expect("a key");
    world
        .sql(&format!("insert into platform_keys (name, prefix, key_hash, created_by) values ('k', 'pk', sha256('{platform}'), 'test')"))
        .await;
    let server = world.serve().await;
    let browser = server.browser();
    let mut made = 0;
    for n in 1..=100 {
        // The last ten call most, half of it through the statement that knows keys only.
        for _ in 0..if n > 90 { 5 } else { 1 } {
            let done = browser.ask(Method::GET, "/api/v1/features/webhooks").bearer(&key(n)).send().await;
            let consumed = browser.ask(Method::POST, "/api/v1/quota/tokens/consume").bearer(&key(n)).json(r#"{"amount": 1}"#).send().await;
            let wrong = browser.ask(Method::POST, "/api/v1/quota/nothing/consume").bearer(&key(n)).json(r#"{"amount": 1}"#).send().await;
            assert_eq!((done.status, consumed.status, wrong.status), (200, 200, 404), "{}", consumed.body);
            made += 3;
        }
    }
    let calls = calls(&server, &platform).await;
    assert_eq!(calls.values().sum::<u64>(), made);
    assert_eq!(calls.len(), (20 + 1) * 4, "twenty tenants and the others, by outcome");
    for n in 91..=100 {
        let of = |outcome: &str| calls.get(&(format!("bulk-{n}"), outcome.to_owned())).copied();
        assert_eq!((of("done"), of("refused"), of("over_quota"), of("failed")), (Some(10), Some(5), Some(0), Some(0)));
    }
    assert_eq!(calls[&("_other".to_owned(), "done".to_owned())], (100 - 20) * 2);
    world.finish().await;
}

#[tokio::test]
async fn only_staff_read_which_tenants_there_are() {
    let scene = Scene::set().await;
    let browser = scene.server.browser();
    let foreign = KeyActor::Foreign.key().expect("a key");
    assert_eq!(browser.ask(Method::GET, "/api/v1/tenant").bearer(&foreign).send().await.status, 200);
    for actor in [KeyActor::Nobody, KeyActor::Good, KeyActor::Foreign, KeyActor::PlatformRevoked] {
        let ask = browser.ask(Method::GET, "/metrics");
        let reply = match actor.key() {
            Some(key) => ask.bearer(&key).send().await,
            None => ask.send().await,
        };
        assert!(matches!(reply.status, 401 | 403) && !reply.body.contains("tenantry_"), "{actor:?}: {}", reply.everything());
    }
    let calls = calls(&scene.server, &KeyActor::Platform.key().expect("a key")).await;
    assert_eq!(calls[&(CANARY.to_owned(), "done".to_owned())], 1);
    scene.finish().await;
}
