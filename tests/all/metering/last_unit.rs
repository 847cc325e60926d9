//! Two servers, one unit left, two hundred who want it.

use std::sync::Arc;

use tenantry::store::Store;
use tenantry::store::metering::{Consumed, Hold, Reserved};
use tokio::sync::Barrier;

use super::{Key, amount};
use crate::world::World;

const TASKS: usize = 200;

/// All at once, half of them on each server; how many got the unit.
async fn fight(stores: &[Store; 2], key: &Key, reserving: bool) -> usize {
    let start = Arc::new(Barrier::new(TASKS));
    let tasks: Vec<_> = (0..TASKS)
        .map(|n| {
            let (store, key, start) = (stores[n % 2].clone(), key.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                if reserving && n % 10 == 0 {
                    let hold =
                        Hold { key_hash: key.hash, meter: "messages".to_owned(), amount: amount(1), seconds: 600, idempotency: None };
                    return matches!(store.reserve(&hold).await.expect("the database is there"), Reserved::Held { .. });
                }
                match store.consume(key.ask("messages", 1)).await.expect("the database is there") {
                    Consumed::Allowed(_) => true,
                    Consumed::Refused(_) => false,
                    other => panic!("{other:?}"),
                }
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.expect("no panic"));
    }
    won
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_on_two_servers_exactly_one_gets_the_last_unit_a_hundred_times() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    let stores = [world.store.clone(), world.another_store(8, 2)];
    for round in 1..=100 {
        acme.limit("messages", round).await;
        assert_eq!(fight(&stores, &key, false).await, 1, "round {round}");
    }
    assert_eq!(acme.counted("used", "messages").await, 100);
    stores[1].close().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reserves_fights_for_the_same_unit() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    let stores = [world.store.clone(), world.another_store(8, 2)];
    for round in 1..=20 {
        acme.limit("messages", round).await;
        assert_eq!(fight(&stores, &key, true).await, 1, "round {round}");
    }
    assert_eq!(acme.counted("used + reserved", "messages").await, 20);
    stores[1].close().await;
    world.finish().await;
}
