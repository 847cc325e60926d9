//! A new password by a mailed link.

use tenantry::domain::role::Role;
use tenantry::jobs::work_off;

use super::{keep_all, kept_link, quiet, states};
use crate::world::World;
use crate::world::people::PASSWORD;
use crate::world::smtp::Smtp;

const NEW: &str = "seven violet lanterns drift";

async fn asks(world: &World) -> i64 {
    world.number("select count(*) from jobs where kind = 'password_reset' and state = 'queued'").await
}

#[tokio::test]
async fn a_known_and_an_unknown_address_are_answered_with_the_same_bytes_and_the_same_work() {
    let world = World::start().await;
    let _acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    let mut replies = Vec::new();
    for email in ["owner@acme.example", "nobody@acme.exampl"] {
        let reply = server.browser().post("/fn/reset/request", &[("email", email)]).await;
        replies.push(format!("{} {} {}", reply.status, reply.location(), reply.body).replace(email, "EMAIL"));
    }
    assert_eq!(replies[0], replies[1]);
    assert_eq!((asks(&world).await, world.number("select count(*) from mails").await), (2, 0), "looked up by a worker");
    keep_all(&world).await;
    assert_eq!(world.texts("select recipient from mails").await, ["owner@acme.example"]);
    assert_eq!(world.number("select count(*) from platform_events where action = 'user.reset_asked'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn the_link_sets_a_password_once_and_ends_every_session() {
    let world = World::start().await;
    let mut smtp = Smtp::start().await;
    let _acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    let old = server.sign_in("owner@acme.example").await;
    server.browser().post("/fn/reset/request", &[("email", " Owner@Acme.example ")]).await;
    work_off(&world.store, &smtp.mailer()).await;
    let mail = smtp.next().await;
    assert_eq!(mail.recipients, ["owner@acme.example"]);
    let path = mail.link().strip_prefix(crate::world::smtp::BASE).expect("ours").to_owned();
    let token = path.strip_prefix("/reset/").expect("a link").to_owned();

    let holder = server.browser();
    let page = holder.get(&path).await;
    assert!(page.status == 200 && page.body.contains("owner@acme.example"), "{}", page.body);
    for (password, why) in [("short", "15"), ("passwordpassword", "guess")] {
        let refused = holder.fetch("/fn/reset/set", &[("token", &token), ("password", password)]).await;
        assert_eq!(refused.status, 422, "{why}: {}", refused.body);
    }
    let set = holder.post("/fn/reset/set", &[("token", &token), ("password", NEW)]).await;
    assert_eq!((set.status, set.location()), (303, "/login?done=password-set"));
    assert!(holder.get(set.location()).await.body.contains("Your password is set."));
    assert_eq!(old.get("/account").await.status, 303, "signed out");
    assert_eq!(holder.get("/account").await.status, 303, "nobody is signed in by a link");
    let wrong = holder.fetch("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", PASSWORD)]).await;
    let right = holder.post("/fn/auth/sign-in", &[("email", "owner@acme.example"), ("password", NEW)]).await;
    assert_eq!((wrong.status, right.status, right.location()), (422, 303, "/"));

    let again = server.browser().fetch("/fn/reset/set", &[("token", &token), ("password", PASSWORD)]).await;
    assert_eq!(again.status, 409);
    assert_eq!(server.browser().get(&path).await.status, 410);
    let events = "select action from platform_events where action like 'user.%reset%' order by seq";
    assert_eq!(world.texts(events).await, ["user.reset_asked", "user.password_reset"]);
    work_off(&world.store, &smtp.mailer()).await;
    assert_eq!(smtp.next().await.header("subject"), "Your password was changed");
    world.finish().await;
}

#[tokio::test]
async fn a_link_that_ran_out_or_never_was_sets_nothing() {
    let world = World::start().await;
    let _acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    server.browser().post("/fn/reset/request", &[("email", "owner@acme.example")]).await;
    keep_all(&world).await;
    let path = kept_link(&world, "password_reset").await;
    let token = path.strip_prefix("/reset/").expect("a link");
    assert_eq!(server.browser().get(&path).await.status, 200);
    world.sql("update account_links set expires_at = now()").await;
    assert_eq!(server.browser().get(&path).await.status, 410);
    let late = server.browser().fetch("/fn/reset/set", &[("token", token), ("password", NEW)]).await;
    let made_up = server.browser().fetch("/fn/reset/set", &[("token", &"x".repeat(43)), ("password", NEW)]).await;
    let nonsense = server.browser().fetch("/fn/reset/set", &[("token", "../etc"), ("password", NEW)]).await;
    assert_eq!((late.status, made_up.status, nonsense.status), (409, 409, 409));
    assert_eq!(server.browser().get(&format!("/reset/{}", "x".repeat(43))).await.status, 404);
    server.sign_in("owner@acme.example").await;
    world.finish().await;
}

#[tokio::test]
async fn one_link_that_twenty_use_at_once_works_once() {
    let world = World::start().await;
    let _acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    server.browser().post("/fn/reset/request", &[("email", "owner@acme.example")]).await;
    keep_all(&world).await;
    let path = kept_link(&world, "password_reset").await;
    let token = path.strip_prefix("/reset/").expect("a link").to_owned();
    let racers = (0..20).map(|n| {
        let (browser, token) = (server.browser(), token.clone());
        tokio::spawn(async move { browser.fetch("/fn/reset/set", &[("token", &token), ("password", &format!("{NEW} {n}"))]).await.status })
    });
    let mut set = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.expect("no panic") {
            200 => set += 1,
            409 => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(set, 1);
    assert_eq!(world.number("select count(*) from platform_events where action = 'user.password_reset'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn asking_often_mails_once_in_two_minutes_and_a_disabled_account_gets_nothing() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).await;
    world.sql(&format!("delete from jobs; update users set disabled_at = now() where id = '{}'", acme.person("ada"))).await;
    let server = world.serve().await;
    for email in ["owner@acme.example", "owner@acme.example", "ada@acme.example"] {
        server.browser().post("/fn/reset/request", &[("email", email)]).await;
        keep_all(&world).await;
    }
    assert_eq!(states(&world, "owner@acme.example").await, ["done 1 kept"]);
    assert_eq!(states(&world, "ada@acme.example").await, [""; 0]);
    world.sql("update account_links set created_at = created_at - interval '3 minutes'").await;
    server.browser().post("/fn/reset/request", &[("email", "owner@acme.example")]).await;
    keep_all(&world).await;
    assert_eq!(states(&world, "owner@acme.example").await, ["done 1 kept", "done 1 kept"]);
    world.finish().await;
}

#[tokio::test]
async fn asking_is_limited_like_signing_in() {
    let world = World::start().await;
    let _acme = quiet(&world, "acme").await;
    let server = world.serve_slowly(3).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(server.browser().fetch("/fn/reset/request", &[("email", "owner@acme.example")]).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert_eq!(asks(&world).await, 3);
    world.finish().await;
}
