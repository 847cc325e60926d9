//! Usage events a second: batches of 500 through `POST /api/v1/usage`, for one tenant and spread over several.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sqlx::ConnectOptions as _;
use tenantry::cli::connect::{Purpose, connect};

use super::Effort;
use super::report::{Report, Target};
use super::server::{Folder, Server};

const BATCH: u64 = 500;
const CONNECTIONS: usize = 8;
const LEAST_A_SECOND: f64 = 20_000.0;

const TENANTS: [&str; 5] = ["acme", "beta-industries", "gamma-solutions", "techco", "startup"];

pub async fn measure(effort: &Effort, folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    let server = folder.serve("small", &["--demo"])?;
    let keys = plant_keys(folder).await?;
    report.heading("Usage events in batches of 500", ["", "", "", "a second"]);
    for (name, keys) in [("of one tenant", &keys[..1]), ("of five tenants", &keys[..])] {
        drive(&server, keys, effort.warm_up).await?;
        let rate = drive(&server, keys, effort.run).await?;
        report.value(name, rate, "", Target::AtLeast(LEAST_A_SECOND));
    }
    Ok(())
}

/// A key for every tenant.
async fn plant_keys(folder: &Folder) -> anyhow::Result<Vec<String>> {
    let connected = connect(&folder.config("small")?, Purpose::Command).await?;
    let mut conn = connected.logins.app.connect().await?;
    let mut platform = connected.logins.platform.connect().await?;
    let mut keys = Vec::new();
    for slug in TENANTS {
        let tenant: uuid::Uuid = sqlx::query_scalar("select id from tenants where slug = $1").bind(slug).fetch_one(&mut platform).await?;
        let key = format!("tk_{:-<43}", format!("bench-{slug}"));
        sqlx::query("select set_config('app.tenant_id', $1, false)").bind(tenant.to_string()).execute(&mut conn).await?;
        sqlx::query(
            "insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by)
             values ($1, 'bench', left($2, 11), sha256(convert_to($2, 'UTF8')), '{usage}', 'bench')",
        )
        .bind(tenant)
        .bind(&key)
        .execute(&mut conn)
        .await?;
        keys.push(key);
    }
    connected.stop().await?;
    Ok(keys)
}

/// Events a second, over so many connections that are kept open.
async fn drive(server: &Server, keys: &[String], run: Duration) -> anyhow::Result<f64> {
    let counted = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let senders: Vec<_> = (0..CONNECTIONS)
        .map(|nth| {
            let (counted, key, url) = (counted.clone(), keys[nth % keys.len()].clone(), format!("{}/api/v1/usage", server.base));
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                while started.elapsed() < run {
                    let answer =
                        client.post(&url).bearer_auth(&key).header("content-type", "application/json").body(batch()).send().await?;
                    let (status, text) = (answer.status(), answer.text().await?);
                    ensure!(status == 202, "{status}: {text}");
                    counted.fetch_add(BATCH, Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for sender in senders {
        sender.await.context("a sender")??;
    }
    Ok(counted.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}

/// Five hundred events that nobody has sent before, of twenty agents with four models.
fn batch() -> String {
    let mark = uuid::Uuid::new_v4().simple().to_string();
    let events: Vec<String> = (0..BATCH)
        .map(|n| {
            format!(
                r#"{{"meter":"tokens","amount":{},"idempotency_key":"{mark}-{n}","model":"{}","direction":"{}","agent":"Agent {}","cost_center":"CC-{}"}}"#,
                100 + n,
                ["claude-sonnet-4-5", "claude-opus-4-6", "claude-haiku-4-5", "gpt-4o"][usize::try_from(n % 4).unwrap_or(0)],
                if n % 3 == 0 { "output" } else { "input" },
                n % 20,
                n % 5,
            )
        })
        .collect();
    format!("[{}]", events.join(","))
}
