//! Removing people from a tenant's team.

use tenantry::domain::capability::{ManageTeam, ViewTenant};
use tenantry::domain::ids::UserId;
use tenantry::domain::role::Role;
use tenantry::store::access::Member;
use tenantry::store::{Result, Store, StoreError};

use crate::world::{Tenant, World};

async fn remove(store: &Store, me: &Member, who: UserId) -> Result<()> {
    let mut tx = store.tenant::<ManageTeam>(me).await?;
    tx.remove_member(who).await?;
    tx.commit().await
}

async fn removes(acme: &Tenant, me: &str, who: UserId) -> Result<()> {
    remove(&acme.world.store, &acme.member(me).await, who).await
}

#[tokio::test]
async fn an_admin_removes_a_member_and_an_audit_event_says_so() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).with("mel", Role::Member).await;
    removes(&acme, "ada", acme.person("mel")).await.expect("an admin may");
    assert!(!acme.has_member(acme.person("mel")).await);
    assert_eq!(
        acme.count("audit_events where action = 'member.removed' and actor = 'ada@acme.example' and target = 'mel@acme.example'").await,
        1
    );
    world.finish().await;
}

#[tokio::test]
async fn a_viewer_and_a_member_cannot_remove_anybody() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).with("vi", Role::Viewer).await;
    for me in ["mel", "vi"] {
        assert!(matches!(removes(&acme, me, acme.person("vi")).await, Err(StoreError::Forbidden)));
    }
    assert!(acme.has_member(acme.person("vi")).await);
    removes(&acme, "owner", acme.person("vi")).await.expect("an owner may");
    world.finish().await;
}

#[tokio::test]
async fn an_admin_cannot_remove_an_owner_but_an_owner_can() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).with("otto", Role::Owner).await;
    assert!(matches!(removes(&acme, "ada", acme.owner()).await, Err(StoreError::Forbidden)));
    assert!(acme.has_member(acme.owner()).await);
    removes(&acme, "otto", acme.owner()).await.expect("an owner may");
    world.finish().await;
}

#[tokio::test]
async fn the_last_owner_stays_until_there_is_another() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).await;
    assert!(matches!(removes(&acme, "owner", acme.owner()).await, Err(StoreError::LastOwner)));
    let otto = world.account("otto@acme.example").await;
    world.join(otto, acme.id, Role::Owner).await;
    removes(&acme, "owner", acme.owner()).await.expect("another owner is left");
    assert_eq!(acme.count("members where role = 'owner'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn two_owners_who_remove_each_other_leave_one() {
    let world = World::start().await;
    for round in 0..10 {
        let acme = world.tenant(&format!("acme-{round}")).with("otto", Role::Owner).await;
        let (one, other) = (acme.member("owner").await, acme.member("otto").await);
        let store = &world.store;
        let (a, b) = tokio::join!(remove(store, &one, acme.person("otto")), remove(store, &other, acme.owner()));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        assert!(matches!(a.and(b), Err(StoreError::NotFound | StoreError::LastOwner)));
        assert_eq!(acme.count("members where role = 'owner'").await, 1);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_member_of_another_tenant_is_not_found_like_nobody() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").with("greg", Role::Viewer).await);
    assert!(matches!(removes(&acme, "owner", globex.person("greg")).await, Err(StoreError::NotFound)));
    assert!(matches!(removes(&acme, "owner", UserId(uuid::Uuid::from_u128(7))).await, Err(StoreError::NotFound)));
    assert!(globex.has_member(globex.person("greg")).await);
    removes(&globex, "owner", globex.person("greg")).await.expect("their own owner may");
    world.finish().await;
}

#[tokio::test]
async fn who_was_removed_stops_at_the_next_transaction() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).await;
    let mel = acme.member("mel").await;
    world.store.tenant::<ViewTenant>(&mel).await.expect("a member may look").commit().await.expect("ended");
    removes(&acme, "owner", acme.person("mel")).await.expect("removed");
    assert!(matches!(world.store.tenant::<ViewTenant>(&mel).await, Err(StoreError::NotFound)));
    world.finish().await;
}

#[tokio::test]
async fn a_lowered_role_counts_at_the_next_transaction() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).await;
    let ada = acme.member("ada").await;
    world.store.tenant::<ManageTeam>(&ada).await.expect("an admin may").commit().await.expect("ended");
    world.sql("update members set role = 'viewer' where role = 'admin'").await;
    assert!(matches!(world.store.tenant::<ManageTeam>(&ada).await, Err(StoreError::Forbidden)));
    world.finish().await;
}
