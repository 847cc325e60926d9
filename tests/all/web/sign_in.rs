//! Signing in and out, and where one is sent.

use reqwest::Method;

use crate::world::World;
use crate::world::people::PASSWORD;

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_with_the_same_bytes() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let browser = server.browser();
    let mut replies = Vec::new();
    // As long as each other: what was typed comes back in the answer.
    for email in ["owner@acme.example", "nobody@acme.exampl"] {
        let reply = browser.fetch("/fn/auth/sign-in", &[("email", email), ("password", "a wrong password")]).await;
        assert_eq!(reply.status, 422);
        replies.push((reply.body.replace(email, "EMAIL"), reply.headers.iter().filter(|(name, _)| *name != "date").count()));
    }
    assert_eq!(replies[0], replies[1]);
    assert!(browser.cookie("session").is_none());
    browser.sign_in("owner@acme.example").await;
    assert!(browser.cookie("session").is_some());
    world.finish().await;
}

#[tokio::test]
async fn a_failed_form_comes_back_with_what_was_typed_but_the_password() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let browser = server.browser();
    let referer = format!("http://{}/login?next=%2Faccount", server.host);
    let form = [("email", "owner@acme.example"), ("password", "not my password"), ("next", "/account")];
    let reply = browser.ask(Method::POST, "/fn/auth/sign-in").form(&form).header("referer", &referer).send().await;
    assert_eq!(reply.status, 303);
    assert!(reply.location().starts_with("/login?next=%2Faccount&"), "{}", reply.location());
    assert!(!reply.everything().contains("not my password") && !reply.everything().contains("not+my+password"));
    let page = browser.get(reply.location()).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("do not match") && page.body.contains("owner@acme.example"));
    world.finish().await;
}

#[tokio::test]
async fn signing_in_leads_to_next_on_this_host_and_nowhere_else() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    for (next, location) in [
        ("/t/acme/team", "/t/acme/team"),
        ("/admin/tenants?q=a", "/admin/tenants?q=a"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nset-cookie: x=y", "/"),
        ("evil.example", "/"),
    ] {
        let form = [("email", "owner@acme.example"), ("password", PASSWORD), ("next", next)];
        let reply = server.browser().post("/fn/auth/sign-in", &form).await;
        assert_eq!((reply.status, reply.location()), (303, location), "{next}");
    }
    let browser = server.sign_in("owner@acme.example").await;
    let reply = browser.get("/login?next=%2F%2Fevil.example").await;
    assert_eq!((reply.status, reply.location()), (303, "/"));
    world.finish().await;
}

#[tokio::test]
async fn signing_out_kills_the_session_wherever_its_cookie_was_copied() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (browser, thief) = (server.sign_in("owner@acme.example").await, server.browser());
    thief.set_cookie("session", &browser.cookie("session").expect("signed in"));
    assert_eq!(thief.get("/account").await.status, 200, "a cookie is all it takes");
    let reply = browser.post("/fn/auth/sign-out", &[]).await;
    assert_eq!((reply.status, reply.location()), (303, "/login?done=signed-out"));
    assert!(browser.cookie("session").is_none());
    assert_eq!(thief.get("/account").await.status, 303);
    assert_eq!(world.number("select count(*) from sessions").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn signing_in_makes_a_new_session_and_ends_the_one_before() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let browser = server.sign_in("owner@acme.example").await;
    let before = browser.cookie("session").expect("signed in");
    browser.sign_in("owner@acme.example").await;
    assert_ne!(browser.cookie("session").expect("signed in"), before);
    let old = server.browser();
    old.set_cookie("session", &before);
    assert_eq!(old.get("/account").await.status, 303);
    old.set_cookie("session", "made-up");
    assert_eq!(old.get("/account").await.status, 303);
    assert_eq!(browser.get("/account").await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn the_session_cookie_is_for_this_host_and_not_for_scripts() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let reply = server.browser().post("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", PASSWORD)]).await;
    let cookie = reply.header("set-cookie").to_lowercase();
    for needed in ["httponly", "samesite=lax", "path=/"] {
        assert!(cookie.contains(needed), "{cookie}");
    }
    assert!(!cookie.contains("domain="), "{cookie}");
    world.finish().await;
}

#[tokio::test]
async fn a_session_of_the_platform_host_is_nobodys_at_a_portal_and_the_other_way_round() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (platform, portal) = (server.host.clone(), server.portal("acme"));
    for (home, other) in [(&platform, &portal), (&portal, &platform)] {
        let browser = server.browser_at(home);
        browser.sign_in("owner@acme.example").await;
        assert_eq!(browser.get("/account").await.status, 200);
        assert_eq!(browser.carried_to(other).get("/account").await.status, 303);
    }
    world.finish().await;
}
