//! Inviting, resending, taking back: by whom, and what a second click does.

use tenantry::domain::capability::ManageTeam;
use tenantry::domain::invite::Taken;
use tenantry::domain::role::Role;
use tenantry::domain::token::Token;
use tenantry::store::StoreError;
use tenantry::store::invites::InviteState;
use tenantry::store::inviting::{Invited, Stage};

use super::{acme, invite, invited, new, select, sent_back, value};
use crate::world::{Tenant, World};

async fn state(acme: &Tenant, token: &Token) -> InviteState {
    let mut tx = acme.world.store.public().await.expect("open");
    tx.find_invite(token).await.expect("asked").expect("there").state
}

#[tokio::test]
async fn nobody_grants_more_than_they_have() {
    let world = World::start().await;
    let acme = acme(&world).await;
    for (me, role) in [("ada", Role::Owner), ("mel", Role::Viewer), ("vi", Role::Viewer)] {
        assert!(matches!(invite(&acme, me, "ida@new.example", role).await, Err(StoreError::Forbidden)), "{me} {role:?}");
    }
    assert_eq!(acme.count("invites where accepted_at is null").await, 0);
    invite(&acme, "ada", "ida@new.example", Role::Admin).await.expect("as much as she has");
    let (owners, _) = invited(&acme, "olga@new.example", Role::Owner).await;
    let mut tx = acme.open::<ManageTeam>("ada").await.expect("open");
    assert!(tx.get_invite(owners).await.expect("she sees it").token.is_none(), "but not the link of an owner's");
    assert!(matches!(tx.resend_invite(owners).await, Err(StoreError::Forbidden)));
    assert!(matches!(tx.revoke_invite(owners).await, Err(StoreError::Forbidden)));
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn one_form_invites_one_or_several_and_says_who_is_taken() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    let one = browser.post("/fn/team/invite", &[("tenant", "acme"), ("email", "Ida@new.example"), ("role", "viewer")]).await;
    let page = browser.get(one.location()).await;
    assert_eq!(select(&page, "h1"), ["Invite of ida@new.example"]);
    let link = value(&page, "#invite-link");
    assert!(link.starts_with(&format!("http://{}/invite/", browser.server.host)), "{link}");
    let vi = browser.server.sign_in("vi@acme.example").await;
    assert!(!vi.get("/t/acme/team").await.body.contains("<script"), "whoever only looks needs none");
    let joined = format!("/invite/{}", link.rsplit('/').next().expect("a token"));
    assert_eq!(browser.server.browser().get(&joined).await.status, 200);

    let many = browser
        .post("/fn/team/invite", &[("tenant", "acme"), ("email", "bo@new.example ida@new.example,mel@acme.example"), ("role", "member")])
        .await;
    let page = sent_back(&browser, "/t/acme/team", &many).await;
    assert_eq!(
        select(&page, "#email-error"),
        ["ida@new.example has an open invite already. mel@acme.example is a member already. Nobody was invited."]
    );
    assert_eq!(select(&page, "textarea"), ["bo@new.example ida@new.example,mel@acme.example"]);
    assert_eq!(acme.count("invites where email = 'bo@new.example'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_form_that_is_sent_fifty_times_invites_once() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    let request = value(&browser.get("/t/acme/team").await, "input[name=request]");
    let racers: Vec<_> = (0..50)
        .map(|_| {
            let (browser, request) = (browser.clone(), request.clone());
            tokio::spawn(async move {
                let form = [("tenant", "acme"), ("email", "a@new.example b@new.example"), ("role", "viewer"), ("request", &request)];
                browser.post("/fn/team/invite", &form).await
            })
        })
        .collect();
    for racer in racers {
        let reply = racer.await.expect("no panic");
        assert_eq!((reply.status, reply.location()), (303, "/t/acme/team?done=invited&n=2"));
    }
    assert_eq!(acme.count("invites where email like '%@new.example'").await, 2);
    assert_eq!(acme.count("audit_events where action = 'invite.created' and actor = 'ada@acme.example'").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn a_new_link_ends_the_old_one_and_a_second_click_makes_no_third() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let (old, first) = invited(&acme, "ida@new.example", Role::Viewer).await;
    let resend = async || {
        let mut tx = acme.open::<ManageTeam>("ada").await.expect("open");
        let made = tx.resend_invite(old).await.expect("resent");
        tx.commit().await.expect("committed");
        made
    };
    let (newer, again) = (resend().await, resend().await);
    assert_eq!(newer, again);
    assert_eq!(acme.count("audit_events where action = 'invite.resent'").await, 1);
    let mut tx = acme.open::<ManageTeam>("ada").await.expect("open");
    assert_eq!(tx.get_invite(old).await.expect("listed").stage, Stage::Replaced(newer));
    let second = tx.get_invite(newer).await.expect("listed").token.expect("open");
    tx.commit().await.expect("ended");
    assert_eq!((state(&acme, &first).await, state(&acme, &second).await), (InviteState::Replaced, InviteState::Open));
    assert!(matches!(world.accept(&world.store, &first).await, Err(StoreError::NotFound)));
    world.accept(&world.store, &second).await.expect("the new one works");
    let mut tx = acme.open::<ManageTeam>("ada").await.expect("open");
    assert!(matches!(tx.resend_invite(newer).await, Err(StoreError::WrongState(_))), "accepted meanwhile");
    assert!(matches!(tx.revoke_invite(newer).await, Err(StoreError::WrongState(_))));
    drop(tx);
    world.finish().await;
}

#[tokio::test]
async fn an_invite_is_taken_back_once_and_the_person_can_be_invited_again() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let (id, token) = invited(&acme, "ida@new.example", Role::Viewer).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    for _ in 0..2 {
        let reply = browser.post("/fn/team/revoke", &[("tenant", "acme"), ("invite", &id.to_string())]).await;
        assert_eq!(reply.location(), "/t/acme/team?done=revoked");
    }
    assert_eq!(acme.count("audit_events where action = 'invite.revoked'").await, 1);
    assert_eq!(state(&acme, &token).await, InviteState::Revoked);
    assert!(browser.get(&format!("/t/acme/team/invites/{id}")).await.body.contains("Taken back"));
    invited(&acme, "ida@new.example", Role::Viewer).await;
    world.finish().await;
}

#[tokio::test]
async fn what_ran_out_stays_in_the_list_until_somebody_is_invited_anew() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let (id, _) = invited(&acme, "ida@new.example", Role::Viewer).await;
    let browser = world.serve().await.sign_in("ada@acme.example").await;
    assert!(select(&browser.get("/t/acme/team").await, ".state").contains(&"Invited".to_owned()));
    world.sql(&format!("update invites set expires_at = now() where id = '{id}'")).await;
    let page = browser.get("/t/acme/team").await;
    assert!(select(&page, ".state").contains(&"Run out".to_owned()), "{}", page.body);
    assert_eq!(select(&page, ".head p"), ["4 members, 0 invites open"]);
    invited(&acme, "ida@new.example", Role::Member).await;
    assert_eq!(select(&browser.get("/t/acme/team").await, ".state"), ["Invited"]);
    world.finish().await;
}

#[tokio::test]
async fn an_invite_holds_only_while_its_maker_could_make_it() {
    let world = World::start().await;
    let acme = acme(&world).await;
    let Ok(Invited::Made(made)) = invite(&acme, "ada", "ida@new.example", Role::Admin).await else { panic!("an admin may") };
    let mut tx = acme.open::<ManageTeam>("ada").await.expect("open");
    let token = tx.get_invite(made[0]).await.expect("made").token.expect("open");
    tx.commit().await.expect("ended");
    for (lost, back) in [
        ("update members set role = 'member' where role = 'admin'", "update members set role = 'admin' where user_id = "),
        ("update users set disabled_at = now() where email = 'ada@acme.example'", "update users set disabled_at = null where id = "),
    ] {
        world.sql(lost).await;
        assert_eq!(state(&acme, &token).await, InviteState::Lapsed, "{lost}");
        assert!(matches!(world.accept(&world.store, &token).await, Err(StoreError::WrongState(_))));
        world.sql(&format!("{back} '{}'", acme.person("ada"))).await;
    }
    assert_eq!(state(&acme, &token).await, InviteState::Open);
    world.accept(&world.store, &token).await.expect("she may again");
    world.finish().await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_from_one_that_is_free() {
    let world = World::start().await;
    let (acme, _globex) = (acme(&world).await, world.tenant("globex").with("greg", Role::Member).await);
    invited(&acme, "ida@new.example", Role::Viewer).await;
    let mut tx = acme.open::<ManageTeam>("owner").await.expect("open");
    let all = [new("ida@new.example", Role::Viewer), new("vi@acme.example", Role::Viewer), new("greg@globex.example", Role::Viewer)];
    let Invited::Taken(taken) = tx.invite(&all, None).await.expect("answered") else { panic!("two are taken") };
    let said: Vec<_> = taken.iter().map(|(email, taken)| (email.as_str(), *taken)).collect();
    assert_eq!(said, [("ida@new.example", Taken::Invited), ("vi@acme.example", Taken::Member)], "who is in another team is free");
    drop(tx);
    invited(&acme, "greg@globex.example", Role::Viewer).await;
    world.finish().await;
}
