//! PostgreSQL stopped and started under load: the server is back within seconds, nothing that it acknowledged is lost, nothing counts twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;

use super::Key;
use crate::world::World;
use crate::world::cluster::Cluster;
use crate::world::http::Server;

const CLIENTS: usize = 8;
/// From when PostgreSQL takes connections again.
const RECOVERY: Duration = Duration::from_secs(5);

/// The `used` of the answer; `None` when the database was away.
async fn consume(server: &Server, key: &Key, name: &str) -> Option<u64> {
    let body = format!("{{\"amount\":1,\"idempotency_key\":\"{name}\"}}");
    let reply = server.browser().ask(Method::POST, "/api/v1/quota/tokens/consume").bearer(&key.text).json(&body).send().await;
    match reply.status {
        200 => serde_json::from_str::<serde_json::Value>(&reply.body).expect("json")["used"].as_u64(),
        503 => {
            assert_eq!(reply.header("retry-after"), "2", "{}", reply.everything());
            None
        }
        other => panic!("{other}: {}", reply.body),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_restarted_under_load_loses_nothing_and_the_server_is_back_at_once() {
    let cluster = Cluster::own();
    let world = World::start_on(cluster).await;
    let acme = world.tenant("acme").await;
    let (key, server) = (acme.key("one").await, world.serve().await);
    let (stop, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (server, key, stop, next) = (server.clone(), key.clone(), stop.clone(), next.clone());
            tokio::spawn(async move {
                let (mut answered, mut away) = (Vec::new(), 0);
                while !stop.load(Ordering::Relaxed) {
                    let name = next.fetch_add(1, Ordering::Relaxed).to_string();
                    // Asked again until it is answered, as a program does.
                    let used = loop {
                        match consume(&server, &key, &name).await {
                            Some(used) => break used,
                            None => away += 1,
                        }
                    };
                    answered.push((name, used));
                }
                (answered, away)
            })
        })
        .collect();
    for (round, how) in ["fast", "immediate", "fast", "immediate"].into_iter().enumerate() {
        // Under way: as many again as there are clients.
        let begun = next.load(Ordering::Relaxed) + 200;
        while next.load(Ordering::Relaxed) < begun {
            tokio::task::yield_now().await;
        }
        tokio::task::spawn_blocking(move || cluster.restart(how)).await.expect("it starts again");
        let ready = Instant::now();
        while consume(&server, &key, &format!("after {round}")).await.is_none() {}
        let took = ready.elapsed();
        println!("{how}: answers again after {took:?}");
        assert!(took < RECOVERY, "{how}: {took:?}");
        assert_eq!(server.browser().get("/readyz").await.status, 200);
    }
    stop.store(true, Ordering::Relaxed);
    let (mut answered, mut away) = (Vec::new(), 0);
    for client in clients {
        let (its, unsure) = client.await.expect("no panic");
        answered.extend(its);
        away += unsure;
    }
    println!("{} acknowledged, {away} times away", answered.len());
    let acknowledged = i64::try_from(answered.len()).expect("few") + 4;
    assert_eq!(acme.counted("used", "tokens").await, acknowledged, "each once, however often it was asked");
    let mut counters: Vec<u64> = answered.iter().map(|(_, used)| *used).collect();
    counters.sort_unstable();
    counters.dedup();
    assert_eq!(counters.len(), answered.len(), "no two were told the same");
    for (name, used) in answered.iter().rev().step_by(answered.len() / 100 + 1) {
        assert_eq!(consume(&server, &key, name).await, Some(*used), "the first answer again");
    }
    world.finish().await;
}
