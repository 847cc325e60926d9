//! Appointing staff, their roles, their end.

use tenantry::domain::staff::{ManageStaff, StaffRole};
use tenantry::store::StoreError;

use super::{done, events, staff};
use crate::world::World;
use crate::world::http::{Browser, Server};
use crate::world::people::PASSWORD;

/// An account on the staff, signed in; its id.
async fn with_role(world: &World, server: &Server, name: &str, role: StaffRole) -> (Browser, String) {
    let user = world.account(&format!("{name}@tenantry.example")).await;
    world.sql(&format!("insert into platform_admins (user_id, role) values ('{user}', '{}')", role.as_str())).await;
    (server.sign_in(&format!("{name}@tenantry.example")).await, user.to_string())
}

/// The link of the mail that appoints this address, as the console shows it where no mail server is configured.
async fn mailed_link(world: &World, owner: &Browser, email: &str) -> String {
    let mail = world.text(&format!("select id::text from mails where kind = 'staff_appointed' and recipient = '{email}'")).await;
    world.sql("update jobs set state = 'done', ended_at = now(); update mails set outcome = 'kept', outcome_at = now()").await;
    let shown = owner.get(&format!("/admin/mail/{mail}")).await.body;
    shown.split_once("/reset/").and_then(|(_, rest)| rest.split(['"', '<', ' ', '\n']).next()).expect("a link").to_owned()
}

#[tokio::test]
async fn who_is_appointed_accepts_by_choosing_a_password_with_a_mailed_link() {
    let world = World::start().await;
    let server = world.serve().await;
    let owner = staff(&world, &server).await;
    let page = done(&owner, "/fn/staff/appoint", &[("email", "Nia.New@tenantry.example"), ("role", "billing")]).await;
    assert!(page.body.contains("works for 7 days") && page.body.contains("Nia New"), "{}", page.body);
    let link = mailed_link(&world, &owner, "nia.new@tenantry.example").await;
    let nia = server.browser();
    let page = nia.get(&format!("/reset/{link}")).await;
    assert!(page.status == 200 && page.body.contains("nia.new@tenantry.example"));
    assert_eq!(nia.post("/fn/reset/set", &[("token", &link), ("password", PASSWORD)]).await.location(), "/login?done=password-set");
    nia.sign_in("nia.new@tenantry.example").await;
    assert_eq!(nia.get("/admin/prices/new").await.status, 200, "billing sets prices");
    assert_eq!(nia.get("/admin/tenants/new").await.status, 403);
    let again = owner.fetch("/fn/staff/appoint", &[("email", "nia.new@tenantry.example"), ("role", "owner")]).await;
    assert!(again.status == 409 && again.body.contains("on the staff already"), "{}", again.body);
    assert_eq!(events(&world, "staff.appointed").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn an_account_that_somebody_else_made_for_the_address_gets_no_power_by_it() {
    let world = World::start().await;
    let server = world.serve().await;
    let owner = staff(&world, &server).await;
    // Whoever can show the link of an invite could have accepted it in their name, before or after the appointment.
    world.account("sue@tenantry.example").await;
    let squatter = server.sign_in("sue@tenantry.example").await;
    done(&owner, "/fn/staff/appoint", &[("email", "sue@tenantry.example"), ("role", "owner")]).await;
    assert_eq!(squatter.get("/admin").await.status, 404);
    squatter.sign_in("sue@tenantry.example").await;
    assert_eq!(squatter.get("/admin").await.status, 404, "however often they sign in");
    let id = world.account_id("sue@tenantry.example").await;
    assert!(world.sign_in(id).await.platform_admin().is_none());

    let link = mailed_link(&world, &owner, "sue@tenantry.example").await;
    let sue = server.browser();
    let new = "seven violet lanterns drift";
    assert_eq!(sue.post("/fn/reset/set", &[("token", &link), ("password", new)]).await.location(), "/login?done=password-set");
    assert_eq!(squatter.get("/account").await.status, 303, "signed out everywhere");
    let signed_in = sue.post("/fn/auth/sign-in", &[("email", "sue@tenantry.example"), ("password", new)]).await;
    assert_eq!(signed_in.location(), "/");
    assert_eq!(sue.get("/admin/staff").await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn bad_input_is_said_beside_its_field() {
    let world = World::start().await;
    let server = world.serve().await;
    let owner = staff(&world, &server).await;
    let fields = super::refused(&owner, "/fn/staff/appoint", "/admin/staff", &[("email", "nobody"), ("role", "support")]).await;
    assert_eq!(fields, ["email"]);
    let fields = super::refused(&owner, "/fn/staff/appoint", "/admin/staff", &[("email", "a@b.example"), ("role", "king")]).await;
    assert_eq!(fields, ["role"]);
    let long = format!("{}@b.example", "a".repeat(300));
    assert_eq!(super::refused(&owner, "/fn/staff/appoint", "/admin/staff", &[("email", &long), ("role", "support")]).await, ["email"]);
    for user in ["", "x", "00000000-0000-0000-0000-00000000002a"] {
        assert_eq!(owner.fetch("/fn/staff/end", &[("user", user)]).await.status, 404, "{user}");
    }
    world.finish().await;
}

#[tokio::test]
async fn another_role_holds_from_the_next_click_on_and_its_sessions_get_new_ids() {
    let world = World::start().await;
    let server = world.serve().await;
    let owner = staff(&world, &server).await;
    let (sue, user) = with_role(&world, &server, "sue", StaffRole::ReadOnly).await;
    let suspend = [("slug", "acme"), ("reason", "unpaid")];
    let acme = world.tenant("acme").await;
    assert_eq!(sue.fetch("/fn/tenants/suspend", &suspend).await.status, 403);
    let before = sue.cookie("session");
    let page = done(&owner, "/fn/staff/role", &[("user", &user), ("was", "read_only"), ("role", "operator")]).await;
    assert!(page.body.contains("It holds from their next click on"));
    let stale = owner.fetch("/fn/staff/role", &[("user", &user), ("was", "read_only"), ("role", "billing")]).await;
    assert!(stale.status == 409 && stale.body.contains("changed this role meanwhile"), "{}", stale.body);
    assert_eq!(sue.fetch("/fn/tenants/suspend", &suspend).await.status, 200);
    assert_eq!(acme.status().await, "suspended");
    assert_eq!(sue.get("/admin").await.status, 200);
    assert_ne!(sue.cookie("session"), before, "another id with the next page");
    assert_eq!(events(&world, "staff.role_changed").await, 1);

    let page = done(&owner, "/fn/staff/end", &[("user", &user)]).await;
    assert!(!page.body.contains("sue@tenantry.example"));
    assert_eq!(sue.get("/admin").await.status, 404);
    assert_eq!(sue.fetch("/fn/tenants/resume", &[("slug", "acme")]).await.status, 404);
    assert_eq!(sue.get("/account").await.status, 200, "the account is theirs");
    assert_eq!(events(&world, "staff.ended").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn the_last_owner_who_can_sign_in_neither_goes_nor_is_lowered() {
    let world = World::start().await;
    let server = world.serve().await;
    let (ada, first) = with_role(&world, &server, "ada", StaffRole::Owner).await;
    let last = |reply: crate::world::http::Reply| {
        assert!(reply.status == 409 && reply.body.contains("The last owner cannot go"), "{}", reply.everything());
    };
    last(ada.fetch("/fn/staff/end", &[("user", &first)]).await);
    last(ada.fetch("/fn/staff/role", &[("user", &first), ("was", "owner"), ("role", "operator")]).await);
    // Whoever was appointed and has not accepted yet may have a typing error for an address.
    done(&ada, "/fn/staff/appoint", &[("email", "new@tenantry.example"), ("role", "owner")]).await;
    last(ada.fetch("/fn/staff/end", &[("user", &first)]).await);
    let (_bea, _) = with_role(&world, &server, "bea", StaffRole::Owner).await;
    assert_eq!(ada.fetch("/fn/staff/end", &[("user", &first)]).await.status, 200);
    world.finish().await;
}

#[tokio::test]
async fn of_two_owners_who_take_each_other_off_one_stays() {
    let world = World::start().await;
    let server = world.serve().await;
    for round in 0..10 {
        world.sql("delete from platform_admins").await;
        let (ada, a) = with_role(&world, &server, &format!("ada{round}"), StaffRole::Owner).await;
        let (bea, b) = with_role(&world, &server, &format!("bea{round}"), StaffRole::Owner).await;
        let (bea_form, ada_form) = ([("user", b.as_str())], [("user", a.as_str())]);
        let (one, other) = tokio::join!(ada.fetch("/fn/staff/end", &bea_form), bea.fetch("/fn/staff/end", &ada_form));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert!(statuses == [200, 404] || statuses == [200, 409], "{statuses:?}");
        assert_eq!(world.number("select count(*) from platform_admins").await, 1);
    }
    world.finish().await;
}

#[tokio::test]
async fn what_a_role_cannot_use_is_not_shown_to_it() {
    let world = World::start().await;
    let server = world.serve().await;
    let acme = world.tenant("acme").not_set_up().await;
    let (looks, _) = with_role(&world, &server, "rob", StaffRole::ReadOnly).await;
    let (owner, _) = with_role(&world, &server, "ada", StaffRole::Owner).await;
    for (page, sign) in [
        ("/admin", "/admin/tenants/new"),
        ("/admin", "\"/admin/staff\""),
        ("/admin", "\"/admin/keys\""),
        ("/admin/tenants", "/admin/tenants/new"),
        ("/admin/tenants/acme", "/fn/tenants/suspend"),
        ("/admin/tenants/acme?ask=setup-link", acme.setup.reveal()),
        ("/admin/tenants/acme/quotas/tokens", "/fn/quotas/override"),
        ("/admin/tenants/acme/quotas/tokens", "/fn/quotas/grant"),
        ("/admin/plans", "/admin/plans/pro/draft/tokens"),
        ("/admin/meters", "/admin/meters/new"),
        ("/admin/prices", "/admin/prices/new"),
    ] {
        let (shown, hidden) = (owner.get(page).await, looks.get(page).await);
        assert_eq!((shown.status, hidden.status), (200, 200), "{page}");
        assert!(shown.body.contains(sign), "an owner sees {sign} on {page}");
        assert!(!hidden.body.contains(sign), "who only looks does not see {sign} on {page}");
    }
    world.finish().await;
}

#[tokio::test]
async fn the_first_of_the_staff_is_an_owner() {
    let world = World::start().await;
    let (email, name) = ("root@tenantry.example".parse().expect("an address"), "Root".parse().expect("a name"));
    let hash = crate::world::people::password_hash();
    let refused = world.console().await.create_platform_admin(&email, &name, hash, StaffRole::Support).await;
    assert!(matches!(refused, Err(StoreError::WrongState(_))), "nobody could appoint anybody");
    let mut console = world.console().await;
    let root = console.create_platform_admin(&email, &name, hash, StaffRole::Owner).await.expect("made");
    console
        .create_platform_admin(&"sue@tenantry.example".parse().expect("an address"), &name, hash, StaffRole::Support)
        .await
        .expect("made");
    console.commit().await.expect("committed");
    let admin = world.sign_in(root).await.platform_admin().expect("an admin");
    world.store.platform::<ManageStaff>(&admin).await.expect("an owner").commit().await.expect("ended");
    world.finish().await;
}

#[tokio::test]
async fn a_kept_link_to_an_account_of_the_staff_is_shown_to_owners_only() {
    let world = World::start().await;
    let server = world.serve().await;
    let (owner, _) = with_role(&world, &server, "ada", StaffRole::Owner).await;
    let (operator, _) = with_role(&world, &server, "ole", StaffRole::Operator).await;
    let acme = world.tenant("acme").not_set_up().await;
    done(&owner, "/fn/staff/appoint", &[("email", "new@tenantry.example"), ("role", "owner")]).await;
    let link = mailed_link(&world, &owner, "new@tenantry.example").await;
    let mail = world.text("select id::text from mails where kind = 'staff_appointed'").await;
    for page in [format!("/admin/mail/{mail}"), format!("/admin/mail/{mail}/html")] {
        let (shown, withheld) = (owner.get(&page).await, operator.get(&page).await);
        assert_eq!((shown.status, withheld.status), (200, 200), "{page}");
        assert!(shown.body.contains(&link) && !withheld.body.contains(&link), "an operator would be an owner by it: {page}");
    }
    // Links of tenants' people are what operators hand on.
    let invite = world.text("select id::text from mails where kind = 'invite'").await;
    assert!(operator.get(&format!("/admin/mail/{invite}")).await.body.contains(acme.setup.reveal()));
    world.finish().await;
}
