//! What the page behind an invite's link says, to whom.

use tenantry::domain::role::Role;

use super::{acme, invited, select};
use crate::world::World;
use crate::world::people::PASSWORD;

#[tokio::test]
async fn a_link_that_does_not_work_says_what_happened_and_what_to_do() {
    let world = World::start().await;
    let server = world.serve().await;
    for (n, (change, status, title, advice)) in [
        ("update invites set accepted_at = now() where id = '{invite}'", 410, "This invite was used already", "ask owner@"),
        ("update invites set revoked_at = now() where id = '{invite}'", 410, "This invite was taken back", "Ask owner@"),
        ("update invites set expires_at = now() where id = '{invite}'", 410, "This invite has run out", "Ask owner@"),
        (
            "update members set role = 'member' where user_id = '{owner}'",
            410,
            "This invite no longer holds",
            "Ask an owner or admin of",
        ),
        (
            "update tenants set status = 'suspended', status_before = 'active', status_reason = 'unpaid' where id = '{tenant}'",
            409,
            "This tenant is closed for now",
            "when it is open again, this link works",
        ),
        (
            "update tenants set status = 'deleted', deleted_from = 'active', purge_after = now() + interval '30 days' where id = '{tenant}'",
            410,
            "This tenant is gone",
            "was deleted",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let tenant = world.tenant(&format!("acme-{n}")).await;
        let (invite, token) = invited(&tenant, &format!("ida-{n}@new.example"), Role::Viewer).await;
        let path = format!("/invite/{}", token.reveal());
        let open = server.browser().get(&path).await;
        assert_eq!((open.status, select(&open, "h1")), (200, vec![format!("Join ACME-{n} acme-{n}")]));
        let change = change.replace("{invite}", &invite.to_string()).replace("{owner}", &tenant.owner().to_string());
        world.sql(&change.replace("{tenant}", &tenant.id.to_string())).await;
        let page = server.browser().get(&path).await;
        assert_eq!((page.status, select(&page, "h1")), (status, vec![title.to_owned()]));
        assert!(page.body.contains(advice), "{title}: {}", page.body);
        assert!(!page.body.contains("name=\"password\""));
        let sent = server.browser().fetch("/fn/invite/accept", &[("token", token.reveal()), ("name", "Ida"), ("password", PASSWORD)]).await;
        assert_eq!(sent.status, 409, "{title}");
        assert_eq!(tenant.count("members").await, 1);
    }
    world.finish().await;
}

#[tokio::test]
async fn the_wrong_person_is_told_whose_it_is_and_can_sign_out() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let (_, token) = invited(&acme, "ida@new.example", Role::Viewer).await;
    let path = format!("/invite/{}", token.reveal());
    let eve = world.tenant("globex").await;
    let server = world.serve().await;
    let browser = server.sign_in("owner@globex.example").await;
    let page = browser.get(&path).await;
    assert!(page.body.contains("this invite is for somebody else"), "{}", page.body);
    assert_eq!(select(&page, "main button"), ["Sign out"]);
    let sent = browser.fetch("/fn/invite/accept", &[("token", token.reveal()), ("name", "Eve"), ("password", PASSWORD)]).await;
    assert_eq!(sent.status, 403);
    assert!(!acme.has_member(eve.owner()).await);
    browser.post("/fn/auth/sign-out", &[]).await;
    let joined = browser.post("/fn/invite/accept", &[("token", token.reveal()), ("name", "Ida"), ("password", PASSWORD)]).await;
    assert_eq!(joined.location(), "/t/acme?done=welcome");
    world.finish().await;
}

#[tokio::test]
async fn who_opens_a_link_twice_is_led_to_the_tenant_that_they_joined() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let (_, token) = invited(&acme, "greg@globex.example", Role::Viewer).await;
    let _globex = world.tenant("globex").with("greg", Role::Member).await;
    let server = world.serve().await;
    let greg = server.sign_in("greg@globex.example").await;
    let before = greg.cookie("session").expect("signed in");
    let accept = async || greg.post("/fn/invite/accept", &[("token", token.reveal())]).await;
    assert_eq!(accept().await.location(), "/t/acme?done=welcome");
    assert_ne!(greg.cookie("session").expect("signed in"), before, "more power, another id");
    assert_eq!(greg.get("/t/acme").await.status, 200);
    accept().await;
    let page = greg.get(&format!("/invite/{}", token.reveal())).await;
    assert_eq!((page.status, select(&page, "h1")), (410, vec!["You have joined already".to_owned()]));
    assert!(page.body.contains(r#"href="/t/acme""#));
    assert_eq!(acme.count("audit_events where action = 'invite.accepted' and target = 'greg@globex.example'").await, 1);
    let stranger = server.browser().get(&format!("/invite/{}", token.reveal())).await;
    assert_eq!(select(&stranger, "h1"), ["This invite was used already"]);
    world.finish().await;
}

#[tokio::test]
async fn an_imported_name_stands_in_the_form_and_can_be_changed() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let (id, token) = invited(&acme, "ida@new.example", Role::Viewer).await;
    world.sql(&format!("update invites set name = 'Ida Imported' where id = '{id}'")).await;
    let browser = world.serve().await.browser();
    let page = browser.get(&format!("/invite/{}", token.reveal())).await;
    assert_eq!(super::value(&page, "#name"), "Ida Imported");
    browser.post("/fn/invite/accept", &[("token", token.reveal()), ("name", "Ida"), ("password", PASSWORD)]).await;
    assert_eq!(world.text("select name from users where email = 'ida@new.example'").await, "Ida");
    world.finish().await;
}
