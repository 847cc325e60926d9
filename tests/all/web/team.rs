//! The team page without script, and what a suspended tenant's people are told.

use tenantry::domain::role::Role;

use crate::world::World;
use crate::world::scene::{Actor, Scene};

#[tokio::test]
async fn a_viewer_cannot_remove_a_member() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    let vi = world.serve().await.sign_in("vi@acme.example").await;
    let reply = vi.fetch("/fn/team/remove", &[("tenant", "acme"), ("member", &acme.owner().to_string())]).await;
    assert_eq!(reply.status, 403);
    assert!(acme.has_member(acme.owner()).await);
    world.finish().await;
}

#[tokio::test]
async fn an_owner_removes_a_member_who_is_out_at_the_next_click() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    let server = world.serve().await;
    let (owner, vi) = (server.sign_in("owner@acme.example").await, server.sign_in("vi@acme.example").await);
    assert_eq!(vi.get("/t/acme").await.status, 200);
    let reply = owner.post("/fn/team/remove", &[("tenant", "acme"), ("member", &acme.person("vi").to_string())]).await;
    assert_eq!((reply.status, reply.location()), (303, "/t/acme/team?done=removed"));
    assert!(owner.get(reply.location()).await.body.contains("Removed."));
    assert_eq!(vi.get("/t/acme").await.status, 404);
    world.finish().await;
}

#[tokio::test]
async fn a_suspended_tenants_people_are_told_why_at_the_next_click() {
    let scene = Scene::set().await;
    let (root, vi) = (scene.browser(Actor::Platform), scene.browser(Actor::Viewer));
    assert_eq!(vi.get("/t/acme").await.status, 200);
    let reply = root.post("/fn/tenants/suspend", &[("slug", "acme"), ("reason", "Unpaid since May")]).await;
    assert_eq!((reply.status, reply.location()), (303, "/admin/tenants/acme?done=suspended"));
    for path in ["/t/acme", "/t/acme/team"] {
        let page = vi.get(path).await;
        assert_eq!(page.status, 403);
        assert!(page.body.contains("Unpaid since May"), "{}", page.body);
    }
    root.post("/fn/tenants/resume", &[("slug", "acme")]).await;
    assert_eq!(vi.get("/t/acme").await.status, 200);
    scene.finish().await;
}
