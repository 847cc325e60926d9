//! An owner deletes their tenant on the page of its settings, and any owner brings it back by the link of their mail.

use tenantry::domain::mail::OneTime;
use tenantry::domain::role::Role;
use tenantry::store::tokens::SecretKey;

use crate::world::World;
use crate::world::http::Browser;
use crate::world::people::{PASSWORD, Tenant};

/// The path of the newest link that this owner got.
async fn link(world: &World, email: &str) -> String {
    let newest = format!("select id::text from tenant_restores where email = '{email}' order by id desc limit 1");
    let id: uuid::Uuid = world.text(&newest).await.parse().expect("an id");
    let token = SecretKey::new(String::from("a key for tests").into()).link_token(OneTime::TenantRestore(id));
    format!("/restore/{}", token.reveal())
}

async fn delete(browser: &Browser, slug: &str, typed: &str, password: &str) -> u16 {
    let form = [("tenant", slug), ("confirm_slug", typed), ("confirm_password", password)];
    browser.fetch("/fn/settings/delete", &form).await.status
}

async fn restore(browser: &Browser, link: &str) -> u16 {
    let token = link.strip_prefix("/restore/").expect("a link");
    browser.fetch("/fn/settings/restore", &[("token", token)]).await.status
}

/// With two owners and an admin.
async fn acme(world: &World) -> Tenant {
    world.tenant("acme").with("otto", Role::Owner).with("ada", Role::Admin).await
}

#[tokio::test]
async fn an_owner_deletes_the_tenant_and_another_brings_it_back() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let server = world.serve().await;
    let (owner, ada, nobody) = (server.sign_in("owner@acme.example").await, server.sign_in("ada@acme.example").await, server.browser());
    assert_eq!(delete(&ada, "acme", "acme", PASSWORD).await, 403, "not an admin");
    assert_eq!(delete(&owner, "acme", "Acme", PASSWORD).await, 422, "the slug has to be typed");
    assert_eq!(delete(&owner, "acme", "acme", "wrong").await, 422, "so has the password");
    assert_eq!((acme.status().await.as_str(), acme.count("tenant_restores").await), ("active", 0));
    assert_eq!(world.number("select count(*) from mails where kind = 'tenant_deleted'").await, 0);

    let form = [("tenant", "acme"), ("confirm_slug", " acme "), ("confirm_password", PASSWORD)];
    let reply = owner.post("/fn/settings/delete", &form).await;
    assert_eq!(reply.location(), "/tenants?done=deleted");
    assert!(owner.get(reply.location()).await.body.contains("Each owner got a mail"));
    assert_eq!((owner.get("/t/acme").await.status, ada.get("/t/acme").await.status), (404, 404));
    assert_eq!(
        world.texts("select recipient from mails where kind = 'tenant_deleted' order by 1").await,
        ["otto@acme.example", "owner@acme.example"]
    );
    assert_eq!(
        acme.count("audit_events where action = 'tenant.deleted' and actor_kind = 'member' and actor = 'owner@acme.example'").await,
        1
    );

    let (first, second) = (link(&world, "owner@acme.example").await, link(&world, "otto@acme.example").await);
    assert_ne!(first, second);
    assert_eq!(nobody.get(&format!("/restore/{}", "x".repeat(43))).await.status, 404);
    assert_eq!(restore(&nobody, &format!("/restore/{}", "x".repeat(43))).await, 409);
    let page = nobody.get(&second).await;
    assert!(page.status == 200 && page.body.contains("It comes back as it was"), "{}", page.everything());
    assert_eq!(restore(&nobody, &second).await, 200);
    assert_eq!((acme.status().await.as_str(), owner.get("/t/acme").await.status), ("active", 200));
    assert_eq!(acme.count("audit_events where action = 'tenant.restored' and actor = 'otto@acme.example'").await, 1);
    for link in [first, second] {
        assert_eq!((nobody.get(&link).await.status, restore(&nobody, &link).await), (410, 409), "once");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_link_takes_back_the_deletion_that_it_was_made_for_and_no_later_one() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let server = world.serve().await;
    let owner = server.sign_in("owner@acme.example").await;
    assert_eq!(delete(&owner, "acme", "acme", PASSWORD).await, 200);
    let old = link(&world, "owner@acme.example").await;
    let mut console = world.console().await;
    console.restore_tenant(&acme.slug).await.expect("restored");
    console.commit().await.expect("committed");
    let mut console = world.console().await;
    console.delete_tenant(&acme.slug).await.expect("deleted by staff");
    console.commit().await.expect("committed");
    assert_eq!((owner.get(&old).await.status, restore(&owner, &old).await, acme.status().await.as_str()), (410, 409, "deleted"));
    let mut console = world.console().await;
    console.restore_tenant(&acme.slug).await.expect("restored");
    console.commit().await.expect("committed");
    assert_eq!(delete(&owner, "acme", "acme", PASSWORD).await, 200);
    let new = link(&world, "owner@acme.example").await;
    assert_eq!((restore(&owner, &old).await, restore(&owner, &new).await), (409, 200));
    world.finish().await;
}

#[tokio::test]
async fn a_link_works_for_thirty_days_and_gives_back_a_trial_that_ran_out_as_active() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").trial(14).await);
    let server = world.serve().await;
    for name in ["acme", "globex"] {
        let owner = server.sign_in(&format!("owner@{name}.example")).await;
        assert_eq!(delete(&owner, name, name, PASSWORD).await, 200);
    }
    world
        .sql(
            "update tenants set purge_after = now() where slug = 'acme';
             update tenants set trial_ends_at = now() - interval '1 day' where slug = 'globex'",
        )
        .await;
    let nobody = server.browser();
    let late = link(&world, "owner@acme.example").await;
    let page = nobody.get(&late).await;
    assert!(page.status == 410 && page.body.contains("It is too late"), "{}", page.everything());
    assert_eq!((restore(&nobody, &late).await, acme.status().await.as_str()), (409, "deleted"));
    assert_eq!(restore(&nobody, &link(&world, "owner@globex.example").await).await, 200);
    assert_eq!(globex.status().await, "active");
    world.finish().await;
}

#[tokio::test]
async fn all_owners_who_restore_at_once_restore_once() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let server = world.serve().await;
    for _ in 0..5 {
        let owner = server.sign_in("owner@acme.example").await;
        assert_eq!(delete(&owner, "acme", "acme", PASSWORD).await, 200);
        let (one, other) = (link(&world, "owner@acme.example").await, link(&world, "otto@acme.example").await);
        let (nobody, also) = (server.browser(), server.browser());
        let (a, b) = tokio::join!(restore(&nobody, &one), restore(&also, &other));
        assert_eq!(a.min(b), 200);
        assert_eq!(a.max(b), 409);
    }
    assert_eq!(acme.count("audit_events where action = 'tenant.restored'").await, 5);
    world.finish().await;
}
