//! While the database is away each meter's rule holds, and afterwards all is as before.

use std::time::Duration;

use tenantry::store::StoreError;
use tenantry::store::metering::Consumed;

use super::{allowed, consume};
use crate::world::World;
use crate::world::cluster::Cluster;

const CUT: &str = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'tenantry%' and datname = ";

#[tokio::test]
async fn an_open_meter_allows_known_keys_uncounted_and_a_closed_one_refuses() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (known, unknown) = (acme.key("one").await, acme.key("two").await);
    world.sql("update meters set when_away = 'open' where key = 'messages'").await;
    consume(&world.store, known.ask("messages", 1)).await;

    let cluster = Cluster::shared();
    cluster.admin(format!("alter database {} allow_connections false", world.database)).await;
    cluster.admin(format!("{CUT} '{}'", world.database)).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(world.store.consume(known.ask("messages", 1)).await.expect("open"), Consumed::Uncounted);
    for refused in [known.ask("tokens", 1), unknown.ask("messages", 1)] {
        let answer = world.store.consume(refused).await;
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }

    cluster.admin(format!("alter database {} allow_connections true", world.database)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let back = allowed(&consume(&world.store, known.ask("messages", 1)).await).expect("allowed");
    assert_eq!(back.used, 2, "what was allowed meanwhile is not counted");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_under_load_lose_nothing_that_was_acknowledged_and_come_back() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let (store, key) = (world.store.clone(), key.clone());
            tokio::spawn(async move {
                let (mut sure, mut unsure) = (0, 0);
                for turn in 0..60 {
                    let ask = key.named(&format!("{n}-{turn}"), "messages", 1);
                    // Until it is acknowledged: a repetition counts once.
                    while store.consume(ask.clone()).await.is_err() {
                        unsure += 1;
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    sure += 1;
                }
                (sure, unsure)
            })
        })
        .collect();
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        Cluster::shared().admin(format!("{CUT} '{}'", world.database)).await;
    }
    let mut sure = 0;
    for task in tasks {
        sure += tokio::time::timeout(Duration::from_secs(30), task).await.expect("it comes back").expect("no panic").0;
    }
    assert_eq!((sure, acme.counted("used", "messages").await), (960, 960));
    world.finish().await;
}
