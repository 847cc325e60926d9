//! The plan's limit of members: open invites count, and it holds under races, whichever way people come.

use tenantry::domain::capability::ManageTeam;
use tenantry::domain::role::Role;
use tenantry::store::StoreError;
use tenantry::store::inviting::Invited;

use super::{acme, invite, invite_at, invited, limit_members, select, sent_back, value};
use crate::world::World;

#[tokio::test]
async fn the_last_place_goes_to_one_of_fifty_at_two_servers_and_the_console() {
    let world = World::start().await;
    // With a connection for each, so that they wait for each other and for nothing else.
    let (one, other) = (world.another_store(30, 8), world.another_store(30, 8));
    for round in 0..3 {
        let acme = world.tenant(&format!("acme-{round}")).await;
        limit_members(&acme, 2).await;
        let acme = std::sync::Arc::new(acme);
        let racers: Vec<_> = (0..50)
            .map(|n| {
                let (acme, store) = (acme.clone(), if n % 2 == 0 { one.clone() } else { other.clone() });
                tokio::spawn(async move {
                    let email = format!("guest-{n}@new.example");
                    if n % 5 == 4 {
                        // Staff, at the command line.
                        let mut console = acme.world.console().await;
                        let email = email.parse().expect("an address");
                        console.invite(&acme.slug, &email, Role::Viewer).await?;
                        return console.commit().await;
                    }
                    invite_at(&store, &acme, "owner", &email, Role::Viewer).await.map(drop)
                })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            match racer.await.expect("no panic") {
                Ok(()) => winners += 1,
                Err(StoreError::AtLimit(limit)) => assert_eq!((limit.used, limit.limit), (2, 2)),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((winners, acme.count("invites where revoked_at is null and accepted_at is null").await), (1, 1));
        assert_eq!(acme.count("audit_events where action = 'invite.created'").await, 2, "and the owner's own");
    }
    other.close().await;
    world.finish().await;
}

#[tokio::test]
async fn who_accepts_takes_the_place_that_the_invite_kept() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    limit_members(&acme, 2).await;
    let (_, token) = invited(&acme, "ida@new.example", Role::Viewer).await;
    assert!(matches!(invite(&acme, "owner", "bo@new.example", Role::Viewer).await, Err(StoreError::AtLimit(_))), "the place is kept");
    world.accept(&world.store, &token).await.expect("and is hers");
    assert_eq!(acme.count("members").await, 2);
    assert!(matches!(invite(&acme, "owner", "bo@new.example", Role::Viewer).await, Err(StoreError::AtLimit(_))));
    let refused = format!("select coalesce(sum(times), 0)::bigint from refusals where meter = 'members' and tenant_id = '{}'", acme.id);
    assert_eq!(world.number(&refused).await, 2, "refusals leave their trace");
    world.finish().await;
}

#[tokio::test]
async fn a_place_that_ran_out_is_free_and_has_to_be_taken_anew() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    limit_members(&acme, 2).await;
    let (old, _) = invited(&acme, "ida@new.example", Role::Viewer).await;
    world.sql(&format!("update invites set expires_at = now() where id = '{old}'")).await;
    let (other, _) = invited(&acme, "bo@new.example", Role::Viewer).await;
    let mut tx = acme.open::<ManageTeam>("owner").await.expect("open");
    assert!(matches!(tx.resend_invite(old).await, Err(StoreError::AtLimit(_))), "somebody has it");
    drop(tx);
    let mut tx = acme.open::<ManageTeam>("owner").await.expect("open");
    tx.revoke_invite(other).await.expect("taken back");
    tx.resend_invite(old).await.expect("and free");
    tx.commit().await.expect("committed");
    world.finish().await;
}

#[tokio::test]
async fn an_open_invite_is_resent_though_the_team_is_full() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    limit_members(&acme, 2).await;
    let (old, _) = invited(&acme, "ida@new.example", Role::Viewer).await;
    let mut tx = acme.open::<ManageTeam>("owner").await.expect("open");
    tx.resend_invite(old).await.expect("it keeps its own place");
    tx.commit().await.expect("committed");
    world.finish().await;
}

#[tokio::test]
async fn a_team_beyond_a_smaller_plan_lets_nobody_in_until_there_is_room() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let (_, token) = invited(&acme, "ida@new.example", Role::Viewer).await;
    limit_members(&acme, 4).await;
    assert!(matches!(world.accept(&world.store, &token).await, Err(StoreError::WrongState(_))));
    assert_eq!(acme.count("members").await, 4);
    let page = world.serve().await.browser().get(&format!("/invite/{}", token.reveal())).await;
    assert_eq!((page.status, select(&page, "h1")), (409, vec!["No place is free at the moment".to_owned()]));
    limit_members(&acme, 5).await;
    world.accept(&world.store, &token).await.expect("the same link");
    world.finish().await;
}

#[tokio::test]
async fn the_page_and_the_api_say_the_limit_and_the_way_to_more() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    limit_members(&acme, 3).await;
    let browser = world.serve().await.sign_in("owner@acme.example").await;
    let send = |email: &'static str| {
        let browser = browser.clone();
        async move { browser.post("/fn/team/invite", &[("tenant", "acme"), ("email", email), ("role", "member")]).await }
    };
    let refused = send("a@new.example, b@new.example c@new.example").await;
    let page = sent_back(&browser, "/t/acme/team", &refused).await;
    assert!(page.body.contains("Max 3 members allowed. Upgrade your plan. 2 places are free, these are 3: 1 too many."), "{}", page.body);
    assert!(page.body.contains("a@new.example, b@new.example c@new.example"), "what was typed stays");
    assert_eq!(acme.count("invites where accepted_at is null").await, 0, "all or none");
    assert_eq!(send("a@new.example, b@new.example").await.location(), "/t/acme/team?done=invited&n=2");
    let page = browser.get("/t/acme/team?done=invited&n=2").await;
    assert_eq!(select(&page, ".banner b"), ["Max 3 members allowed. Upgrade your plan."]);
    assert_eq!(select(&page, ".banner a[href='/t/acme/plan']"), ["Compare plans"]);
    let Ok(Invited::Taken(_)) = invite(&acme, "owner", "a@new.example", Role::Viewer).await else { panic!("who is taken is said first") };
    assert_eq!(value(&page, "input[name=tenant]"), "acme");
    world.finish().await;
}
