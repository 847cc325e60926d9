//! Setting a second factor up, its recovery codes, and turning it off.

use tenantry::store::StoreError;

use super::{give_code, give_password, is_signed_in, texts};
use crate::world::World;
use crate::world::http::Browser;
use crate::world::people::PASSWORD;

const BEGIN: (&str, &str) = ("/fn/account/factor-begin", "factor_password");
const CONFIRM: (&str, &str) = ("/fn/account/factor-confirm", "first_code");
const REMOVE: &str = "/fn/account/factor-remove";

/// The recovery codes that the page after this answer shows.
async fn shown_codes(browser: &Browser, to: &str) -> Vec<String> {
    texts(&browser.get(to).await, ".codes code")
}

#[tokio::test]
async fn a_password_and_a_first_code_turn_it_on_and_codes_are_shown_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let (here, there) = (server.sign_in("owner@acme.example").await, server.sign_in("owner@acme.example").await);

    let refused = here.fetch(BEGIN.0, &[(BEGIN.1, "not my password")]).await;
    assert!(refused.status == 422 && refused.body.contains("\"field\":\"factor_password\""), "{}", refused.body);
    assert_eq!(world.number("select count(*) from second_factor_setups").await, 0);
    assert_eq!(here.post(BEGIN.0, &[(BEGIN.1, PASSWORD)]).await.location(), "/account#second-factor");
    let secret = world.setup_secret(acme.owner()).await;
    let page = here.get("/account").await;
    assert!(page.body.contains(&secret.text()) && page.body.contains("<svg class=\"qr\""), "key and picture");
    assert!(!there.get("/account").await.body.contains(&secret.text()), "only the session that gave the password sees it");
    // The database knows it sealed.
    let bytes: String = secret.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(world.number(&format!("select count(*) from second_factor_setups where encode(secret, 'hex') like '%{bytes}%'")).await, 0);

    let now = world.number("select floor(extract(epoch from now()))::bigint").await;
    let code = |away: i64| format!("{:06}", secret.code(now + away * 30));
    for wrong in ["", "12345", &code(-40)] {
        assert_eq!(here.fetch(CONFIRM.0, &[(CONFIRM.1, wrong)]).await.status, 422, "{wrong}");
    }
    assert_eq!(there.fetch(CONFIRM.0, &[(CONFIRM.1, &code(0))]).await.status, 409, "another session's set-up");
    assert_eq!(world.number("select count(*) from second_factors").await, 0);
    let done = here.post(CONFIRM.0, &[(CONFIRM.1, &code(0))]).await;
    let codes = shown_codes(&here, done.location()).await;
    assert_eq!(codes.len(), 10, "{codes:?}");
    assert_eq!(shown_codes(&here, "/account").await, Vec::<String>::new(), "shown once");
    for code in &codes {
        assert_eq!(world.number(&format!("select count(*) from recovery_codes c where position('{code}' in c::text) > 0")).await, 0);
    }
    assert!(is_signed_in(&here).await && !is_signed_in(&there).await, "who has not given a code starts again");
    assert_eq!(here.fetch(BEGIN.0, &[(BEGIN.1, PASSWORD)]).await.status, 409, "there is one already");
    assert_eq!(world.number("select count(*) from platform_events where action = 'second_factor.enabled'").await, 1);

    // A code that was shown signs in, once.
    let first = give_password(&server, "owner@acme.example").await;
    assert_eq!(give_code(&first, &codes[3]).await.location(), "/account?done=recovered#second-factor");
    let second = give_password(&server, "owner@acme.example").await;
    give_code(&second, &codes[3]).await;
    assert!(is_signed_in(&first).await && !is_signed_in(&second).await);
    assert!(first.get("/account").await.body.contains("9 recovery codes are left"));
    world.finish().await;
}

#[tokio::test]
async fn a_set_up_runs_out() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    for (age, status) in [("16 minutes", 409), ("14 minutes", 200)] {
        owner.post(BEGIN.0, &[(BEGIN.1, PASSWORD)]).await;
        world.plant_setup(acme.owner()).await;
        world.sql(&format!("update second_factor_setups set started_at = now() - interval '{age}'")).await;
        assert_eq!(owner.fetch(CONFIRM.0, &[(CONFIRM.1, &world.code(0).await)]).await.status, status, "{age}");
    }
    world.finish().await;
}

#[tokio::test]
async fn codes_of_somebody_else_are_not_shown() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.plant_factor(acme.owner()).await;
    let server = world.serve().await;
    let owner = give_password(&server, "owner@acme.example").await;
    give_code(&owner, &world.code(0).await).await;
    owner.set_cookie("new-codes", "abcdefgh0123.abcdefgh4567");
    assert_eq!(shown_codes(&owner, "/account").await, Vec::<String>::new());
    world.finish().await;
}

#[tokio::test]
async fn new_recovery_codes_and_turning_it_off_ask_for_password_and_code() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let server = world.serve().await;
    let owner = server.sign_in("owner@acme.example").await;
    world.plant_factor(acme.owner()).await;
    for path in ["/fn/account/factor-codes", REMOVE] {
        for (password, code, wrong) in [
            ("not my password", world.code(0).await, "own_password"),
            (PASSWORD, world.code(-3).await, "own_code"),
            (PASSWORD, String::new(), "own_code"),
        ] {
            let reply = owner.fetch(path, &[("own_password", password), ("own_code", &code)]).await;
            assert!(reply.status == 422 && reply.body.contains(&format!("\"field\":\"{wrong}\"")), "{path}: {}", reply.everything());
        }
    }
    let renewed = owner.post("/fn/account/factor-codes", &[("own_password", PASSWORD), ("own_code", &world.code(0).await)]).await;
    let codes = shown_codes(&owner, renewed.location()).await;
    assert_eq!(codes.len(), 10);
    // Turned off with a recovery code: the app's was used just now.
    let removed = owner.post(REMOVE, &[("own_password", PASSWORD), ("own_code", &codes[0])]).await;
    assert_eq!(removed.location(), "/account?done=factor-off#second-factor");
    assert_eq!(world.number("select count(*) from recovery_codes").await, 0);
    server.sign_in("owner@acme.example").await;
    world.finish().await;
}

#[tokio::test]
async fn a_short_password_cannot_stand_alone_again() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    world.plant_factor(acme.owner()).await;
    let short = "wq7-Zvu9";
    assert_eq!(owner.fetch("/fn/account/password", &[("current_password", PASSWORD), ("new_password", short)]).await.status, 200);
    let refused = owner.fetch(REMOVE, &[("own_password", short), ("own_code", &world.code(0).await)]).await;
    assert!(refused.status == 422 && refused.body.contains("too short to stand alone"), "{}", refused.body);
    assert_eq!(world.number("select count(*) from second_factors").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn the_operator_helps_who_has_lost_everything() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.plant_factor(acme.owner()).await;
    let server = world.serve().await;
    give_password(&server, "owner@acme.example").await;
    let email = "owner@acme.example".parse().expect("an address");
    let mut console = world.console().await;
    console.reset_second_factor(&email).await.expect("there is one");
    assert!(matches!(console.reset_second_factor(&email).await, Err(StoreError::WrongState(_))));
    assert!(matches!(console.reset_second_factor(&"nobody@acme.example".parse().expect("an address")).await, Err(StoreError::NotFound)));
    console.commit().await.expect("committed");
    server.sign_in("owner@acme.example").await;
    assert_eq!(world.number("select count(*) from platform_events where action = 'second_factor.reset'").await, 1);
    world.finish().await;
}
