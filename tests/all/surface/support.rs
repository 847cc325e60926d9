//! Support access, tried on the whole surface (security.md, C10): what a session that looks at a tenant may open, and that it changes nothing.

use tenantry::domain::capability::ViewTenant;
use tenantry::domain::role::Role;
use tenantry::domain::staff::{HelpTenants, StaffRole};
use tenantry::store::StoreError;

use super::NOTHING;
use super::probes::{Least, PROBES};
use super::prover::Call;
use crate::world::http::Browser;
use crate::world::scene::{Actor, Scene};

/// Pages of the portal that support may look at.
const PAGES: &[&str] = &[
    "GET /t/{slug}",
    "GET /t/{slug}/agents",
    "GET /t/{slug}/knowledge",
    "GET /t/{slug}/live",
    "GET /t/{slug}/plan",
    "GET /t/{slug}/usage",
];
/// What it may send.
const FUNCTIONS: &[&str] = &["POST /fn/auth/sign-out", "POST /fn/support/end"];

/// Somebody of the support, looking at A.
async fn looking(scene: &Scene) -> Browser {
    let browser = scene.staff(StaffRole::Support).await;
    let begun = browser.post("/fn/support/begin", &[("slug", "acme"), ("reason", "They asked why a bar is full.")]).await;
    assert_eq!((begun.status, begun.location()), (303, "/t/acme"), "{}", begun.everything());
    browser
}

/// Moves all accesses into the past by so many minutes.
async fn minutes_pass(scene: &Scene, minutes: u32) {
    let by = format!("interval '{minutes} minutes'");
    scene.world.sql(&format!("update support_accesses set began_at = began_at - {by}, ends_at = ends_at - {by}")).await;
}

#[tokio::test]
async fn support_sees_the_pages_of_a_viewer_that_are_listed_and_no_other() {
    let scene = Scene::set().await;
    let support = looking(&scene).await;
    let mut wrong = Vec::new();
    for probe in PROBES.iter().filter(|probe| !probe.is_function() && probe.path().starts_with("/t/{slug}")) {
        let call = Call::of(&scene, probe, Actor::Platform, "acme").await;
        let reply = call.send(probe, &support, &[]).await;
        match PAGES.contains(&probe.route) {
            true if reply.status != 200 || !(probe.is_file() || reply.body.contains("as support until")) => {
                wrong.push(format!("{} answers {} or without a banner", probe.route, reply.status));
            }
            // Files say what they say to everybody else.
            false
                if reply.status != 403
                    && !(probe.is_file() && reply.status == 404)
                    && !(probe.has("{document}") && reply.status == 404) =>
            {
                wrong.push(format!("{} answers {}", probe.route, reply.status));
            }
            _ => {}
        }
        let foreign = call.path_of_another("acme", crate::world::scene::CANARY);
        let other = support.get(&foreign).await;
        if !matches!(other.status, 404) {
            wrong.push(format!("{foreign} answers {}", other.status));
        }
    }
    assert_eq!(wrong, NOTHING);
    scene.finish().await;
}

#[tokio::test]
async fn support_changes_nothing_whatever_it_sends() {
    let scene = Scene::set().await;
    let mut wrong = Vec::new();
    let support = looking(&scene).await;
    for probe in PROBES.iter().filter(|probe| probe.is_function() && !FUNCTIONS.contains(&probe.route)) {
        // As staff, as somebody of the tenant, as nobody: what the call is for does not matter.
        let call = Call::of(&scene, probe, Actor::Platform, "acme").await;
        let before = scene.checksum().await;
        let reply = call.send(probe, &support, &[]).await;
        if reply.status != 403 || !reply.body.contains("You look at acme as support") {
            wrong.push(format!("{} answers {}: {:.200}", probe.route, reply.status, reply.body));
        }
        if scene.checksum().await != before {
            wrong.push(format!("{} changes something", probe.route));
        }
    }
    assert_eq!(wrong, NOTHING);
    // The same call does something for a session of their own.
    let ended = support.post("/fn/support/end", &[]).await;
    assert_eq!(ended.location(), "/admin/tenants/acme/support?done=ended");
    assert_eq!(support.fetch("/fn/account/theme", &[("theme", "dark")]).await.status, 200);
    scene.finish().await;
}

#[tokio::test]
async fn the_transaction_itself_refuses_to_write() {
    let scene = Scene::set().await;
    let user = scene.world.account("sue@tenantry.example").await;
    scene.world.sql(&format!("insert into platform_admins (user_id, role) values ('{user}', 'support')")).await;
    scene.world.join(user, scene.a.id, Role::Member).await;
    let session = scene.world.session(user).await;
    let me = scene.world.read(&session).await.expect("signed in");
    let admin = me.platform_admin().expect("staff");
    let mut tx = scene.world.store.platform::<HelpTenants>(&admin).await.expect("may");
    tx.begin_support(&me, &scene.a.slug, &"a question".parse().expect("a reason")).await.expect("begun");
    tx.commit().await.expect("committed");
    let me = scene.world.read(&session).await.expect("signed in");
    assert!(me.member(&scene.a.slug).is_none(), "no evidence of a member");
    assert!(me.looker(&scene.b.slug).is_none(), "of no other tenant");
    let looker = me.looker(&scene.a.slug).expect("looks");
    let mut tx = scene.world.store.look::<ViewTenant>(&looker).await.expect("looks");
    assert!(!tx.list_activity(5).await.expect("reads").is_empty());
    // A method that any member may call.
    let refused = tx.leave().await;
    assert!(matches!(&refused, Err(StoreError::Db(error)) if error.to_string().contains("read-only transaction")), "{refused:?}");
    drop(tx);
    // Once the half hour is over the same evidence opens nothing, also in the middle of a request.
    minutes_pass(&scene, 31).await;
    assert!(matches!(scene.world.store.look::<ViewTenant>(&looker).await, Err(StoreError::NotFound)));
    // In a session of their own they are the member that they are, and may leave.
    let member = scene.world.read(&session).await.expect("signed in").member(&scene.a.slug).expect("a member");
    scene.world.store.tenant::<ViewTenant>(&member).await.expect("opens").leave().await.expect("writes");
    scene.finish().await;
}

#[tokio::test]
async fn after_half_an_hour_on_the_databases_clock_nothing_is_left_of_it() {
    let scene = Scene::set().await;
    let support = looking(&scene).await;
    minutes_pass(&scene, 29).await;
    assert_eq!(support.get("/t/acme").await.status, 200);
    minutes_pass(&scene, 2).await;
    assert_eq!(support.get("/t/acme").await.status, 404, "as to anybody who is no member");
    let console = support.get("/admin").await;
    assert!(console.status == 200 && !console.body.contains("as support until"));
    assert_eq!(support.fetch("/fn/account/theme", &[("theme", "dark")]).await.status, 200, "a session of their own again");
    // No row lasts longer, whoever writes it.
    let longer = scene
        .world
        .number("select count(*) from pg_constraint where conname = 'support_accesses_at_most' and pg_get_constraintdef(oid) like '%30%'");
    assert_eq!(longer.await, 1);
    scene.finish().await;
}

#[tokio::test]
async fn both_names_stand_in_the_tenants_log_and_an_owner_ends_it() {
    let scene = Scene::set().await;
    let (owner, admin) = (scene.browser(Actor::Owner), scene.browser(Actor::Admin));
    assert!(!owner.get("/t/acme").await.body.contains("looks at"));
    let support = looking(&scene).await;
    let before = support.cookie("session");
    let staff = scene.world.text("select staff_email from support_accesses").await;
    for page in ["/t/acme", "/t/acme/audit", "/t/acme/settings"] {
        let shown = owner.get(page).await.body;
        assert!(shown.contains(&staff) && shown.contains("/fn/support/stop"), "the owner sees it on {page}");
    }
    let seen = admin.get("/t/acme/audit").await.body;
    assert!(seen.contains(&staff) && !seen.contains("/fn/support/stop"), "an admin sees it, an owner ends it");
    let viewer = scene.browser(Actor::Viewer).get("/t/acme").await.body;
    assert!(!viewer.contains("They can change nothing.") && !viewer.contains("/fn/support/stop"), "whoever cannot end it has no banner");
    let event = scene
        .world
        .text(&format!(
            "select actor || ' as ' || target || ': ' || (after::jsonb ->> 'reason') from audit_events where action = 'support.began' and tenant_id = '{}'",
            scene.a.id
        ))
        .await;
    assert_eq!(event, format!("{staff} as viewer: They asked why a bar is full."));
    let mails = scene.world.texts("select recipient || ': ' || letter::text from mails where letter::text like '%as support%'").await;
    let mut told: Vec<&str> = mails.iter().map(|mail| mail.split(": ").next().unwrap_or_default()).collect();
    told.sort_unstable();
    assert_eq!(told, ["otto@acme.example", "owner@acme.example"], "the owners, and nobody else");
    assert!(mails.iter().all(|mail| mail.contains(&staff) && mail.contains("why a bar is full.")));

    let access = scene.world.text("select id::text from support_accesses").await;
    let form = [("tenant", "acme"), ("access", access.as_str())];
    assert_eq!(admin.fetch("/fn/support/stop", &form).await.status, 403);
    assert_eq!(owner.post("/fn/support/stop", &form).await.location(), "/t/acme/audit?action=support.ended");
    assert_eq!(support.get("/t/acme").await.status, 404, "with the next click");
    assert_eq!(support.get("/admin").await.status, 200);
    assert_ne!(support.cookie("session"), before, "and another id");
    assert_eq!(owner.fetch("/fn/support/stop", &form).await.status, 404, "once");
    let ended = scene.world.text("select actor || ' ' || target from audit_events where action = 'support.ended'").await;
    assert_eq!(ended, format!("owner@acme.example {staff}"));
    let page = support.get("/admin/tenants/acme/support").await.body;
    assert!(page.contains("Ended by owner@acme.example") && page.contains("They asked why a bar is full."));
    scene.finish().await;
}

#[tokio::test]
async fn its_session_gets_another_id_at_begin_and_end() {
    let scene = Scene::set().await;
    let browser = scene.staff(StaffRole::Operator).await;
    let own = browser.cookie("session");
    let thief = browser.carried_to(&scene.server.host);
    browser.post("/fn/support/begin", &[("slug", "acme"), ("reason", "a question")]).await;
    let looks = browser.cookie("session");
    assert_ne!(looks, own);
    thief.set_cookie("session", &own.expect("signed in"));
    assert_eq!(browser.get("/admin").await.location(), "/login?next=%2Fadmin", "the old id is nobody's");
    browser.set_cookie("session", &looks.clone().expect("looks"));
    browser.post("/fn/support/end", &[]).await;
    assert_ne!(browser.cookie("session"), looks);
    assert_eq!(browser.get("/admin").await.status, 200);
    scene.finish().await;
}

#[tokio::test]
async fn who_may_not_help_any_more_does_not_look_any_longer() {
    let scene = Scene::set().await;
    for end in ["update platform_admins set role = 'billing' where role = 'support'", "delete from platform_admins where role = 'support'"]
    {
        let support = looking(&scene).await;
        assert_eq!(support.get("/t/acme").await.status, 200);
        scene.world.sql(end).await;
        assert_eq!(support.get("/t/acme").await.status, 404, "{end}");
    }
    scene.finish().await;
}

#[tokio::test]
async fn it_asks_for_a_reason_and_a_tenant_that_is_open() {
    let scene = Scene::set().await;
    let browser = scene.staff(StaffRole::Support).await;
    for (slug, reason, status) in [
        ("acme", " ", 422),
        ("acme", &"x".repeat(301), 422),
        ("closed", "a question", 409),
        ("gone", "a question", 404),
        ("nowhere", "a question", 404),
    ] {
        let refused = browser.fetch("/fn/support/begin", &[("slug", slug), ("reason", reason)]).await;
        assert_eq!(refused.status, status, "{slug} {reason}: {}", refused.body);
    }
    assert_eq!(scene.world.number("select count(*) from support_accesses").await, 0);
    assert!(PROBES.iter().any(|probe| probe.route == "POST /fn/support/begin" && probe.least == Least::Platform));
    scene.finish().await;
}
