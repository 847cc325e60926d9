//! The second step of signing in.

use tenantry::domain::role::Role;

use super::{give_code, give_password, is_signed_in};
use crate::world::World;
use crate::world::people::PASSWORD;

const OWNER: &str = "owner@acme.example";

#[tokio::test]
async fn a_password_alone_opens_nothing_and_a_code_besides_does() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.plant_factor(acme.owner()).await;
    let server = world.serve().await;
    let reply = server.browser().post("/fn/auth/sign-in", &[("email", OWNER), ("password", PASSWORD), ("next", "/t/acme/team")]).await;
    assert_eq!(reply.location(), "/login/code?next=%2Ft%2Facme%2Fteam");
    let half = give_password(&server, OWNER).await;
    for page in ["/", "/account", "/tenants", "/t/acme", "/t/acme/usage.csv", "/t/acme/audit.jsonl", "/admin"] {
        let reply = half.get(page).await;
        assert!(reply.status == 303 && reply.location().starts_with("/login?next="), "{page}: {}", reply.everything());
    }
    for (path, form) in [
        ("/fn/account/revoke-others", [("x", "")].as_slice()),
        ("/fn/account/password", &[("current_password", PASSWORD), ("new_password", PASSWORD)]),
        ("/fn/account/factor-begin", &[("factor_password", PASSWORD)]),
        ("/fn/account/factor-remove", &[("own_password", PASSWORD), ("own_code", "123456")]),
        ("/fn/team/remove", &[("tenant", "acme"), ("member", "x")]),
    ] {
        assert_eq!(half.fetch(path, form).await.status, 401, "{path}");
    }
    assert_eq!(world.number("select count(*) from sessions where user_id is not null").await, 0);
    assert_eq!(world.number("select count(*) from platform_events where action = 'user.signed_in'").await, 0);

    let page = half.get("/login/code").await;
    assert!(page.status == 200 && page.body.contains(OWNER));
    let before = half.cookie("session").expect("a half session");
    let reply = half.post("/fn/auth/code", &[("code", &world.code(0).await), ("next", "/t/acme/team")]).await;
    assert_eq!((reply.status, reply.location()), (303, "/t/acme/team"));
    assert!(is_signed_in(&half).await);
    assert_ne!(half.cookie("session").expect("a whole one"), before, "a new id");
    assert_eq!(half.get("/login/code").await.location(), "/");
    world.finish().await;
}

#[tokio::test]
async fn without_the_password_no_code_is_asked_for_or_taken() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    world.plant_factor(acme.owner()).await;
    let server = world.serve().await;
    let nobody = server.browser();
    assert_eq!(nobody.get("/login/code").await.location(), "/login");
    assert_eq!(nobody.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await.status, 401);
    // At another host the half session is nobody's.
    let half = give_password(&server, OWNER).await;
    let elsewhere = half.carried_to(&server.portal("acme"));
    assert_eq!(elsewhere.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await.status, 401);
    assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await.status, 200);
    // Who has no second factor is not asked.
    server.sign_in("vi@acme.example").await;
    world.finish().await;
}

#[tokio::test]
async fn of_twenty_who_give_one_code_at_once_one_comes_in() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.plant_factor(acme.owner()).await;
    let server = world.serve().await;
    let mut halves = Vec::new();
    for _ in 0..20 {
        halves.push(give_password(&server, OWNER).await);
    }
    let code = world.code(1).await;
    let tries: Vec<_> = halves
        .iter()
        .map(|half| {
            let (half, code) = (half.clone(), code.clone());
            tokio::spawn(async move { give_code(&half, &code).await.location() == "/" })
        })
        .collect();
    let mut passed = 0;
    for attempt in tries {
        passed += i32::from(attempt.await.expect("no panic"));
    }
    assert_eq!(passed, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_code_of_the_past_or_far_ahead_does_not_work() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.plant_factor(acme.owner()).await;
    let half = give_password(&world.serve().await, OWNER).await;
    for away in [-10, -3, 4, 100] {
        assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(away).await)]).await.status, 422, "{away}");
    }
    assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(1).await)]).await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn after_five_wrong_codes_even_the_right_one_waits() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.plant_factor(acme.owner()).await;
    let server = world.serve().await;
    let half = give_password(&server, OWNER).await;
    for _ in 0..5 {
        assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(-9).await)]).await.status, 422);
    }
    // Another browser, another server: the count is the database's.
    let other = give_password(&world.serve().await, OWNER).await;
    for browser in [&half, &other] {
        let reply = browser.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await;
        assert!(reply.status == 429 && reply.body.contains("Wait a minute"), "{}", reply.everything());
    }
    assert_eq!(world.number("select failures::bigint from second_factors").await, 5, "what is not looked at is not counted");
    assert_eq!(world.number("select count(*) from platform_events where action = 'second_factor.refused'").await, 5);
    world.sql("update second_factors set failed_at = now() - interval '61 seconds'").await;
    assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(-9).await)]).await.status, 422, "one more try");
    world.sql("update second_factors set failed_at = now() - interval '61 seconds'").await;
    assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await.status, 429, "the pause has doubled");
    world.sql("update second_factors set failed_at = now() - interval '121 seconds'").await;
    assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await.status, 200);
    assert_eq!(world.number("select failures::bigint from second_factors").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_half_session_ends_with_its_time_and_with_the_password() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.plant_factor(acme.owner()).await;
    let server = world.serve().await;
    let changes = [
        "update sessions set data = jsonb_set(data, '{half,until}', to_jsonb(extract(epoch from now())::bigint - 5)) where data ? 'half'",
        "update users set password_hash = password_hash || 'x'",
    ];
    for change in changes {
        let half = give_password(&server, OWNER).await;
        world.sql(change).await;
        assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await.status, 401, "{change}");
        assert!(!is_signed_in(&half).await);
        world.sql("update second_factors set last_step = 0").await;
    }
    world.sql("update users set password_hash = left(password_hash, -1)").await;
    let half = give_password(&server, OWNER).await;
    assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn what_was_sealed_with_another_key_opens_nothing() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    world.plant_factor(acme.person("vi")).await;
    // As if somebody with the database gave the owner a secret that they know.
    world.sql(&format!("update second_factors set user_id = '{}'", acme.owner())).await;
    let half = give_password(&world.serve().await, OWNER).await;
    assert_eq!(half.fetch("/fn/auth/code", &[("code", &world.code(0).await)]).await.status, 409);
    assert!(!is_signed_in(&half).await);
    world.finish().await;
}
