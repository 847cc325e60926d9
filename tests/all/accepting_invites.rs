//! An invite works once, for one person, while it is open (security.md, H1).

use tenantry::store::StoreError;
use tenantry::store::access::SignedIn;
use tenantry::store::invites::{Accepted, Accepting, InviteState};

use crate::world::{Tenant, World};

async fn accept_as(acme: &Tenant, me: &SignedIn) -> tenantry::store::Result<Accepted> {
    let mut tx = acme.world.store.public().await?;
    let accepted = tx.accept_invite(&acme.setup, Accepting::Account(me), "192.0.2.1").await?;
    tx.commit().await?;
    Ok(accepted)
}

async fn state(acme: &Tenant) -> Option<InviteState> {
    let mut tx = acme.world.store.public().await.expect("open");
    tx.find_invite(&acme.setup).await.expect("asked").map(|invite| invite.state)
}

#[tokio::test]
async fn fifty_who_accept_one_invite_at_once_make_one_member_and_one_event() {
    let world = World::start().await;
    let acme = world.tenant("acme").not_set_up().await;
    let racers: Vec<_> = (0..50)
        .map(|_| {
            let (world, token) = (world.clone(), acme.setup.clone());
            tokio::spawn(async move { world.accept(&world.store, &token).await })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        match racer.await.expect("no panic") {
            Ok(_) => winners += 1,
            Err(StoreError::NotFound) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(acme.count("members").await, 1);
    assert_eq!(acme.count("audit_events where action = 'invite.accepted'").await, 1);
    assert_eq!(state(&acme).await, Some(InviteState::Accepted));
    world.finish().await;
}

#[tokio::test]
async fn an_invite_that_is_not_open_makes_nobody_a_member() {
    let world = World::start().await;
    for (n, (close, closed, open)) in [
        ("update invites set expires_at = now()", InviteState::Expired, "update invites set expires_at = now() + interval '1 day'"),
        ("update invites set revoked_at = now()", InviteState::Revoked, "update invites set revoked_at = null"),
        (
            "update tenants set status = 'suspended', status_before = 'active', status_reason = 'unpaid'",
            InviteState::Suspended,
            "update tenants set status = 'active', status_before = null, status_reason = null",
        ),
        (
            "update tenants set status = 'deleted', deleted_from = 'active', purge_after = now() + interval '30 days'",
            InviteState::Deleted,
            "update tenants set status = 'active', deleted_from = null, purge_after = null",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let acme = world.tenant(&format!("acme-{n}")).not_set_up().await;
        let condition = |change: &str| match change.contains("update invites") {
            true => format!("{change} where tenant_id = '{}'", acme.id),
            false => format!("{change} where id = '{}'", acme.id),
        };
        world.sql(&condition(close)).await;
        assert_eq!(state(&acme).await, Some(closed));
        assert!(matches!(world.accept(&world.store, &acme.setup).await, Err(StoreError::NotFound)), "{closed:?}");
        assert_eq!(acme.count("members").await, 0);
        world.sql(&condition(open)).await;
        world.accept(&world.store, &acme.setup).await.expect("open again");
        assert_eq!(acme.count("members").await, 1);
    }
    world.finish().await;
}

#[tokio::test]
async fn an_invite_for_an_account_is_its_owners_alone() {
    let world = World::start().await;
    let acme = world.tenant("acme").not_set_up().await;
    let (invited, other) = (world.account("owner@acme.example").await, world.account("eve@evil.example").await);
    let (invited, eve) = (world.sign_in(invited).await, world.sign_in(other).await);

    assert!(matches!(accept_as(&acme, &eve).await, Err(StoreError::Forbidden)), "somebody else, signed in");
    assert!(matches!(world.accept(&world.store, &acme.setup).await, Err(StoreError::Forbidden)), "somebody who would set a new password");
    assert_eq!((acme.count("members").await, state(&acme).await), (0, Some(InviteState::Open)));
    assert_eq!(accept_as(&acme, &invited).await.expect("the invited").user, invited.user());
    assert!(acme.has_member(invited.user()).await);
    world.finish().await;
}

#[tokio::test]
async fn accepting_does_not_lower_the_role_of_who_is_a_member_already() {
    let world = World::start().await;
    let acme = world.tenant("acme").not_set_up().await;
    let me = world.account("owner@acme.example").await;
    world.join(me, acme.id, tenantry::domain::role::Role::Viewer).await;
    accept_as(&acme, &world.sign_in(me).await).await.expect("accepted");
    assert_eq!(acme.count("members where role = 'viewer'").await, 1, "nor raise it");
    world.finish().await;
}

#[tokio::test]
async fn a_made_up_link_is_nobodys_invite() {
    let world = World::start().await;
    let acme = world.tenant("acme").not_set_up().await;
    let guessed = "A".repeat(43).parse().expect("the right shape");
    assert!(world.store.public().await.expect("open").find_invite(&guessed).await.expect("asked").is_none());
    assert!(matches!(world.accept(&world.store, &guessed).await, Err(StoreError::NotFound)));
    world.accept(&world.store, &acme.setup).await.expect("the real one works");
    world.finish().await;
}

#[tokio::test]
async fn the_database_holds_a_hash_of_the_link_and_the_console_shows_it_again() {
    let world = World::start().await;
    let acme = world.tenant("acme").not_set_up().await;
    let rows = world.text("select string_agg(to_jsonb(i)::text, '') from invites i").await;
    assert!(!rows.contains(acme.setup.reveal()));
    let mut console = world.console().await;
    let detail = console.get_tenant(&acme.slug).await.expect("found");
    assert!(detail.setup.is_some_and(|(token, _)| token == acme.setup));
    console.commit().await.expect("ended");
    world.finish().await;
}
