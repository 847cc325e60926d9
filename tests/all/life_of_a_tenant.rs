//! Creating, suspending and resuming tenants.

use tenantry::domain::capability::ViewTenant;
use tenantry::domain::slug::Slug;
use tenantry::domain::status::TenantStatus;
use tenantry::store::{Result, StoreError};

use crate::world::World;

async fn suspend(world: &World, slug: &Slug) -> Result<()> {
    let mut console = world.console().await;
    console.suspend_tenant(slug, &"unpaid since May".parse().expect("a reason")).await?;
    console.commit().await
}

async fn resume(world: &World, slug: &Slug) -> Result<TenantStatus> {
    let mut console = world.console().await;
    let status = console.resume_tenant(slug).await?;
    console.commit().await?;
    Ok(status)
}

#[tokio::test]
async fn a_suspended_tenant_stops_at_the_next_transaction_and_says_why() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let globex = world.tenant("globex").await;
    let me = acme.member("owner").await;
    suspend(&world, &acme.slug).await.expect("an active tenant can be suspended");
    match world.store.tenant::<ViewTenant>(&me).await {
        Err(StoreError::Suspended(suspension)) => assert_eq!(suspension.reason, "unpaid since May"),
        other => panic!("{:?}", other.err()),
    }
    globex.open::<ViewTenant>("owner").await.expect("another tenant works").commit().await.expect("ended");
    assert_eq!(resume(&world, &acme.slug).await.expect("resumed"), TenantStatus::Active);
    world.store.tenant::<ViewTenant>(&me).await.expect("it works again").commit().await.expect("ended");
    world.finish().await;
}

#[tokio::test]
async fn a_tenant_is_suspended_once_and_resumed_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    assert!(matches!(resume(&world, &acme.slug).await, Err(StoreError::WrongState(_))));
    suspend(&world, &acme.slug).await.expect("suspended");
    assert!(matches!(suspend(&world, &acme.slug).await, Err(StoreError::WrongState(_))));
    resume(&world, &acme.slug).await.expect("resumed");
    assert!(matches!(resume(&world, &acme.slug).await, Err(StoreError::WrongState(_))));
    assert_eq!(acme.count("audit_events where action in ('tenant.suspended', 'tenant.resumed')").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn twenty_who_suspend_at_once_suspend_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let racers: Vec<_> = (0..20)
        .map(|_| {
            let (world, slug) = (world.clone(), acme.slug.clone());
            tokio::spawn(async move { suspend(&world, &slug).await.is_ok() })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        won += i32::from(racer.await.expect("no panic"));
    }
    assert_eq!((won, acme.count("audit_events where action = 'tenant.suspended'").await), (1, 1));
    world.finish().await;
}

#[tokio::test]
async fn resuming_gives_back_the_state_from_before() {
    let world = World::start().await;
    for (name, before) in [("acme", "trial"), ("globex", "past_due"), ("initech", "active")] {
        let tenant = world.tenant(name).trial(14).await;
        world.sql(&format!("update tenants set status = '{before}' where slug = '{name}'")).await;
        suspend(&world, &tenant.slug).await.expect("suspended");
        assert_eq!(resume(&world, &tenant.slug).await.expect("resumed").as_str(), before);
        assert_eq!(tenant.status().await, before);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_trial_that_ran_out_while_suspended_resumes_as_active() {
    let world = World::start().await;
    let acme = world.tenant("acme").trial(14).await;
    suspend(&world, &acme.slug).await.expect("suspended");
    world.sql("update tenants set trial_ends_at = now() - interval '1 hour'").await;
    assert_eq!(resume(&world, &acme.slug).await.expect("resumed"), TenantStatus::Active);
    world.finish().await;
}

#[tokio::test]
async fn a_deleted_tenant_and_one_that_never_was_are_not_found_alike() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let me = acme.member("owner").await;
    world.sql("update tenants set status = 'deleted', deleted_from = 'active', purge_after = now() + interval '30 days'").await;
    for slug in [acme.slug.clone(), "nowhere".parse().expect("a slug")] {
        assert!(matches!(suspend(&world, &slug).await, Err(StoreError::NotFound)));
        assert!(matches!(resume(&world, &slug).await, Err(StoreError::NotFound)));
        assert!(matches!(world.console().await.get_tenant(&slug).await, Err(StoreError::NotFound)));
    }
    assert!(matches!(world.store.tenant::<ViewTenant>(&me).await, Err(StoreError::NotFound)));
    assert!(world.sign_in(acme.owner()).await.memberships().is_empty());
    world.finish().await;
}

#[tokio::test]
async fn a_tenant_that_is_not_committed_never_was() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let mut console = world.console().await;
    console.suspend_tenant(&acme.slug, &"changed my mind".parse().expect("a reason")).await.expect("suspended, so far");
    drop(console);
    assert_eq!(acme.status().await, "active");
    assert_eq!(acme.count("audit_events where action = 'tenant.suspended'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn totals_and_dashboards_follow_what_happens() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let _trial = world.tenant("globex").trial(14).await;
    world
        .sql(&format!("insert into agents (tenant_id, name, model) select '{}', 'agent ' || n, 'm' from generate_series(1, 87) n", acme.id))
        .await;
    let mut console = world.console().await;
    let totals = console.totals().await.expect("counted");
    console.commit().await.expect("ended");
    assert_eq!((totals.tenants(), totals.of(TenantStatus::Trial), totals.agents), (2, 1, 87));
    assert_eq!(totals.revenue.to_string(), "$49.00", "a trial does not pay");
    let mut tx = acme.open::<ViewTenant>("owner").await.expect("a member");
    let figures = tx.dashboard().await.expect("read").figures;
    let agents = tx.get_space("agents", 1).await.expect("read");
    tx.commit().await.expect("ended");
    assert_eq!((agents.used, agents.quota, figures.members), (87, Some(100), 1));
    world.finish().await;
}
