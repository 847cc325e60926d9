//! Deleting a tenant and restoring it: by staff in the store, by a platform key over HTTP.

use reqwest::Method;
use tenantry::domain::capability::ViewTenant;
use tenantry::domain::slug::Slug;
use tenantry::domain::status::TenantStatus;
use tenantry::store::{Constraint, Result, StoreError};

use crate::world::World;
use crate::world::keys::KeyActor;
use crate::world::people::Tenant;
use crate::world::scene::{Actor, Scene};

async fn delete(world: &World, slug: &Slug) -> Result<()> {
    let mut console = world.console().await;
    console.delete_tenant(slug).await?;
    console.commit().await
}

async fn restore(world: &World, slug: &Slug) -> Result<TenantStatus> {
    let mut console = world.console().await;
    let status = console.restore_tenant(slug).await?;
    console.commit().await?;
    Ok(status)
}

/// What of a tenant its people could miss afterwards.
async fn rows(tenant: &Tenant) -> Vec<i64> {
    let mut rows = Vec::new();
    for table in ["members", "agents", "invites", "audit_events where action not like 'tenant.%'"] {
        rows.push(tenant.count(table).await);
    }
    rows
}

#[tokio::test]
async fn a_deleted_tenant_stops_at_once_and_comes_back_as_it_was() {
    let world = World::start().await;
    for (name, before) in [("acme", "trial"), ("globex", "past_due"), ("initech", "active")] {
        let tenant = world.tenant(name).trial(14).await;
        let other = world.tenant(&format!("other-{name}")).await;
        world.sql(&format!("update tenants set status = '{before}' where id = '{}'", tenant.id)).await;
        let (me, kept) = (tenant.member("owner").await, rows(&tenant).await);
        delete(&world, &tenant.slug).await.expect("deleted");
        assert!(matches!(world.store.tenant::<ViewTenant>(&me).await, Err(StoreError::NotFound)));
        assert!(world.sign_in(tenant.owner()).await.memberships().is_empty());
        assert!(matches!(world.tenant(name).create().await, Err(StoreError::Conflict(Constraint::TenantSlug))), "its slug stays taken");
        other.open::<ViewTenant>("owner").await.expect("another tenant works").commit().await.expect("ended");
        assert_eq!(restore(&world, &tenant.slug).await.expect("restored").as_str(), before);
        world.store.tenant::<ViewTenant>(&me).await.expect("it works again").commit().await.expect("ended");
        assert_eq!(rows(&tenant).await, kept);
        assert_eq!(tenant.count("audit_events where action in ('tenant.deleted', 'tenant.restored')").await, 2);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_suspended_tenant_is_restored_suspended_and_can_then_be_resumed() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let mut console = world.console().await;
    console.suspend_tenant(&acme.slug, &"unpaid".parse().expect("a reason")).await.expect("suspended");
    console.delete_tenant(&acme.slug).await.expect("deleted");
    console.commit().await.expect("committed");
    assert_eq!(restore(&world, &acme.slug).await.expect("restored"), TenantStatus::Suspended);
    let mut console = world.console().await;
    assert_eq!(console.resume_tenant(&acme.slug).await.expect("resumed"), TenantStatus::Active);
    console.commit().await.expect("committed");
    world.finish().await;
}

#[tokio::test]
async fn it_is_restored_within_thirty_days_and_not_later() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").trial(14).await, world.tenant("globex").await);
    assert!(matches!(restore(&world, &acme.slug).await, Err(StoreError::WrongState(_))), "it is not deleted");
    assert!(matches!(restore(&world, &"nowhere".parse().expect("a slug")).await, Err(StoreError::NotFound)));
    for tenant in [&acme, &globex] {
        delete(&world, &tenant.slug).await.expect("deleted");
        assert!(matches!(delete(&world, &tenant.slug).await, Err(StoreError::NotFound)), "once");
    }
    assert_eq!(world.number("select count(*) from tenants where purge_after = status_since + interval '30 days'").await, 2);
    world
        .sql(
            "update tenants set purge_after = now() + interval '1 minute', trial_ends_at = now() - interval '1 day' where slug = 'acme';
             update tenants set purge_after = now() where slug = 'globex'",
        )
        .await;
    assert_eq!(restore(&world, &acme.slug).await.expect("in time"), TenantStatus::Active, "its trial ran out meanwhile");
    assert!(matches!(restore(&world, &globex.slug).await, Err(StoreError::WrongState(_))));
    assert_eq!(globex.status().await, "deleted");
    world.finish().await;
}

#[tokio::test]
async fn twenty_who_delete_at_once_delete_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let racers = (0..20).map(|_| {
        let (world, slug) = (world.clone(), acme.slug.clone());
        tokio::spawn(async move { delete(&world, &slug).await.is_ok() })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        won += i32::from(racer.await.expect("no panic"));
    }
    assert_eq!((won, acme.count("audit_events where action = 'tenant.deleted'").await), (1, 1));
    world.finish().await;
}

#[tokio::test]
async fn sessions_and_keys_of_a_deleted_tenant_end_with_it_and_work_again_when_it_is_back() {
    let scene = Scene::set().await;
    let (key, platform) = (KeyActor::Good.key().expect("a key"), KeyActor::Platform.key().expect("a key"));
    let machine = scene.server.browser();
    let ask = async |method: Method, path: &str, key: &str| machine.ask(method, path).bearer(key).send().await;
    let consume =
        async || machine.ask(Method::POST, "/api/v1/quota/tokens/consume").bearer(&key).json(r#"{"amount": 1}"#).send().await.status;
    let standing = async || {
        let page = scene.browser(Actor::Owner).get("/t/acme").await.status;
        (page, ask(Method::GET, "/api/v1/tenant", &key).await.status, consume().await)
    };
    let path = "/api/v1/platform/tenants/acme";
    assert_eq!(standing().await, (200, 200, 200));
    assert_eq!(ask(Method::DELETE, path, &key).await.status, 403, "not by its own key");
    assert_eq!(standing().await, (200, 200, 200));

    let gone = ask(Method::DELETE, path, &platform).await;
    assert!(gone.status == 200 && gone.body.contains("\"restorable_until\""), "{}", gone.everything());
    assert_eq!(standing().await, (404, 401, 401));
    for (method, to) in [(Method::GET, ""), (Method::DELETE, ""), (Method::GET, "/usage"), (Method::POST, "/resume")] {
        assert_eq!(ask(method, &format!("{path}{to}"), &platform).await.status, 404);
    }
    let list = ask(Method::GET, "/api/v1/platform/tenants?status=deleted", &platform).await;
    assert!(list.body.contains("\"acme\""), "staff find it: {}", list.body);

    assert_eq!(ask(Method::POST, &format!("{path}/restore"), &key).await.status, 403, "not by its own key");
    assert_eq!(ask(Method::POST, &format!("{path}/restore"), &platform).await.status, 200);
    assert_eq!(ask(Method::POST, &format!("{path}/restore"), &platform).await.status, 409, "once");
    assert_eq!(standing().await, (200, 200, 200));
    let actors = "select string_agg(distinct actor, ', ') from audit_events where action in ('tenant.deleted', 'tenant.restored')";
    assert_eq!(scene.world.text(actors).await, "key Platform");
    scene.finish().await;
}

#[tokio::test]
async fn staff_read_the_same_usage_as_the_tenant_itself() {
    let scene = Scene::set().await;
    let (key, platform) = (KeyActor::Good.key().expect("a key"), KeyActor::Platform.key().expect("a key"));
    let machine = scene.server.browser();
    let reported = r#"[{"meter": "tokens", "amount": 700, "idempotency_key": "1", "model": "large", "cost_usd": "0.25"}]"#;
    assert_eq!(machine.ask(Method::POST, "/api/v1/usage").bearer(&key).json(reported).send().await.status, 202);
    for query in ["", "?period=day", "?period=week&breakdown=model"] {
        let own = machine.ask(Method::GET, &format!("/api/v1/usage{query}")).bearer(&key).send().await;
        let staff = machine.ask(Method::GET, &format!("/api/v1/platform/tenants/acme/usage{query}")).bearer(&platform).send().await;
        assert_eq!((staff.status, &staff.body), (200, &own.body), "{query}");
        assert!(own.body.contains("\"cost_usd\":\"0.25\""), "{}", own.body);
    }
    let wrong = machine.ask(Method::GET, "/api/v1/platform/tenants/acme/usage?period=year").bearer(&platform).send().await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    scene.finish().await;
}
