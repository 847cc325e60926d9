//! Sessions as they are kept: hashed, bound to a host, gone when they are gone (security.md, C9).

use std::sync::Arc;

use tenantry::domain::role::Role;
use tenantry::store::access::{self, Origin};
use tenantry::store::sessions::PgSessions;
use tower_sessions::session::{Id, Record};
use tower_sessions::{Session, SessionStore as _};

use crate::world::World;

fn sessions(world: &World) -> PgSessions {
    PgSessions(world.store.clone())
}

async fn count(world: &World) -> i64 {
    world.number("select count(*) from sessions").await
}

/// A session of this person as the session store holds it.
async fn record(world: &World, id: Id) -> Record {
    sessions(world).load(&id).await.expect("the store answers").expect("the session is there")
}

#[tokio::test]
async fn the_database_holds_a_hash_of_the_id_and_never_the_id() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let session = world.session(acme.owner()).await;
    let id = session.id().expect("saved");
    assert_eq!(world.number(&format!("select count(*) from sessions where id_hash = sha256('\\x{:032x}')", id.0)).await, 1);
    let row = world.text("select to_jsonb(s)::text from sessions s").await;
    for shown in [id.to_string(), format!("{:x}", id.0), id.0.to_string()] {
        assert!(!row.contains(&shown), "{row}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_session_shows_its_person_and_their_tenants_as_they_are_now() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    let session = world.session(acme.person("vi")).await;
    let me = world.read(&session).await.expect("signed in");
    assert_eq!((me.email(), me.memberships().len(), me.is_platform_admin()), ("vi@acme.example", 1, false));
    assert!(me.member(&"globex".parse().expect("a slug")).is_none());
    world.sql("delete from members where role = 'viewer'").await;
    assert_eq!(world.read(&session).await.expect("still signed in").memberships(), []);
    world.finish().await;
}

#[tokio::test]
async fn of_sessions_that_are_read_at_once_everybody_gets_their_own() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for n in 0..12 {
        // One is staff, some are members, each third session is not there.
        let tenant = world.tenant(&format!("tenant-{n}")).await;
        if n == 4 {
            world.sql(&format!("insert into platform_admins (user_id) values ('{}')", tenant.owner())).await;
        }
        ids.push((world.session(tenant.owner()).await.id().expect("saved"), Some(n)));
        if n % 3 == 0 {
            ids.push((Id::default(), None));
        }
    }
    let store = sessions(&world);
    let asked: Vec<_> = ids.iter().cycle().take(200).collect();
    let found = futures_util::future::join_all(asked.iter().map(|(id, _)| store.load(id))).await;
    for ((id, whose), found) in asked.into_iter().zip(found) {
        let found = found.expect("the store answers");
        let snapshot = found.as_ref().map(|record| (record.id, &record.data["snapshot"]));
        let shown = snapshot.map(|(id, snapshot)| {
            (
                id,
                snapshot["email"].clone(),
                snapshot["memberships"][0]["slug"].clone(),
                snapshot["memberships"][1].clone(),
                snapshot["staff"].is_null(),
            )
        });
        let own =
            whose.map(|n| (*id, format!("owner@tenant-{n}.example").into(), format!("tenant-{n}").into(), serde_json::Value::Null, n != 4));
        assert_eq!(shown, own);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_session_is_nobodys_at_another_host() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let id = world.session(acme.owner()).await.id();
    for (host, known) in [("127.0.0.1", true), ("acme.127.0.0.1", false), ("", false)] {
        let session = Session::new(id, Arc::new(sessions(&world)), None);
        let origin = Origin { host: host.to_owned(), address: "192.0.2.1".to_owned() };
        assert_eq!(access::signed_in(&session, &origin).await.expect("the store answers").is_some(), known, "{host}");
    }
    world.finish().await;
}

#[tokio::test]
async fn what_is_read_with_a_session_is_not_saved_with_it() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let session = world.session(acme.owner()).await;
    let loaded = record(&world, session.id().expect("saved")).await;
    assert!(loaded.data.contains_key("snapshot"));
    sessions(&world).save(&loaded).await.expect("saved");
    assert_eq!(world.number("select count(*) from sessions where data ? 'snapshot'").await, 0);
    assert!(world.read(&session).await.is_some());
    world.finish().await;
}

#[tokio::test]
async fn saving_does_not_bring_a_session_back() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let session = world.session(acme.owner()).await;
    let loaded = record(&world, session.id().expect("saved")).await;
    sessions(&world).save(&loaded).await.expect("a live session is saved");
    assert_eq!(count(&world).await, 1);
    sessions(&world).delete(&loaded.id).await.expect("signed out");
    sessions(&world).save(&loaded).await.expect("a request that still ran");
    assert_eq!(count(&world).await, 0);
    assert!(world.read(&session).await.is_none());
    world.finish().await;
}

#[tokio::test]
async fn of_two_hundred_sign_outs_racing_with_saves_none_is_undone() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let mut races = Vec::new();
    for _ in 0..200 {
        let loaded = record(&world, world.session(acme.owner()).await.id().expect("saved")).await;
        let (saver, leaver) = (sessions(&world), sessions(&world));
        let id = loaded.id;
        races.push(tokio::spawn(async move { saver.save(&loaded).await }));
        races.push(tokio::spawn(async move { leaver.delete(&id).await }));
    }
    for race in races {
        race.await.expect("no panic").expect("both are answered");
    }
    assert_eq!(count(&world).await, 0);
    world.finish().await;
}

#[tokio::test]
async fn an_expired_session_is_none_and_is_swept() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    let (old, fresh) = (world.session(acme.owner()).await, world.session(acme.person("vi")).await);
    world.sql(&format!("update sessions set expires_at = now() where user_id = '{}'", acme.owner())).await;
    assert!(world.read(&old).await.is_none());
    assert!(world.read(&fresh).await.is_some());
    assert_eq!(world.store.sweep().await.expect("swept"), 1);
    assert_eq!(count(&world).await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_disabled_persons_session_is_none() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let session = world.session(acme.owner()).await;
    assert!(world.read(&session).await.is_some());
    world.sql("update users set disabled_at = now()").await;
    assert!(world.read(&session).await.is_none());
    world.finish().await;
}

#[tokio::test]
async fn a_person_ends_their_own_sessions_only() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("vi", Role::Viewer).await;
    let (mine, other, theirs) =
        (world.session(acme.owner()).await, world.session(acme.owner()).await, world.session(acme.person("vi")).await);
    let (me, vi) = (world.read(&mine).await.expect("signed in"), world.read(&theirs).await.expect("signed in"));
    let mut tx = world.store.public().await.expect("open");
    assert_eq!(tx.list_sessions(&me).await.expect("listed").len(), 2);
    assert!(tx.revoke_session(&me, vi.session()).await.is_err(), "somebody else's");
    assert_eq!(tx.revoke_other_sessions(&me).await.expect("revoked"), 1);
    tx.commit().await.expect("committed");
    assert!(world.read(&mine).await.is_some() && world.read(&other).await.is_none() && world.read(&theirs).await.is_some());
    world.finish().await;
}
