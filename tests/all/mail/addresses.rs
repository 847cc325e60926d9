//! Moving an account to another address.

use tenantry::jobs::work_off;

use super::{keep_all, kept_link, quiet, states};
use crate::world::World;
use crate::world::http::Browser;
use crate::world::people::PASSWORD;
use crate::world::smtp::Smtp;

const NEW: &str = "olga@elsewhere.example";

async fn ask(browser: &Browser, email: &str) {
    let reply = browser.post("/fn/account/change-email", &[("email", email), ("password", PASSWORD)]).await;
    assert_eq!((reply.status, reply.location()), (303, "/account?done=email-asked"), "{}", reply.everything());
}

async fn address(world: &World, id: impl std::fmt::Display) -> String {
    world.text(&format!("select email from users where id = '{id}'")).await
}

#[tokio::test]
async fn a_link_to_the_new_address_moves_the_account_and_the_old_address_is_told() {
    let world = World::start().await;
    let mut smtp = Smtp::start().await;
    let acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    let browser = server.sign_in("owner@acme.example").await;
    ask(&browser, " Olga@Elsewhere.example ").await;
    work_off(&world.store, &smtp.mailer()).await;
    let mail = smtp.next().await;
    assert_eq!(mail.recipients, [NEW]);
    let path = mail.link().strip_prefix(crate::world::smtp::BASE).expect("ours").to_owned();
    let token = path.strip_prefix("/account/email/").expect("a link").to_owned();
    assert_eq!(address(&world, acme.owner()).await, "owner@acme.example", "nothing changes before");

    let page = browser.get(&path).await;
    assert!(page.status == 200 && page.body.contains(NEW) && page.body.contains("owner@acme.example"), "{}", page.body);
    let done = browser.post("/fn/account/confirm-email", &[("token", &token)]).await;
    assert_eq!((done.status, done.location()), (303, "/account?done=email-changed"));
    assert!(browser.get("/account").await.body.contains(NEW), "still signed in");
    server.sign_in(NEW).await;
    assert_eq!(world.text(&format!("select owner_email from tenants where id = '{}'", acme.id)).await, NEW);
    work_off(&world.store, &smtp.mailer()).await;
    let told = smtp.next().await;
    assert_eq!((told.recipients, told.text.contains(NEW)), (vec!["owner@acme.example".to_owned()], true));
    let events = "select action || ' ' || target from platform_events where action like 'user.email%' order by seq";
    assert_eq!(world.texts(events).await, ["user.email_change_asked owner@acme.example", "user.email_changed olga@elsewhere.example"]);
    assert_eq!(
        acme.count("audit_events where action = 'tenant.updated' and after::jsonb->>'owner_email' = 'olga@elsewhere.example'").await,
        1
    );

    assert_eq!(browser.get(&path).await.status, 410, "once");
    assert_eq!(browser.fetch("/fn/account/confirm-email", &[("token", &token)]).await.status, 409);
    world.finish().await;
}

#[tokio::test]
async fn a_link_is_nothing_to_anybody_else() {
    let world = World::start().await;
    let (acme, _globex) = (world.tenant("acme").await, quiet(&world, "globex").await);
    let server = world.serve().await;
    let browser = server.sign_in("owner@acme.example").await;
    ask(&browser, NEW).await;
    keep_all(&world).await;
    let path = kept_link(&world, "email_change").await;
    let token = path.strip_prefix("/account/email/").expect("a link");
    let other = server.sign_in("owner@globex.example").await;
    let (theirs, nobodys) = (other.get(&path).await, other.get(&format!("/account/email/{}", "x".repeat(43))).await);
    assert_eq!((theirs.status, nobodys.status), (404, 404));
    assert_eq!(other.fetch("/fn/account/confirm-email", &[("token", token)]).await.status, 409);
    assert_eq!(server.browser().get(&path).await.status, 303, "sign in first");
    assert_eq!(server.browser().fetch("/fn/account/confirm-email", &[("token", token)]).await.status, 401);
    assert_eq!(address(&world, acme.owner()).await, "owner@acme.example");
    assert_eq!(browser.fetch("/fn/account/confirm-email", &[("token", token)]).await.status, 200);
    assert_eq!(address(&world, acme.owner()).await, NEW);
    world.finish().await;
}

/// The answer to the one who asks is the same: an account is nothing that others may find out.
#[tokio::test]
async fn an_address_that_has_an_account_stays_whose_it_is() {
    let world = World::start().await;
    let (acme, _globex) = (world.tenant("acme").await, quiet(&world, "globex").await);
    let server = world.serve().await;
    let browser = server.sign_in("owner@acme.example").await;
    ask(&browser, "owner@globex.example").await;
    keep_all(&world).await;
    assert_eq!(
        world.texts("select subject from mails where recipient = 'owner@globex.example'").await,
        ["This address has an account already"]
    );
    assert_eq!(world.number("select count(*) from account_links").await, 0);

    // Taken between the asking and the confirming.
    ask(&browser, NEW).await;
    keep_all(&world).await;
    let path = kept_link(&world, "email_change").await;
    world.account(NEW).await;
    let late = browser.fetch("/fn/account/confirm-email", &[("token", path.strip_prefix("/account/email/").expect("a link"))]).await;
    assert_eq!(late.status, 409, "{}", late.body);
    assert_eq!(address(&world, acme.owner()).await, "owner@acme.example");
    world.finish().await;
}

#[tokio::test]
async fn who_asks_proves_it_with_the_password_and_only_the_last_link_works() {
    let world = World::start().await;
    let acme = quiet(&world, "acme").await;
    let server = world.serve().await;
    let browser = server.sign_in("owner@acme.example").await;
    for (email, password, field) in
        [(NEW, "not my password", "password"), ("nonsense", PASSWORD, "email"), ("owner@acme.example", PASSWORD, "email")]
    {
        let refused = browser.fetch("/fn/account/change-email", &[("email", email), ("password", password)]).await;
        assert!(refused.status == 422 && refused.body.contains(&format!("\"field\":\"{field}\"")), "{}", refused.body);
    }
    assert_eq!(world.number("select count(*) from mails").await, 0);
    ask(&browser, NEW).await;
    keep_all(&world).await;
    let first = kept_link(&world, "email_change").await;
    ask(&browser, "second@elsewhere.example").await;
    keep_all(&world).await;
    let second = kept_link(&world, "email_change").await;
    assert_eq!((browser.get(&first).await.status, browser.get(&second).await.status), (404, 200));

    // A new password ends what somebody else may have begun.
    browser.post("/fn/reset/request", &[("email", "owner@acme.example")]).await;
    keep_all(&world).await;
    let reset = kept_link(&world, "password_reset").await;
    let token = reset.strip_prefix("/reset/").expect("a link");
    assert_eq!(browser.fetch("/fn/reset/set", &[("token", token), ("password", "seven violet lanterns drift")]).await.status, 200);
    assert_eq!(world.number("select count(*) from account_links where used_at is null").await, 0);
    assert_eq!(address(&world, acme.owner()).await, "owner@acme.example");
    assert_eq!(states(&world, NEW).await, ["done 1 kept"]);
    world.finish().await;
}
