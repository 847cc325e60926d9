//! How often a page asks the database.

use super::probes::PROBES;
use crate::world::http::Browser;
use crate::world::proxy::Proxy;
use crate::world::scene::{Actor, Scene};

/// Of the portal. Session, tenant and commit are three of them.
const MOST: u64 = 6;
/// Of the console about one tenant. Session, right and tenant are three of them.
const MOST_ABOUT_A_TENANT: u64 = 8;

/// The tabs of a tenant in the console: paths below its own; the users also with a member chosen whom the list does not show.
const TABS: [&str; 11] = [
    "",
    "/users",
    "/users?member={member}&q=nobody",
    "/quotas",
    "/usage",
    "/billing",
    "/features",
    "/branding",
    "/domains",
    "/audit",
    "/settings",
];

/// How often each page asks when it was asked for before.
async fn count(scene: &Scene, proxy: &Proxy, browser: &Browser, actor: Actor, pages: impl Iterator<Item = String>) -> Vec<(String, u64)> {
    let mut counts = Vec::new();
    for page in pages {
        let path = scene.fill(&page, actor, "acme").await;
        // The first time statements are prepared, and it is noted that somebody was here.
        for _ in 0..2 {
            assert_eq!(browser.get(&path).await.status, 200, "{path}");
        }
        let before = proxy.questions();
        browser.get(&path).await;
        counts.push((page, proxy.questions() - before));
    }
    counts
}

#[track_caller]
fn at_most(most: u64, counts: &[(String, u64)]) {
    assert!(counts.iter().all(|(_, count)| *count >= 3), "session, tenant and commit are counted: {counts:?}");
    let too_many: Vec<_> = counts.iter().filter(|(_, count)| *count > most).collect();
    assert!(too_many.is_empty(), "{too_many:?} of {counts:?}");
}

#[tokio::test]
async fn no_page_of_the_portal_asks_the_database_more_than_six_times() {
    let scene = Scene::set().await;
    scene
        .world
        .sql(&format!(
            "insert into agents (tenant_id, name, model) select '{}', 'many ' || n, 'm' from generate_series(1, 9) n",
            scene.a.id
        ))
        .await;
    let proxy = Proxy::start().await;
    let store = scene.world.store_behind(&proxy, 1);
    let server = scene.world.serve_with(store.clone(), |app| app).await;
    let owner = server.sign_in("owner@acme.example").await;
    // A document is no page, though its address has no point.
    let is_page = |path: &&str| path.starts_with("/t/{slug}") && !path.contains("{document}");
    let pages = PROBES.iter().filter(|probe| !probe.is_function() && !probe.is_file()).map(|probe| probe.path()).filter(is_page);
    // One plan that is dearer, one for which there is too much of something.
    let pages = pages.chain(["/t/{slug}/plan/enterprise", "/t/{slug}/plan/free"]).map(str::to_owned);
    let counts = count(&scene, &proxy, &owner, Actor::Owner, pages).await;
    store.close().await;
    at_most(MOST, &counts);
    scene.finish().await;
}

#[tokio::test]
async fn no_page_about_a_tenant_asks_the_database_more_than_eight_times() {
    let scene = Scene::set().await;
    // So many events that a look at the log verifies them in more than one piece.
    scene
        .world
        .sql(&format!(
            "select count(audit_append('{}', 'member', null, 'ada@acme.example', 'agent.changed', 'Agent ' || n, null, null, 'here'))
             from generate_series(1, 1100) n",
            scene.a.id
        ))
        .await;
    let proxy = Proxy::start().await;
    let store = scene.world.store_behind(&proxy, 1);
    let server = scene.world.serve_with(store.clone(), |app| app).await;
    let root = server.sign_in("root@tenantry.example").await;
    let pages = TABS.iter().map(|tab| format!("/admin/tenants/{{slug}}{tab}"));
    let counts = count(&scene, &proxy, &root, Actor::Platform, pages).await;
    store.close().await;
    at_most(MOST_ABOUT_A_TENANT, &counts);
    scene.finish().await;
}
