//! What makes messages and what consumes them count on one meter: the last unit goes to one of them, and past the quota one rule holds.

use std::sync::Arc;

use tenantry::domain::capability::ManageAgents;
use tenantry::domain::ids::ThreadId;
use tenantry::domain::role::Role;
use tenantry::domain::thread::Speaker;
use tenantry::store::access::Member;
use tenantry::store::metering::{Consumed, Hold, Reserved};
use tenantry::store::{Result, Store, StoreError};
use tokio::sync::Barrier;

use super::{allowed, amount, consume};
use crate::world::{Tenant, World};

async fn thread(tenant: &Tenant) -> ThreadId {
    let mut tx = tenant.open::<ManageAgents>("owner").await.expect("may");
    let thread = tx.create_thread(&"Hello".parse().expect("a title"), None).await.expect("made");
    tx.commit().await.expect("committed");
    thread.id
}

async fn say(store: &Store, member: &Member, thread: ThreadId) -> Result<()> {
    let mut tx = store.tenant::<ManageAgents>(member).await?;
    tx.post_message(thread, Speaker::User, &"hi".parse().expect("content")).await?;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_and_a_program_that_consumes_fight_for_the_last_unit_and_one_gets_it() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).await;
    let (key, member, thread) = (acme.key("one").await, acme.member("mel").await, thread(&acme).await);
    let stores = [world.store.clone(), world.another_store(8, 2)];
    for round in 1..=25 {
        acme.limit("messages", round).await;
        let start = Arc::new(Barrier::new(24));
        let tasks: Vec<_> = (0..24_usize)
            .map(|n| {
                let (store, key, member, start) = (stores[n % 2].clone(), key.clone(), member.clone(), start.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    if n % 4 < 2 {
                        return allowed(&consume(&store, key.ask("messages", 1)).await).is_some();
                    }
                    match say(&store, &member, thread).await {
                        Ok(()) => true,
                        Err(StoreError::AtLimit(_)) => false,
                        Err(other) => panic!("{other}"),
                    }
                })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            won += usize::from(task.await.expect("no panic"));
        }
        assert_eq!(won, 1, "round {round}");
    }
    assert_eq!(acme.counted("used", "messages").await, 25);
    stores[1].close().await;
    world.finish().await;
}

#[tokio::test]
async fn what_is_held_is_no_room_for_a_message_until_its_time_is_over() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, me, thread) = (acme.key("one").await, acme.member("owner").await, thread(&acme).await);
    acme.limit("messages", 3).await;
    let hold = Hold { key_hash: key.hash, meter: "messages".to_owned(), amount: amount(2), seconds: 60, idempotency: None };
    assert!(matches!(world.store.reserve(&hold).await.expect("answered"), Reserved::Held { .. }));
    say(&world.store, &me, thread).await.expect("one is left");
    assert!(matches!(say(&world.store, &me, thread).await, Err(StoreError::AtLimit(_))));
    world.sql("update reservations set expires_at = now()").await;
    say(&world.store, &me, thread).await.expect("free again");
    assert_eq!((acme.counted("used", "messages").await, acme.counted("reserved", "messages").await), (2, 0));
    world.finish().await;
}

#[tokio::test]
async fn messages_draw_from_grants_in_the_order_of_their_expiry() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, me, thread) = (acme.key("one").await, acme.member("owner").await, thread(&acme).await);
    acme.limit("messages", 2).await;
    world
        .sql(&format!(
            "insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at)
             select '{}', 'messages', n, 'a test', 'a test', now() + make_interval(days => days)
             from (values (4, 300), (3, 10), (100, -1)) g (n, days)",
            acme.id
        ))
        .await;
    for _ in 0..6 {
        say(&world.store, &me, thread).await.expect("2 of the plan, 4 of grants");
    }
    assert_eq!(world.texts("select amount || ':' || drawn from quota_grants order by amount").await, ["3:3", "4:1", "100:0"]);
    assert!(matches!(consume(&world.store, key.ask("messages", 4)).await, Consumed::Refused(_)));
    assert!(allowed(&consume(&world.store, key.ask("messages", 3)).await).is_some());
    assert!(matches!(say(&world.store, &me, thread).await, Err(StoreError::AtLimit(_))));
    assert_eq!((acme.counted("used", "messages").await, acme.counted("drawn", "messages").await), (9, 7));
    world.finish().await;
}

#[tokio::test]
async fn past_the_limit_a_plan_bills_messages_or_refuses_them() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (me, thread) = (acme.member("owner").await, thread(&acme).await);
    acme.limit("messages", 1).await;
    for (rule, fits) in [("block", [true, false]), ("degrade", [false, false]), ("overage", [true, true])] {
        world
            .sql(&format!(
                "update plan_entitlements set at_limit = '{rule}', overage_price_usd = 1, overage_per = 1000 where meter = 'messages'"
            ))
            .await;
        for fit in fits {
            let said = say(&world.store, &me, thread).await;
            assert!(said.is_ok() == fit && (fit || matches!(said, Err(StoreError::AtLimit(_)))), "{rule}: {said:?}");
        }
    }
    assert_eq!((acme.counted("used", "messages").await, acme.counted("overage", "messages").await), (3, 2));
    world.sql("update plan_entitlements set at_limit = 'overage', overage_price_usd = 1, overage_per = 1000 where meter = 'agents'").await;
    acme.limit("agents", 0).await;
    let mut tx = acme.open::<ManageAgents>("owner").await.expect("may");
    assert_eq!(tx.find_limit("agents", 1).await.expect("read"), None, "what exists is billed by what exists");
    tx.commit().await.expect("read");
    world.finish().await;
}
