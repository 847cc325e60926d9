//! Conversations in the store.

use tenantry::domain::capability::{ManageAgents, ViewTenant};
use tenantry::domain::ids::{AgentId, ThreadId};
use tenantry::domain::role::Role;
use tenantry::domain::thread::Speaker;
use tenantry::store::{Constraint, Result, StoreError};

use super::allow;
use crate::world::World;
use crate::world::people::Tenant;

async fn open(tenant: &Tenant) -> ThreadId {
    let mut tx = tenant.open::<ManageAgents>("owner").await.expect("may");
    let thread = tx.create_thread(&"Hello".parse().expect("a title"), None).await.expect("made");
    tx.commit().await.expect("committed");
    thread.id
}

async fn post(tenant: &Tenant, thread: ThreadId, text: &str) -> Result<i64> {
    let mut tx = tenant.open::<ManageAgents>("owner").await?;
    let message = tx.post_message(thread, Speaker::User, &text.parse().expect("content")).await?;
    tx.commit().await?;
    Ok(message.number)
}

#[tokio::test]
async fn messages_stand_in_their_order_and_are_counted_in_the_same_transaction() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let thread = open(&acme).await;
    for n in 1..=5 {
        assert_eq!(post(&acme, thread, &format!("message {n}")).await.expect("posted"), n);
    }
    let mut taken_back = acme.open::<ManageAgents>("owner").await.expect("may");
    taken_back.post_message(thread, Speaker::Tool, &"never".parse().expect("content")).await.expect("posted");
    drop(taken_back);
    let mut tx = acme.open::<ViewTenant>("owner").await.expect("may");
    let first = tx.list_messages(thread, 0, 3).await.expect("a page");
    assert_eq!(first.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3]);
    let rest = tx.list_messages(thread, first.next.expect("more").parse().expect("a number"), 3).await.expect("a page");
    assert_eq!(rest.rows.iter().map(|row| row.content.as_str()).collect::<Vec<_>>(), ["message 4", "message 5"]);
    assert_eq!((rest.next, tx.get_space("messages", 1).await.expect("a level").used), (None, 5));
    tx.commit().await.expect("read");
    world.finish().await;
}

#[tokio::test]
async fn the_last_message_of_the_month_is_sent_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).await;
    let (thread, other) = (open(&acme).await, open(&acme).await);
    allow(&acme, "messages", Some(1)).await;
    let member = acme.member("mel").await;
    let racers: Vec<_> = (0..8)
        .map(|n: usize| {
            let (store, member) = (world.store.clone(), member.clone());
            let thread = if n.is_multiple_of(2) { thread } else { other };
            tokio::spawn(async move {
                let mut tx = store.tenant::<ManageAgents>(&member).await?;
                tx.post_message(thread, Speaker::Assistant, &"me".parse().expect("content")).await?;
                tx.commit().await
            })
        })
        .collect();
    let mut sent = 0;
    for racer in racers {
        match racer.await.expect("no panic") {
            Ok(()) => sent += 1,
            Err(StoreError::AtLimit(limit)) => assert_eq!(limit.to_string(), "Max 1 message a month allowed. Upgrade your plan."),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((sent, acme.count("messages").await), (1, 1));
    world.finish().await;
}

#[tokio::test]
async fn conversations_and_agents_of_others_are_not_there() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let theirs = open(&globex).await;
    world.sql(&format!("insert into agents (tenant_id, name, model) values ('{}', 'Theirs', 'large')", globex.id)).await;
    let their_agent = world.text("select id::text from agents").await.parse().expect("an id");
    for thread in [theirs, ThreadId(uuid::Uuid::from_u128(42))] {
        assert!(matches!(post(&acme, thread, "hi").await, Err(StoreError::NotFound)));
        let mut tx = acme.open::<ViewTenant>("owner").await.expect("may");
        assert!(matches!(tx.list_messages(thread, 0, 10).await, Err(StoreError::NotFound)));
        assert_eq!(tx.list_threads(None, 10).await.expect("a page").rows, []);
        tx.commit().await.expect("read");
    }
    for agent in [AgentId(their_agent), AgentId(uuid::Uuid::from_u128(42))] {
        let mut tx = acme.open::<ManageAgents>("owner").await.expect("may");
        let refused = tx.create_thread(&"Hello".parse().expect("a title"), Some(agent)).await;
        assert!(matches!(refused, Err(StoreError::Conflict(Constraint::ThreadAgent))), "{refused:?}");
    }
    assert_eq!(globex.count("messages").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_conversation_outlives_its_agent() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    world.sql(&format!("insert into agents (tenant_id, name, model) values ('{}', 'Helper', 'large')", acme.id)).await;
    let agent = AgentId(world.text("select id::text from agents").await.parse().expect("an id"));
    let mut tx = acme.open::<ManageAgents>("owner").await.expect("may");
    let thread = tx.create_thread(&"Hello".parse().expect("a title"), Some(agent)).await.expect("made");
    tx.post_message(thread.id, Speaker::User, &"hi".parse().expect("content")).await.expect("posted");
    tx.delete_agent(agent).await.expect("deleted");
    let kept = tx.list_threads(None, 10).await.expect("a page").rows;
    tx.commit().await.expect("committed");
    assert_eq!((kept[0].id, kept[0].agent, kept[0].messages), (thread.id, None, 1));
    world.finish().await;
}
