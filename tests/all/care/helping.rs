//! `/admin/tenants/{slug}/users`: staff help a tenant's people, by the rules of its own owners.

use tenantry::domain::role::Role;
use tenantry::jobs::work_off;

use crate::staff::{done, refused, staff};
use crate::world::World;
use crate::world::smtp::mailer;

const HERE: &str = "/admin/tenants/acme/users";

#[tokio::test]
async fn the_page_shows_who_is_there_and_how_safely() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).with("mel", Role::Member).await;
    let server = world.serve().await;
    let root = staff(&world, &server).await;
    for _ in 0..2 {
        server.sign_in("mel@acme.example").await;
    }
    world.plant_factor(acme.person("vi")).await;
    let page = root.get(HERE).await.body;
    let document = scraper::Html::parse_document(&page);
    let rows = scraper::Selector::parse("tbody tr").expect("a selector");
    let cells: Vec<String> = document.select(&rows).map(|row| row.text().collect::<Vec<_>>().join(" ")).collect();
    let of = |email: &str| cells.iter().find(|row| row.contains(email)).unwrap_or_else(|| panic!("no {email}: {cells:?}")).clone();
    assert!(of("vi@acme.example").contains("Viewer") && of("vi@acme.example").contains("yes"), "{cells:?}");
    let mel = of("mel@acme.example");
    assert!(mel.contains("Member") && mel.contains("none") && mel.contains(" 2 "), "{mel}");
    let narrow = root.get(&format!("{HERE}?q=vi%40&role=viewer")).await.body;
    assert!(narrow.contains("vi@acme.example") && !narrow.contains("mel@acme.example"), "{narrow}");
    let chosen = root.get(&format!("{HERE}?member={}", acme.person("mel"))).await.body;
    for text in ["2 sessions are live", "Send password reset", "End sessions", "Remove"] {
        assert!(chosen.contains(text), "{text}: {chosen}");
    }
    world.finish().await;
}

#[tokio::test]
async fn roles_change_and_the_last_owner_stays() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    let globex = world.tenant("globex").await;
    let root = staff(&world, &world.serve().await).await;
    let (owner, vi) = (acme.owner().to_string(), acme.person("vi").to_string());
    let role = |member: &str, was: &str, role: &str| {
        [("slug", "acme".to_owned()), ("member", member.to_owned()), ("was", was.to_owned()), ("role", role.to_owned())]
    };
    let send = async |form: [(&'static str, String); 4]| {
        let fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        root.fetch("/fn/users/role", &fields).await.status
    };
    assert_eq!(send(role(&owner, "owner", "admin")).await, 409, "the last owner");
    assert_eq!(root.fetch("/fn/users/remove", &[("slug", "acme"), ("member", &owner)]).await.status, 409);
    assert_eq!(send(role(&vi, "member", "admin")).await, 409, "who saw something older decides nothing");
    assert_eq!(send(role(&globex.owner().to_string(), "owner", "viewer")).await, 404, "somebody of another tenant");
    assert_eq!(send(role(&vi, "viewer", "owner")).await, 200);
    assert_eq!(world.text(&format!("select role from members where user_id = '{vi}'")).await, "owner");
    assert_eq!(send(role(&owner, "owner", "admin")).await, 200, "now there is another");
    assert_eq!(world.text("select owner_email from tenants where slug = 'acme'").await, "vi@acme.example", "the console names her");
    assert_eq!(acme.count("audit_events where action = 'member.role_changed' and actor_kind = 'platform_admin'").await, 2);
    assert_eq!(globex.count("members where role = 'owner'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn who_is_removed_or_signed_out_notices_at_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).with("mel", Role::Member).await;
    let server = world.serve().await;
    let (root, vi, mel) = (staff(&world, &server).await, server.sign_in("vi@acme.example").await, server.sign_in("mel@acme.example").await);
    let page = done(&root, "/fn/users/end-sessions", &[("slug", "acme"), ("member", &acme.person("vi").to_string())]).await;
    assert!(page.body.contains("They are signed out everywhere."), "{}", page.body);
    assert_eq!((vi.get("/t/acme").await.status, mel.get("/t/acme").await.status), (303, 200));
    let page = done(&root, "/fn/users/remove", &[("slug", "acme"), ("member", &acme.person("mel").to_string())]).await;
    assert!(page.body.contains("Removed."), "{}", page.body);
    assert_eq!(mel.get("/t/acme").await.status, 404);
    assert_eq!(mel.get("/account").await.status, 200, "the account stays");
    let actions = "audit_events where action in ('member.sessions_ended', 'member.removed') and actor_kind = 'platform_admin'";
    assert_eq!(acme.count(actions).await, 2);
    let nobody = uuid::Uuid::from_u128(42).to_string();
    for function in ["remove", "end-sessions", "send-reset"] {
        let refused = root.fetch(&format!("/fn/users/{function}"), &[("slug", "acme"), ("member", &nobody)]).await;
        assert_eq!(refused.status, 404, "{function}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_reset_goes_by_mail_and_staff_see_no_link() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    let root = staff(&world, &world.serve().await).await;
    let page = done(&root, "/fn/users/send-reset", &[("slug", "acme"), ("member", &acme.person("vi").to_string())]).await;
    assert!(page.body.contains("A link to set a new password is on its way"), "{}", page.body);
    work_off(&world.store, &mailer(None)).await;
    let mail = "select count(*) from mails m join jobs j on j.id = m.id
                where m.recipient = 'vi@acme.example' and m.kind = 'password_reset' and j.tenant_id = (select id from tenants where slug = 'acme')";
    assert_eq!(world.number(mail).await, 1, "in the tenant's own look");
    assert_eq!(acme.count("audit_events where action = 'member.reset_sent' and target = 'vi@acme.example'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn invites_are_made_sent_anew_and_taken_back_within_the_plans_limit() {
    let world = World::start().await;
    let acme = world.tenant("acme").on("free").await;
    let root = staff(&world, &world.serve().await).await;
    let invite = async |email: &str| root.fetch("/fn/users/invite", &[("slug", "acme"), ("email", email), ("role", "viewer")]).await;
    let page = done(&root, "/fn/users/invite", &[("slug", "acme"), ("email", "one@new.example"), ("role", "admin")]).await;
    assert!(page.body.contains("The invite is on its way.") && page.body.contains("one@new.example"), "{}", page.body);
    let wrong = [("slug", "acme"), ("email", "nobody@nodot"), ("role", "king")];
    assert_eq!(refused(&root, "/fn/users/invite", HERE, &wrong).await, ["email", "role"]);
    assert!(invite("one@new.example").await.body.contains("open already"));
    assert!(invite("owner@acme.example").await.body.contains("a member already"));

    let id = world.text("select id::text from invites where email = 'one@new.example'").await;
    let page = done(&root, "/fn/users/resend", &[("slug", "acme"), ("invite", &id)]).await;
    assert!(page.body.contains("A new link is on its way."), "{}", page.body);
    let open = "invites where accepted_at is null and revoked_at is null";
    assert_eq!(acme.count(open).await, 1, "the old link is dead");
    assert_eq!(root.fetch("/fn/users/resend", &[("slug", "acme"), ("invite", &id)]).await.status, 200, "twice is once");
    assert_eq!(acme.count(open).await, 1);
    for n in 2..=4 {
        assert_eq!(invite(&format!("{n}@new.example")).await.status, 200);
    }
    assert_eq!(invite("5@new.example").await.status, 429, "five places, one owner");
    let newer = world.text(&format!("select id::text from {open} and email = 'one@new.example'")).await;
    done(&root, "/fn/users/revoke", &[("slug", "acme"), ("invite", &newer)]).await;
    assert_eq!(invite("5@new.example").await.status, 200, "its place is free");
    assert_eq!(root.fetch("/fn/users/resend", &[("slug", "acme"), ("invite", &newer)]).await.status, 409, "it was taken back");
    world.finish().await;
}
