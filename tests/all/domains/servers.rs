//! Several servers and their memory of names; the gate for certificates; the database away.

use std::time::Duration;

use super::{Place, txt, unique};
use crate::world::http::Server;

/// How soon a change is known everywhere: it is promised within a second; a busy machine gets more.
const BOUND: Duration = Duration::from_secs(10);

async fn gate(server: &Server, name: &str) -> u16 {
    server.browser().get(&format!("/internal/tls-allowed?domain={name}")).await.status
}

#[tokio::test]
async fn a_change_on_one_server_is_known_to_the_other_without_asking() {
    let place = Place::make().await;
    let name = unique("portal");
    place.add(&name).await;
    let other_store = place.world.another_store(2, 2);
    let other = place.world.serve_with(other_store.clone(), |app| app).await;
    let mut heard = other_store.watch_routes();
    let follower = tokio::spawn({
        let store = other_store.clone();
        async move { store.follow_routes().await }
    });
    let at = other.at(&name);
    assert_eq!((other.browser_at(&at).get("/login").await.status, gate(&other, &name).await), (421, 404));

    place.knot.change(&[&txt(&name, &place.token(&name).await)]).await;
    assert_eq!(place.owner.post("/fn/domains/check", &[("tenant", "acme"), ("domain", &name)]).await.status, 303);
    assert_eq!(gate(&place.server, &name).await, 200, "here at once");
    tokio::time::timeout(BOUND, heard.wait_for(|routes| routes.tenant_of(&name).is_some())).await.expect("in time").expect("it lives");
    assert_eq!((other.browser_at(&at).get("/login").await.status, gate(&other, &name).await), (200, 200));

    // The line breaks; it hears again.
    place.world.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tenantry routes' and datname = current_database()").await;
    assert_eq!(place.owner.post("/fn/domains/remove", &[("tenant", "acme"), ("domain", &name)]).await.status, 303);
    tokio::time::timeout(BOUND, heard.wait_for(|routes| routes.tenant_of(&name).is_none())).await.expect("in time").expect("it lives");
    assert_eq!((other.browser_at(&at).get("/login").await.status, gate(&other, &name).await), (421, 404));
    follower.abort();
    other_store.close().await;
    place.world.finish().await;
}

#[tokio::test]
async fn names_are_answered_from_memory_also_while_the_database_is_away() {
    let place = Place::make().await;
    let (name, waits) = (unique("portal"), unique("waits"));
    place.connect(&name).await;
    place.add(&waits).await;
    let store = place.world.another_store(2, 2);
    store.read_routes().await.expect("read");
    let server = place.world.serve_with(store.clone(), |app| app).await;
    for (asked, status) in [
        (name.as_str(), 200),
        (&name.to_uppercase()[..], 200),
        ("localhost", 200),
        (&waits[..], 404),
        ("evil.example", 404),
        ("", 404),
        ("%00", 404),
        (&format!("{name}&domain=evil.example")[..], 404),
    ] {
        assert_eq!(gate(&server, asked).await, status, "{asked}");
    }
    assert_eq!(server.browser().get("/internal/tls-allowed").await.status, 404);
    store.close().await;
    assert_eq!((gate(&server, &name).await, gate(&server, &waits).await), (200, 404));
    let at = |name: &str| server.browser_at(&server.at(name));
    assert_eq!(at(&name).get("/").await.status, 303, "a page that needs no database");
    assert_eq!(at(&name).get("/login").await.status, 503, "one that does");
    assert_eq!(at(&waits).get("/login").await.status, 421);
    store.read_routes().await.expect_err("away");
    assert_eq!(gate(&server, &name).await, 200, "what was known is kept");
    place.world.finish().await;
}
