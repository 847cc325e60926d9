//! Name and time zone.

use super::texts;
use crate::world::World;

#[tokio::test]
async fn times_are_shown_in_the_zone_that_one_chose() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.sql(&format!("update members set joined_at = '2026-06-30T22:30:00Z' where tenant_id = '{}'", acme.id)).await;
    let server = world.serve().await;
    let owner = server.sign_in("owner@acme.example").await;
    assert!(owner.get("/t/acme/team").await.body.contains("30 June 2026"), "UTC until there is a zone");

    let done = owner.post("/fn/account/profile", &[("name", "Olga van Dam"), ("time_zone", "Europe/Berlin")]).await;
    assert_eq!((done.status, done.location()), (303, "/account?done=profile#profile"));
    let page = owner.get("/t/acme/team").await;
    assert!(page.body.contains("1 July 2026") && page.body.contains("Olga van Dam"), "{}", page.body);
    let account = owner.get("/account").await;
    assert_eq!(texts(&account, "option[selected]"), ["Europe/Berlin"]);
    assert!(texts(&account, ".sessions time").iter().all(|time| time.ends_with("CET") || time.ends_with("CEST")));
    let event = "select before || after from platform_events where action = 'account.changed' and actor = 'owner@acme.example'";
    let event = world.text(event).await;
    assert!(event.contains("Nova New") && event.contains("Olga van Dam") && event.contains("Europe/Berlin"), "{event}");

    owner.post("/fn/account/profile", &[("name", "Olga van Dam"), ("time_zone", "")]).await;
    assert!(owner.get("/t/acme/team").await.body.contains("30 June 2026"));
    world.finish().await;
}

#[tokio::test]
async fn what_is_no_name_or_zone_is_said_and_changes_nothing() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    for (name, zone, wrong) in [("<b>", "UTC", "name"), ("Olga", "Mars/Olympus", "time_zone"), ("Olga", "'; drop", "time_zone")] {
        let reply = owner.fetch("/fn/account/profile", &[("name", name), ("time_zone", zone)]).await;
        assert_eq!(reply.status, 422, "{name} {zone}");
        assert!(reply.body.contains(&format!("\"field\":\"{wrong}\"")), "{}", reply.body);
    }
    assert_eq!(world.number("select count(*) from users where name = 'Nova New' and time_zone is null").await, 1);
    world.finish().await;
}
