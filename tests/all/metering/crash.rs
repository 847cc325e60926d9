//! A real server process under load, killed: acknowledged <= counted <= acknowledged + in flight, and who asks again is answered.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::Key;
use crate::world::World;
use crate::world::cluster::{APP, PLATFORM};

/// How often it is killed; `TENANTRY_TEST_KILLS` sets another number.
const KILLS: u64 = 5;
const CLIENTS: u64 = 16;

/// `tenantry serve` on this world's database.
pub(super) struct Process {
    pub child: Child,
    pub base: String,
    folder: PathBuf,
}

impl Process {
    pub async fn start(world: &World) -> Process {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port();
        let socket = world.cluster.socket();
        let address = |login: &str| {
            format!("postgres://{login}@localhost:5432/{}?host={}", world.database, socket.parent().expect("a folder").display())
        };
        let folder = std::env::temp_dir().join(format!("tenantry-killed-{}-{port}", std::process::id()));
        std::fs::create_dir(&folder).expect("a new folder");
        let child = Command::new(env!("CARGO_BIN_EXE_tenantry"))
            .arg("serve")
            .current_dir(&folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("DATABASE_URL", address(APP))
            .env("TENANTRY_PLATFORM_DATABASE_URL", address(PLATFORM))
            .env("TENANTRY_DATA_DIR", &folder)
            .env("TENANTRY_SECRET_KEY", "a key for tests, as long as it must be")
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let process = Process { child, base: format!("http://127.0.0.1:{port}"), folder };
        let ready = async {
            while !reqwest::get(format!("{}/readyz", process.base)).await.is_ok_and(|reply| reply.status() == 200) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ready).await.expect("the server is ready");
        process
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL; also when a test fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The `used` of the answer; `None` when none came.
async fn consume(client: &reqwest::Client, base: &str, key: &Key, name: &str) -> Option<u64> {
    let call = client
        .post(format!("{base}/api/v1/quota/tokens/consume"))
        .bearer_auth(&key.text)
        .header("content-type", "application/json")
        .body(format!("{{\"amount\":1,\"idempotency_key\":\"{name}\"}}"));
    let reply = call.send().await.ok()?;
    let status = reply.status();
    let body: serde_json::Value = reply.json().await.ok()?;
    assert!(status == 200 || status == 503, "{status}: {body}");
    body["used"].as_u64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_reports_the_calls_that_it_let_in() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    let mut server = Process::start(&world).await;
    let client = reqwest::Client::new();
    for _ in 0..10 {
        let call = client.get(format!("{}/api/v1/features/webhooks", server.base)).bearer_auth(&key.text);
        assert_eq!(call.send().await.expect("answered").status(), 200);
    }
    drop(client);
    let told = Command::new("kill").arg(server.child.id().to_string()).status().expect("kill runs");
    assert!(told.success());
    let ended = tokio::task::spawn_blocking(move || server.child.wait().expect("it ends")).await.expect("no panic");
    assert!(ended.success(), "{ended}");
    assert_eq!((acme.counted("used", "api_calls").await, acme.counted("reserved", "api_calls").await), (10, 0));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_nothing_that_it_acknowledged_and_counts_nothing_twice() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    let kills = std::env::var("TENANTRY_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut done = 0;
    for round in 0..kills {
        let server = Process::start(&world).await;
        let (stop, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (base, key, stop, next) = (server.base.clone(), key.clone(), stop.clone(), next.clone());
                tokio::spawn(async move {
                    let client = reqwest::Client::new();
                    let (mut acknowledged, mut open) = (Vec::new(), Vec::new());
                    while !stop.load(Ordering::Relaxed) {
                        let name = format!("{round}-{}", next.fetch_add(1, Ordering::Relaxed));
                        match consume(&client, &base, &key, &name).await {
                            Some(used) => acknowledged.push((name, used)),
                            None => {
                                open.push(name);
                                break;
                            }
                        }
                    }
                    (acknowledged, open)
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(150 + 40 * (round % 5))).await;
        drop(server);
        stop.store(true, Ordering::Relaxed);
        let (mut acknowledged, mut open) = (Vec::new(), Vec::new());
        for client in clients {
            let (sure, unsure) = client.await.expect("no panic");
            acknowledged.extend(sure);
            open.extend(unsure);
        }
        // What its last statement does, it does to the end.
        while world
            .number("select count(*) from pg_stat_activity where application_name = 'tenantry writer' and datname = current_database()")
            .await
            > 0
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let counted = u64::try_from(acme.counted("used", "tokens").await).expect("positive") - done;
        let (sure, in_flight) = (acknowledged.len() as u64, open.len() as u64);
        assert!(
            sure <= counted && counted <= sure + in_flight,
            "round {round}: {sure} acknowledged, {counted} counted, {in_flight} in flight"
        );

        let server = Process::start(&world).await;
        let client = reqwest::Client::new();
        for (name, used) in acknowledged.iter().rev().take(50) {
            assert_eq!(consume(&client, &server.base, &key, name).await, Some(*used), "the first answer again");
        }
        for name in &open {
            assert!(consume(&client, &server.base, &key, name).await.is_some(), "{name} is answered");
        }
        println!("kill {}: {sure} acknowledged, {counted} counted, {in_flight} in flight", round + 1);
        done += sure + in_flight;
        assert_eq!(u64::try_from(acme.counted("used", "tokens").await).expect("positive"), done, "round {round}: each once");
    }
    world.finish().await;
}
