//! The setup wizard: done is what there is, skipped is what was said; only tenants that were signed up are reminded.

use super::{ACME, complete, link_for};
use crate::world::World;
use crate::world::http::Browser;

async fn signed_up(world: &World, server: &crate::world::http::Server) -> Browser {
    let browser = server.browser();
    let token = link_for(world, &browser, ACME).await;
    assert_eq!(complete(&browser, &token).await.status, 303);
    browser
}

async fn reminder(browser: &Browser) -> Option<String> {
    let page = browser.get("/t/acme").await;
    assert_eq!(page.status, 200);
    page.body
        .contains("Finish setting up")
        .then(|| page.body.split(" left. Each").next().and_then(|text| text.rsplit('>').next()).unwrap_or_default().to_owned())
}

#[tokio::test]
async fn steps_are_done_skipped_or_left_and_the_dashboard_counts_those_that_are_open() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = signed_up(&world, &server).await;
    assert_eq!(reminder(&browser).await.as_deref(), Some("3 steps are"));
    let agent = &[("tenant", "acme"), ("name", "Helper"), ("model", "large"), ("next", "/t/acme/setup")];
    let made = browser.post("/fn/agents/create", agent).await;
    assert_eq!((made.status, made.location()), (303, "/t/acme/setup"), "{}", made.everything());
    let page = browser.get("/t/acme/setup").await.body;
    assert!(page.contains("Invite your team") && !page.contains("Your first agent"), "the next one that is open: {page}");
    assert_eq!(reminder(&browser).await.as_deref(), Some("2 steps are"));

    let skipped = browser.post("/fn/setup/skip", &[("tenant", "acme"), ("step", "team")]).await;
    assert_eq!((skipped.status, skipped.location()), (303, "/t/acme/setup"));
    browser.post("/fn/setup/skip", &[("tenant", "acme"), ("step", "team")]).await;
    assert_eq!(world.number("select count(*) from audit_events where action = 'tenant.setup_changed'").await, 1, "once");
    assert!(browser.get("/t/acme/setup").await.body.contains("<h2>Logo and colour"));
    assert!(browser.get("/t/acme/setup?step=team").await.body.contains("Invite your team"), "what was skipped can be done");
    assert_eq!(reminder(&browser).await.as_deref(), Some("1 step is"));
    assert_eq!(browser.fetch("/fn/setup/skip", &[("tenant", "acme"), ("step", "nonsense")]).await.status, 404);

    let invited = browser
        .post("/fn/team/invite", &[("tenant", "acme"), ("email", "kim@acme.example"), ("role", "member"), ("next", "/t/acme/setup")])
        .await;
    assert_eq!(invited.location(), "/t/acme/setup");
    world
        .sql(
            "insert into branding_versions (tenant_id, number, look, mails, published_by) select id, 1, '{}', '{}', 'nova' from tenants;
             insert into brandings (tenant_id, look, mails, changed_by, version, last_version) select id, '{}', '{}', 'nova', 1, 1 from tenants",
        )
        .await;
    assert_eq!(reminder(&browser).await, None);
    assert!(browser.get("/t/acme/setup").await.body.contains("That is all"));
    world.finish().await;
}

#[tokio::test]
async fn the_reminder_is_put_away_for_good_and_shown_to_nobody_who_cannot_do_it() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = signed_up(&world, &server).await;
    let id = world.text("select id::text from tenants").await.parse::<uuid::Uuid>().expect("an id");
    let vi = world.account("vi@acme.example").await;
    world.join(vi, id.into(), tenantry::domain::role::Role::Viewer).await;
    let viewer = server.sign_in("vi@acme.example").await;
    assert_eq!((reminder(&viewer).await, viewer.get("/t/acme/setup").await.status), (None, 403));
    assert!(reminder(&browser).await.is_some());
    let away = browser.post("/fn/setup/dismiss", &[("tenant", "acme")]).await;
    assert_eq!((away.status, away.location()), (303, "/t/acme"));
    assert_eq!(reminder(&browser).await, None);
    assert_eq!(browser.get("/t/acme/setup").await.status, 200, "the wizard stays");
    world.finish().await;
}

#[tokio::test]
async fn a_tenant_that_staff_made_has_no_wizard() {
    let world = World::start().await;
    let _acme = world.tenant("acme").await;
    let owner = world.serve().await.sign_in("owner@acme.example").await;
    assert_eq!(reminder(&owner).await, None);
    assert_eq!(owner.get("/t/acme/setup").await.status, 404);
    assert_eq!(owner.fetch("/fn/setup/skip", &[("tenant", "acme"), ("step", "team")]).await.status, 404);
    world.finish().await;
}

/// An address after a form leads within this host only.
#[tokio::test]
async fn forms_of_the_wizard_lead_nowhere_else() {
    let world = World::start().await;
    let server = world.serve().await;
    let browser = signed_up(&world, &server).await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let made = browser
            .post("/fn/agents/create", &[("tenant", "acme"), ("name", next.trim_matches('/')), ("model", "large"), ("next", next)])
            .await;
        assert!(made.location().starts_with("/t/acme/agents"), "{next}: {}", made.everything());
    }
    world.finish().await;
}
