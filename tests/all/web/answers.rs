//! What every answer carries, and who gets which page at which host.

use super::text;
use scraper::{Html, Selector};

use crate::world::World;
use crate::world::scene::{Actor, Scene};

#[tokio::test]
async fn every_answer_carries_security_headers_and_every_page_a_nonce_of_its_own() {
    let scene = Scene::set().await;
    let mut nonces = Vec::new();
    for (actor, path) in [
        (Actor::Anonymous, "/login"),
        (Actor::Anonymous, "/healthz"),
        (Actor::Anonymous, "/favicon.svg"),
        (Actor::Anonymous, "/pkg/nothing.js"),
        (Actor::Anonymous, "/nothing"),
        (Actor::Viewer, "/t/acme"),
        (Actor::Viewer, "/admin"),
        (Actor::Owner, "/t/acme/team"),
        (Actor::Platform, "/admin"),
        (Actor::Platform, "/admin/tenants/acme"),
    ] {
        let reply = scene.browser(actor).get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), value, "{path}");
        }
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"),
            "{path}: {policy}"
        );
        assert!(!reply.header("content-type").is_empty() || reply.body.is_empty(), "{path}");
        if !reply.header("content-type").starts_with("text/html") {
            continue;
        }
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        let page = Html::parse_document(&reply.body);
        for script in page.select(&Selector::parse("script, style").expect("a selector")) {
            assert_eq!(script.attr("nonce"), Some(nonce.as_str()), "{path}: {}", script.html());
        }
        for inline in page.select(&Selector::parse("*").expect("a selector")).flat_map(|element| element.value().attrs()) {
            assert!(!inline.0.starts_with("on"), "{path}: {inline:?} would be refused by the policy");
        }
        assert_eq!(page.select(&Selector::parse("h1").expect("a selector")).count(), 1, "{path}");
        assert!(!text(&reply, "title").is_empty(), "{path}");
        nonces.push(nonce);
    }
    let all = nonces.len();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), all, "no nonce twice");
    scene.finish().await;
}

#[tokio::test]
async fn a_page_is_shown_refused_hidden_or_asked_for_as_agreed() {
    let scene = Scene::set().await;
    for (actor, path, status, location) in [
        (Actor::Anonymous, "/t/acme", 303, "/login?next=%2Ft%2Facme"),
        (Actor::Anonymous, "/t/nowhere", 303, "/login?next=%2Ft%2Fnowhere"),
        (Actor::Anonymous, "/admin/tenants?q=x", 303, "/login?next=%2Fadmin%2Ftenants%3Fq%3Dx"),
        (Actor::Anonymous, "/nothing", 404, ""),
        (Actor::Viewer, "/t/acme", 200, ""),
        (Actor::Viewer, "/t/kwyjibo", 404, ""),
        (Actor::Viewer, "/t/nowhere", 404, ""),
        (Actor::Viewer, "/t/NOT-A-SLUG", 404, ""),
        (Actor::Viewer, "/admin", 404, ""),
        (Actor::Suspended, "/t/closed", 403, ""),
        (Actor::Deleted, "/t/gone", 404, ""),
        (Actor::Viewer, "/", 303, "/t/acme"),
        (Actor::Platform, "/", 303, "/admin"),
        (Actor::Platform, "/t/acme", 404, ""),
        (Actor::Platform, "/admin/tenants/nowhere", 404, ""),
    ] {
        let reply = scene.browser(actor).get(path).await;
        assert_eq!((reply.status, reply.location()), (status, location), "{actor:?} {path}");
    }
    scene.finish().await;
}

#[tokio::test]
async fn only_our_own_hosts_are_answered() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    for (host, status) in [
        (server.host.clone(), 200),
        (server.portal("acme"), 200),
        (server.portal("nowhere"), 404),
        ("evil.example".to_owned(), 421),
        (format!("{}.evil.example", server.host), 421),
        (format!("a.b.{}", server.host), 421),
        ("localhost@evil.example".to_owned(), 421),
    ] {
        let reply = server.browser_at(&host).get("/login").await;
        assert_eq!(reply.status, status, "{host}: {}", reply.body);
        assert!(!reply.body.contains("evil.example"), "{host}");
    }
    assert_eq!(server.browser_at("evil.example").get("/healthz").await.status, 200, "whoever watches may ask by any name");
    world.finish().await;
}

#[tokio::test]
async fn a_portal_host_shows_its_own_tenant_only() {
    let scene = Scene::set().await;
    let portal = scene.server.browser_at(&scene.server.portal("acme"));
    portal.sign_in("vi@acme.example").await;
    assert!(portal.get("/").await.body.contains("ACME"));
    assert_eq!(portal.get("/team").await.status, 200);
    for path in ["/t/kwyjibo", "/t/acme", "/admin", "/../t/kwyjibo", "/%2e%2e/kwyjibo"] {
        assert_eq!(portal.get(path).await.status, 404, "{path}");
    }
    let other = scene.server.browser_at(&scene.server.portal(crate::world::scene::CANARY));
    other.sign_in("vi@acme.example").await;
    assert_eq!(other.get("/").await.status, 404);
    scene.finish().await;
}
