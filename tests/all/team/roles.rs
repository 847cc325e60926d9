//! Roles that change, leaving, handing over: the last owner stays, and a change counts at the next request.

use reqwest::Method;
use tenantry::domain::capability::{MATRIX, ManageTeam, TransferTenant, ViewTenant};
use tenantry::domain::ids::UserId;
use tenantry::domain::role::Role;
use tenantry::store::access::Member;
use tenantry::store::{Result, Store, StoreError};

use super::{acme, select};
use crate::world::{Tenant, World};

async fn change(store: &Store, me: &Member, who: UserId, was: Role, role: Role) -> Result<()> {
    let mut tx = store.tenant::<ManageTeam>(me).await?;
    tx.change_role(who, was, role).await?;
    tx.commit().await
}

async fn changes(acme: &Tenant, me: &str, who: &str, was: Role, role: Role) -> Result<()> {
    change(&acme.world.store, &acme.member(me).await, acme.person(who), was, role).await
}

async fn leaves(acme: &Tenant, me: &str) -> Result<()> {
    let mut tx = acme.open::<ViewTenant>(me).await?;
    tx.leave().await?;
    tx.commit().await
}

#[tokio::test]
async fn roles_change_up_to_ones_own_and_never_above() {
    let world = World::start().await;
    let acme = acme(&world).await;
    for (me, who, was, role) in [
        ("ada", "mel", Role::Member, Role::Owner),
        ("ada", "ada", Role::Admin, Role::Owner),
        ("ada", "owner", Role::Owner, Role::Viewer),
        ("mel", "vi", Role::Viewer, Role::Member),
        ("vi", "vi", Role::Viewer, Role::Admin),
    ] {
        assert!(matches!(changes(&acme, me, who, was, role).await, Err(StoreError::Forbidden)), "{me} makes {who} {role:?}");
    }
    assert_eq!(acme.count("audit_events where action = 'member.role_changed'").await, 0);
    changes(&acme, "ada", "mel", Role::Member, Role::Admin).await.expect("as much as she has");
    changes(&acme, "mel", "ada", Role::Admin, Role::Viewer).await.expect("and so may he");
    changes(&acme, "owner", "ada", Role::Viewer, Role::Owner).await.expect("an owner may make owners");
    assert_eq!(acme.count("audit_events where action = 'member.role_changed'").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn a_role_that_somebody_else_changed_meanwhile_is_not_overwritten() {
    let world = World::start().await;
    let acme = acme(&world).await;
    changes(&acme, "ada", "mel", Role::Member, Role::Viewer).await.expect("changed");
    changes(&acme, "ada", "mel", Role::Member, Role::Viewer).await.expect("a second click: it is so");
    assert!(matches!(changes(&acme, "owner", "mel", Role::Member, Role::Admin).await, Err(StoreError::WrongState(_))));
    assert_eq!(acme.count("audit_events where action = 'member.role_changed'").await, 1);
    changes(&acme, "owner", "mel", Role::Viewer, Role::Admin).await.expect("who saw it, may");
    world.finish().await;
}

#[tokio::test]
async fn the_last_owner_cannot_step_down_or_leave() {
    let world = World::start().await;
    let acme = acme(&world).await;
    assert!(matches!(changes(&acme, "owner", "owner", Role::Owner, Role::Viewer).await, Err(StoreError::LastOwner)));
    assert!(matches!(leaves(&acme, "owner").await, Err(StoreError::LastOwner)));
    leaves(&acme, "vi").await.expect("others may");
    assert!(!acme.has_member(acme.person("vi")).await);
    assert_eq!(acme.count("audit_events where action = 'member.left' and actor = 'vi@acme.example'").await, 1);
    changes(&acme, "owner", "ada", Role::Admin, Role::Owner).await.expect("a second owner");
    leaves(&acme, "owner").await.expect("then it is free to go");
    assert_eq!(world.text("select owner_email from tenants").await, "ada@acme.example", "the console names who is left");
    world.finish().await;
}

#[tokio::test]
async fn two_owners_who_demote_each_other_or_leave_at_once_leave_one() {
    let world = World::start().await;
    for round in 0..10 {
        let acme = world.tenant(&format!("acme-{round}")).with("otto", Role::Owner).await;
        let (one, other) = (acme.member("owner").await, acme.member("otto").await);
        let store = &world.store;
        let both = match round % 2 {
            0 => tokio::join!(
                change(store, &one, acme.person("otto"), Role::Owner, Role::Viewer),
                change(store, &other, acme.owner(), Role::Owner, Role::Viewer)
            ),
            _ => tokio::join!(leaves(&acme, "owner"), leaves(&acme, "otto")),
        };
        assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
        assert_eq!(acme.count("members where role = 'owner'").await, 1);
    }
    world.finish().await;
}

#[tokio::test]
async fn an_owner_hands_the_tenant_over_and_becomes_an_admin() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let server = world.serve().await;
    let (owner, ada) = (server.sign_in("owner@acme.example").await, server.sign_in("ada@acme.example").await);
    let mel = acme.person("mel").to_string();
    let form = |confirm: &'static str| [("tenant", "acme"), ("member", mel.as_str()), ("confirm", confirm)].map(|(a, b)| (a, b.to_owned()));
    let send = async |browser: &crate::world::http::Browser, confirm: &'static str| {
        let form = form(confirm);
        browser.fetch("/fn/team/transfer", &form.each_ref().map(|(a, b)| (*a, b.as_str()))).await
    };
    assert_eq!(send(&ada, "acme").await.status, 403, "an admin has nothing to hand over");
    assert_eq!(send(&owner, "Acme").await.status, 422, "the slug has to be typed");
    assert_eq!(acme.count("members where role = 'owner'").await, 1);
    assert_eq!(send(&owner, "acme").await.status, 200);
    let again = send(&owner, "acme").await;
    assert_eq!(again.status, 403);
    assert!(again.body.contains("you are an admin now"), "{}", again.body);
    assert_eq!(acme.count(&format!("members where user_id = '{mel}' and role = 'owner'")).await, 1);
    assert_eq!(acme.count(&format!("members where user_id = '{}' and role = 'admin'", acme.owner())).await, 1);
    assert_eq!(acme.count("audit_events where action = 'tenant.ownership_transferred'").await, 1);
    assert_eq!(world.text("select owner_email from tenants").await, "mel@acme.example");
    assert!(matches!(acme.open::<TransferTenant>("owner").await.map(drop), Err(StoreError::Forbidden)));
    world.finish().await;
}

#[tokio::test]
async fn a_changed_role_counts_at_the_next_click_and_the_old_session_id_is_dead() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let server = world.serve().await;
    let (ada, mel) = (server.sign_in("ada@acme.example").await, server.sign_in("mel@acme.example").await);
    assert_eq!(mel.get("/t/acme/keys").await.status, 403);
    let stolen = server.browser();
    let before = mel.cookie("session").expect("signed in");
    stolen.set_cookie("session", &before);
    let member = acme.person("mel").to_string();
    let reply = ada.post("/fn/team/role", &[("tenant", "acme"), ("member", &member), ("was", "member"), ("role", "admin")]).await;
    assert_eq!(reply.location(), format!("/t/acme/team/members/{member}?done=role"));
    assert!(ada.get(reply.location()).await.body.contains("is an admin now"));
    assert_eq!(mel.get("/t/acme/keys").await.status, 200, "the role counts at once");
    assert_ne!(mel.cookie("session").expect("still signed in"), before, "under a new id");
    assert_eq!(mel.get("/t/acme/keys").await.status, 200);
    assert_eq!(stolen.get("/t/acme/keys").await.status, 303, "the old one opens nothing");
    assert_eq!(world.number("select count(*) from sessions where data ? 'rotate' or data ? 'renewed'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn who_signs_out_while_a_session_is_renewed_stays_out() {
    let world = World::start().await;
    let acme = acme(&world).await;
    for _ in 0..20 {
        let session = world.session(acme.person("mel")).await;
        let next = tower_sessions::Session::new(
            session.id(),
            std::sync::Arc::new(tenantry::store::sessions::PgSessions(world.store.clone())),
            None,
        );
        let _loaded = next.get::<String>("host").await.expect("loaded");
        let (_, renewed) = tokio::join!(session.delete(), world.store.renew_session(&next));
        renewed.expect("no error");
        let alive = world.number("select count(*) from sessions").await;
        // Either the sign-out came first and nothing came back, or the renewal did.
        assert!(alive <= 1);
        if alive == 0 {
            assert_eq!(next.id(), session.id(), "no id was handed out");
        }
        world.sql("delete from sessions").await;
    }
    world.finish().await;
}

#[tokio::test]
async fn a_member_page_shows_each_what_they_may() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let server = world.serve().await;
    let path = |who: &str| format!("/t/acme/team/members/{}", acme.person(who));
    for (me, who, headings) in [
        (
            "owner",
            "ada",
            &["Change the role", "Hand over the ownership", "Make Person ada@acme.example the owner?", "Remove Person ada@acme.example?"][..],
        ),
        ("ada", "mel", &["Change the role", "Remove Person mel@acme.example?"]),
        ("ada", "owner", &[]),
        ("vi", "mel", &[]),
        ("vi", "vi", &["Leave ACME acme?"]),
    ] {
        let browser = server.sign_in(&format!("{me}@acme.example")).await;
        let page = browser.ask(Method::GET, &path(who)).send().await;
        let mut found = select(&page, "main h2");
        found.sort();
        let mut expected = headings.to_vec();
        expected.sort_unstable();
        assert_eq!((page.status, found), (200, expected.into_iter().map(str::to_owned).collect()), "{me} looks at {who}");
    }
    world.finish().await;
}

#[tokio::test]
async fn thousands_of_members_are_shown_page_by_page_and_found_by_name() {
    let world = World::start().await;
    let acme = acme(&world).await;
    world
        .sql(&format!(
            "insert into users (email, name) select 'p' || n || '@many.example', 'Person ' || lpad((n / 2)::text, 5, '0') from generate_series(1, 3000) n;
             insert into members (tenant_id, user_id, role) select '{}', id, 'member' from users where email like '%@many.example'",
            acme.id
        ))
        .await;
    let browser = world.serve().await.sign_in("vi@acme.example").await;
    let (mut path, mut seen) = ("/t/acme/team".to_owned(), Vec::new());
    for _ in 0..100 {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200);
        seen.extend(select(&page, "td.name span"));
        let next = scraper::Html::parse_document(&page.body)
            .select(&scraper::Selector::parse("nav[aria-label='Pages of members'] a").expect("a selector"))
            .find(|link| link.text().collect::<String>() == "Next")
            .and_then(|link| link.value().attr("href").map(str::to_owned));
        match next {
            Some(next) => path = next,
            None => break,
        }
    }
    let listed = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((listed, seen.len()), (3004, 3004), "everybody once");
    let found = browser.get("/t/acme/team?q=p77%40many&role=member").await;
    assert_eq!(select(&found, "td.name span"), ["p77@many.example"]);
    assert_eq!(select(&browser.get("/t/acme/team?q=nobody").await, ".empty h2"), ["Nobody here"]);
    world.finish().await;
}

#[tokio::test]
async fn it_is_noted_that_somebody_was_here_and_the_team_sees_it() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let server = world.serve().await;
    let (ada, vi) = (server.sign_in("ada@acme.example").await, server.sign_in("vi@acme.example").await);
    let row = |page: &crate::world::http::Reply| {
        let rows = select(page, "tr");
        rows.into_iter().find(|row| row.contains("vi@acme.example")).expect("listed")
    };
    assert!(row(&ada.get("/t/acme/team").await).ends_with("not yet"));
    vi.get("/t/acme").await;
    assert!(row(&ada.get("/t/acme/team").await).ends_with("today"));
    world.sql("update members set last_active_at = now() - interval '5 days'").await;
    assert!(row(&ada.get("/t/acme/team").await).ends_with("5 days ago"));
    let who = acme.person("vi");
    assert_eq!(acme.count(&format!("members where user_id = '{who}' and last_active_at < now() - interval '4 days'")).await, 1);
    world.finish().await;
}

#[tokio::test]
async fn the_page_of_roles_says_what_the_server_decides_by() {
    let world = World::start().await;
    let _acme = acme(&world).await;
    let vi = world.serve().await.sign_in("vi@acme.example").await;
    let page = vi.get("/t/acme/roles").await;
    assert_eq!((page.status, select(&page, "h1")), (200, vec!["Roles".to_owned()]));
    let rows = select(&page, "tbody tr");
    assert_eq!(rows.len(), MATRIX.len());
    for right in MATRIX {
        let words = right.words().trim_end_matches('.');
        let row = rows.iter().find(|row| row.starts_with(words)).unwrap_or_else(|| panic!("{words} is missing in {rows:?}"));
        let may = Role::ALL.iter().filter(|role| **role >= right.least).count();
        assert_eq!((row.matches("Yes").count(), row.matches("No").count()), (may, Role::ALL.len() - may), "{row}");
    }
    assert!(select(&page, "thead th.own").iter().any(|head| head == "Viewer1 person"), "{:?}", select(&page, "thead th"));
    assert_eq!(select(&vi.get("/t/acme/team").await, "a[href='/t/acme/roles']"), ["Roles"]);
    world.finish().await;
}
