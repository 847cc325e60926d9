//! The server as a browser meets it: signing in and out, where one is sent, what every answer carries, a database that is away.

use std::time::Duration;

use reqwest::Method;
use scraper::{Html, Selector};
use sqlx::postgres::PgConnectOptions;
use tenantry::domain::role::Role;
use tenantry::store::Store;
use tenantry::store::handle::Logins;
use tenantry::store::tokens::SecretKey;

use crate::world::World;
use crate::world::http::Reply;
use crate::world::people::PASSWORD;
use crate::world::proxy::{Answers, Proxy};
use crate::world::scene::{Actor, Scene};

/// The text of the first element that the selector finds.
fn text(reply: &Reply, selector: &str) -> String {
    let selector = Selector::parse(selector).expect("a selector");
    Html::parse_document(&reply.body)
        .select(&selector)
        .next()
        .map(|found| found.text().collect::<String>().trim().to_owned())
        .unwrap_or_default()
}

// ---------------------------------------------------------------------------------------------------------------------
// Signing in and out

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

// ---------------------------------------------------------------------------------------------------------------------
// Team, without script

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

// ---------------------------------------------------------------------------------------------------------------------
// What every answer carries

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
        assert!(reply.header("content-type") != "" || reply.body.is_empty(), "{path}");
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

#[tokio::test]
async fn bad_input_is_never_our_fault() {
    let scene = Scene::set().await;
    let root = scene.browser(Actor::Platform);
    let mut faults = Vec::new();
    let nil = "00000000000000000000000000000000";
    for query in [
        "q=%00".to_owned(),
        format!("q={}", "x".repeat(5_000)),
        "q=%FF%FE".to_owned(),
        "q=%E2%80%AE%27%22%3Cscript%3E".to_owned(),
        "status=%00&plan=%00&sort=%00&after=%00".to_owned(),
        format!("after={nil}.%00"),
        format!("sort=created&after={nil}.-262143-01-01T00:00:00Z"),
        format!("sort=created&after={nil}.%2B262142-12-31T23:59:59Z"),
        format!("sort=cost&after={nil}.79228162514264337593543950335"),
        format!("sort=cost&after={nil}.-1e-28"),
        format!("sort=agents&after={nil}.9223372036854775807"),
        format!("sort=plan&after={nil}.2147483647"),
        format!("sort=-status&after={nil}.%F0%9F%98%80"),
        "__path=/fn/tenants/suspend&__err=%00%FF".to_owned(),
    ] {
        for path in ["/admin/tenants", "/login", "/admin/tenants/acme", "/admin/tenants/new"] {
            let reply = root.get(&format!("{path}?{query}")).await;
            if reply.status >= 500 {
                faults.push(format!("{path}?{query:.60}: {}", reply.status));
            }
        }
    }
    let long = "x".repeat(10_000);
    for garbage in
        ["", "\0", "\u{202e}", "😀", "'; drop table tenants; --", "../../etc/passwd", "-1", "9999999999999999999999", "NaN", &long]
    {
        for (path, fields) in [
            ("/fn/auth/sign-in", &["email", "password", "next"][..]),
            ("/fn/invite/accept", &["token", "name", "password"]),
            ("/fn/account/revoke-session", &["session"]),
            ("/fn/account/theme", &["theme"]),
            ("/fn/team/remove", &["tenant", "member"]),
            ("/fn/tenants/create", &["name", "slug", "plan", "owner_email", "trial_days", "monthly_budget"]),
            ("/fn/tenants/check-slug", &["slug"]),
            ("/fn/tenants/suspend", &["slug", "reason"]),
            ("/fn/tenants/resume", &["slug"]),
        ] {
            let form: Vec<(&str, &str)> = fields.iter().map(|field| (*field, garbage)).collect();
            let reply = root.fetch(path, &form).await;
            if reply.status >= 500 {
                faults.push(format!("{path} {garbage:.20}: {}", reply.status));
            }
        }
        for path in ["/invite/%00", "/t/%00", "/admin/tenants/%00", "/%FF", "/fn/%00", "/t/acme%2F..%2Fkwyjibo"] {
            let reply = root.get(path).await;
            if reply.status >= 500 {
                faults.push(format!("{path}: {}", reply.status));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    scene.finish().await;
}

#[tokio::test]
async fn a_huge_form_is_refused() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let server = world.serve().await;
    let large = "x".repeat(1024 * 1024);
    let reply = server.browser().ask(Method::POST, "/fn/auth/sign-in").form(&[("email", "a"), ("password", large.as_str())]).send().await;
    assert_eq!(reply.status, 413);
    server.sign_in("owner@acme.example").await;
    world.finish().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_said_and_its_return_is_noticed() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let proxy = Proxy::start().await;
    let through = |login: &PgConnectOptions| {
        let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(proxy.port);
        options.username(login.get_username()).database(login.get_database().expect("a database"))
    };
    let (app, platform) = (through(&world.logins.app), through(&world.logins.platform));
    let logins = Logins { owner: world.logins.owner.clone(), app, platform };
    let store = Store::new(&logins, 4, 4, SecretKey::new(String::from("a key for tests").into()));
    let server = world.serve_with(store.clone(), |app| app).await;
    let browser = server.sign_in("owner@acme.example").await;

    proxy.answers(Answers::Cut);
    for path in ["/t/acme", "/account", "/readyz"] {
        let reply = browser.get(path).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "2"), "{path}: {}", reply.body);
    }
    let reply = browser.fetch("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", PASSWORD)]).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "2"), "{}", reply.body);
    assert_eq!(browser.get("/healthz").await.status, 200);

    proxy.answers(Answers::Delayed(Duration::ZERO));
    assert_eq!(browser.get("/t/acme").await.status, 200, "and nobody had to sign in again");
    assert_eq!(browser.get("/readyz").await.status, 200);
    store.close().await;
    world.finish().await;
}
