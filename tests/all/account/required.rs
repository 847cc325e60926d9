//! A tenant that requires a second factor for everyone.

use tenantry::domain::capability::ViewTenant;
use tenantry::domain::role::Role;
use tenantry::store::StoreError;

use super::{is_signed_in, texts};
use crate::world::World;

const CHANGE: &str = "/fn/settings/change";

#[tokio::test]
async fn members_without_one_are_led_to_set_it_up_and_those_with_one_go_on() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).with("ada", Role::Admin).await;
    let server = world.serve().await;
    let (owner, mel, ada) =
        (server.sign_in("owner@acme.example").await, server.sign_in("mel@acme.example").await, server.sign_in("ada@acme.example").await);
    world.plant_factor(acme.owner()).await;
    world.plant_factor(acme.person("ada")).await;
    let form = [("tenant", "acme"), ("name", "Acme Corp"), ("require_second_factor", "on")];
    assert_eq!(mel.get("/t/acme").await.status, 200);
    assert_eq!(ada.fetch(CHANGE, &form).await.status, 403, "an admin is no owner");
    let done = owner.post(CHANGE, &form).await;
    assert_eq!((done.status, done.location()), (303, "/t/acme/settings?done=changed"));
    assert!(owner.get(done.location()).await.body.contains("2 of 3 members have one today"));

    let led = mel.get("/t/acme/team").await;
    assert_eq!((led.status, led.location()), (303, "/account?needed=acme#second-factor"));
    let word = "Acme Corp asks everybody for a second factor. Set one up here, then open it again.";
    assert_eq!(texts(&mel.get(led.location()).await, ".banner"), [word]);
    assert_eq!(mel.get("/t/acme/usage.csv").await.status, 403);
    let agent = [("tenant", "acme"), ("name", "Scout"), ("model", "large")];
    assert_eq!(mel.fetch("/fn/agents/create", &agent).await.status, 403);
    assert!(matches!(acme.open::<ViewTenant>("mel").await, Err(StoreError::SecondFactorNeeded(_))), "no way past the evidence");
    assert!(is_signed_in(&mel).await, "the account is theirs");
    assert_eq!(ada.get("/t/acme").await.status, 200);
    assert_eq!(acme.count("audit_events where action = 'tenant.updated' and after like '%\"require_second_factor\":true%'").await, 1);

    world.plant_factor(acme.person("mel")).await;
    assert_eq!(mel.get("/t/acme/team").await.status, 200, "with the next click");
    assert_eq!(mel.fetch("/fn/agents/create", &agent).await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn who_has_none_cannot_ask_it_of_others() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    let form = [("tenant", "acme"), ("name", "Acme"), ("require_second_factor", "on")];
    let reply = owner.fetch(CHANGE, &form).await;
    assert!(reply.status == 422 && reply.body.contains("\"field\":\"require_second_factor\""), "{}", reply.everything());
    assert_eq!(owner.get("/t/acme").await.status, 200);
    world.plant_factor(acme.owner()).await;
    assert_eq!(owner.fetch(CHANGE, &form).await.status, 200);
    assert_eq!(owner.fetch(CHANGE, &[("tenant", "acme"), ("name", "")]).await.status, 422);
    assert_eq!(owner.fetch(CHANGE, &[("tenant", "acme"), ("name", "Acme")]).await.status, 200);
    assert_eq!(world.number("select count(*) from tenants where require_second_factor").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn keys_work_on_and_a_word_in_a_link_is_not_shown() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("reader").await.text;
    let server = world.serve().await;
    world.sql("update tenants set require_second_factor = true").await;
    let reply = server.browser().ask(reqwest::Method::GET, "/api/v1/tenant").bearer(&key).send().await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let owner = server.sign_in("owner@acme.example").await;
    let page = owner.get("/account?needed=evil-words").await;
    assert!(page.status == 200 && !page.body.contains("asks everybody") && !page.body.contains("evil-words"));
    world.finish().await;
}
