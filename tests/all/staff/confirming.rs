//! The password once more, before what a borrowed browser should not do.

use super::{events, staff};
use crate::world::World;
use crate::world::http::Browser;
use crate::world::people::PASSWORD;

/// Sent from this page, as its form does.
async fn send(browser: &Browser, page: &str, function: &str, form: &[(&str, &str)]) -> String {
    let referer = format!("http://{}{page}", browser.server.host);
    browser.ask(reqwest::Method::POST, function).form(form).header("referer", &referer).send().await.location().to_owned()
}

#[tokio::test]
async fn who_signed_in_long_ago_gives_the_password_and_finds_the_form_as_it_was() {
    let world = World::start().await;
    let server = world.serve().await;
    let owner = staff(&world, &server).await;
    let form = [("email", "sue@tenantry.example"), ("role", "billing")];
    world.sql("update sessions set confirmed_at = now() - interval '16 minutes'").await;
    let back = send(&owner, "/admin/staff", "/fn/staff/appoint", &form).await;
    let led = owner.get(&back).await;
    assert!(led.status == 303 && led.location().starts_with("/admin/confirm?next=%2Fadmin%2Fstaff"), "{}", led.everything());
    assert_eq!(events(&world, "staff.appointed").await, 0);
    let page = owner.get(led.location()).await;
    assert!(page.status == 200 && page.body.contains("Confirm that it is you") && page.body.contains("name=\"password\""));

    let wrong = send(&owner, led.location(), "/fn/staff/confirm", &[("password", "not my password"), ("next", &back)]).await;
    assert!(wrong.starts_with("/admin/confirm?next=") && wrong.contains("__err"), "{wrong}");
    assert!(owner.get(&wrong).await.body.contains("This is not your password."));
    let to = send(&owner, led.location(), "/fn/staff/confirm", &[("password", PASSWORD), ("next", &back)]).await;
    assert_eq!(to, back, "back to the form");
    let form_again = owner.get(&to).await;
    assert_eq!(form_again.status, 200);
    assert!(form_again.body.contains("value=\"sue@tenantry.example\""), "with what was typed");
    assert!(form_again.body.contains("<option value=\"billing\" selected"), "and what was chosen");
    assert!(form_again.body.contains("send the form again"));
    assert!(!send(&owner, "/admin/staff", "/fn/staff/appoint", &form).await.contains("__err"));
    assert_eq!(events(&world, "staff.appointed").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_code_does_as_well_and_leads_to_no_other_host() {
    let world = World::start().await;
    let server = world.serve().await;
    let owner = staff(&world, &server).await;
    let root = world.account_id("root@tenantry.example").await;
    world.plant_factor(root).await;
    world.sql("update sessions set confirmed_at = now() - interval '1 hour'").await;
    assert!(owner.get("/admin/confirm").await.body.contains("Or a code"));
    let old = world.code(-40).await;
    assert_eq!(owner.fetch("/fn/staff/confirm", &[("code", &old)]).await.status, 422);
    let code = world.code(0).await;
    let reply = owner.post("/fn/staff/confirm", &[("code", &code), ("next", "https://evil.example/")]).await;
    assert_eq!(reply.location(), "/admin");
    assert_eq!(owner.fetch("/fn/staff/second-factor", &[]).await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn a_password_makes_one_session_fresh_and_no_other() {
    let world = World::start().await;
    let server = world.serve().await;
    let here = staff(&world, &server).await;
    let there = server.sign_in("root@tenantry.example").await;
    world.sql("update sessions set confirmed_at = now() - interval '1 hour'").await;
    assert_eq!(here.fetch("/fn/staff/confirm", &[("password", PASSWORD)]).await.status, 200);
    assert_eq!(here.fetch("/fn/staff/second-factor", &[]).await.status, 200);
    assert_eq!(there.fetch("/fn/staff/second-factor", &[]).await.status, 403);
    world.finish().await;
}
