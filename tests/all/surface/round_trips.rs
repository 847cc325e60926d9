//! How often a page asks the database.

use super::probes::PROBES;
use crate::world::proxy::Proxy;
use crate::world::scene::{Actor, Scene};

/// Session, tenant and commit are three of them.
const MOST: u64 = 6;

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
    let mut counts = Vec::new();
    // One plan that is dearer, one for which there is too much of something.
    for page in pages.chain(["/t/{slug}/plan/enterprise", "/t/{slug}/plan/free"]) {
        let path = scene.fill(page, Actor::Owner, "acme").await;
        // The first time statements are prepared, and it is noted that somebody was here.
        for _ in 0..2 {
            assert_eq!(owner.get(&path).await.status, 200, "{path}");
        }
        let before = proxy.questions();
        owner.get(&path).await;
        counts.push((page, proxy.questions() - before));
    }
    store.close().await;
    assert!(counts.iter().all(|(_, count)| *count >= 3), "session, tenant and commit are counted: {counts:?}");
    let too_many: Vec<_> = counts.iter().filter(|(_, count)| *count > MOST).collect();
    assert!(too_many.is_empty(), "{too_many:?} of {counts:?}");
    scene.finish().await;
}
