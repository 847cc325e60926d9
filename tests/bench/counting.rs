//! Consume, beside what others would build: one UPDATE a request through axum and sqlx, and Redis behind an HTTP handler, which answers
//! before anything is on the disk (`appendfsync everysec`) or after (`always`). Every call brings a key, a limit and an idempotency key;
//! the baselines read them and use only the key.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use axum::serve::ListenerExt as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tenantry::cli::connect::{Purpose, connect};
use tenantry::store::handle::Logins;
use uuid::Uuid;

use super::baseline::pool;
use super::load::{Load, together, wrk_with};
use super::redis::{Redis, RedisServer};
use super::report::{Report, Target};
use super::server::Folder;
use super::{Effort, load};

/// Who consumes in the spread load.
const TENANTS: usize = 10_000;
const P99_MS: f64 = 15.0;
pub const PATH: &str = "/api/v1/quota/messages/consume";

fn key(tenant: usize) -> String {
    format!("tk_{tenant:043}")
}

/// Each call with an idempotency key of its own, from one tenant or from all in turn.
fn script(tenants: usize, run: &str) -> String {
    format!(
        r#"
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
function init(args)
  n = id * 5003
  keys = {{}}
  for t = 1, {tenants} do keys[t] = string.format("Bearer tk_%043d", t) end
end
function request()
  n = n + 1
  wrk.headers["authorization"] = keys[n % {tenants} + 1]
  return wrk.format("POST", "{PATH}", nil, '{{"amount":1,"idempotency_key":"{run}-' .. id .. '-' .. n .. '"}}')
end
wrk.headers["content-type"] = "application/json"
"#
    )
}

pub async fn measure(effort: &Effort, folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    folder.fill("counting", u32::try_from(TENANTS)? * 5 / 4).await?;
    let server = folder.serve("counting", &[])?;
    let connected = connect(&folder.config("counting")?, Purpose::Command).await?;
    give_keys(&connected.logins, TENANTS).await?;
    let mut owner = connected.logins.owner.clone().disable_statement_logging().connect().await?;
    let table = "create table if not exists bench_counters (key text primary key, used bigint not null, quota bigint not null) with (fillfactor = 50)";
    sqlx::raw_sql(table).execute(&mut owner).await?;
    let rows =
        format!("insert into bench_counters select 'tk_' || lpad(n::text, 43, '0'), 0, 1000000000000 from generate_series(1, {TENANTS}) n");
    sqlx::raw_sql(AssertSqlSafe(rows)).execute(&mut owner).await?;
    sqlx::raw_sql("grant select, update on bench_counters to tenantry_app").execute(&mut owner).await?;
    let update = serve(Counter::Update(pool(&connected.logins.app, 16))).await?;

    let (fast, durable) = (RedisServer::start(folder, "everysec")?, RedisServer::start(folder, "always")?);
    let redis = serve(Counter::Redis(fast.connect().await?)).await?;
    let redis_durable = serve(Counter::Redis(durable.connect().await?)).await?;

    report.heading("Consume, 64 connections", ["requests/s", "p50", "p99", "ratio"]);
    for (name, tenants, least_update) in [("one hot tenant", 1, 5.0), ("10 000 tenants", TENANTS, 2.0)] {
        let bases = [server.base.as_str(), update.as_str(), redis.as_str(), redis_durable.as_str()];
        let loads = in_turns(effort, folder, &bases, tenants).await?;
        let [ours, update, redis, redis_durable] = loads.as_slice() else { unreachable!("as many as asked") };
        report.speed(&format!("(a) one UPDATE, {name}"), update, None);
        report.speed(&format!("(b) Redis, {name}"), redis, None);
        report.speed(&format!("(c) Redis, appendfsync, {name}"), redis_durable, None);
        report.speed(&format!("consume, {name}, to (a)"), ours, Some((update, least_update)));
        report.speed(&format!("consume, {name}, to (b)"), ours, Some((redis, 0.7)));
        report.speed(&format!("consume, {name}, to (c)"), ours, Some((redis_durable, 1.2)));
        report.value(&format!("consume, {name}, p99"), ours.p99.as_secs_f64() * 1_000.0, " ms", Target::AtMost(P99_MS));
    }
    connected.stop().await
}

/// Everybody in turns, so that a machine that slows down slows all.
async fn in_turns(effort: &Effort, folder: &Folder, bases: &[&str], tenants: usize) -> anyhow::Result<Vec<Load>> {
    let mut rounds: Vec<Vec<Load>> = bases.iter().map(|_| Vec::new()).collect();
    let file = folder.data("wrk.lua");
    for round in 0..=load::ROUNDS {
        for (base, loads) in bases.iter().zip(&mut rounds) {
            std::fs::write(&file, script(tenants, &Uuid::new_v4().simple().to_string()))?;
            let run = if round == 0 { effort.warm_up } else { effort.run / 2 };
            let load = wrk_with(run, &format!("{base}{PATH}"), &["-t2", "-c64", "-s", &file.to_string_lossy()]).await?;
            // The first round warms up.
            if round > 0 {
                loads.push(load);
            }
        }
    }
    Ok(rounds.iter().map(|loads| together(loads)).collect())
}

/// A key for each of so many active tenants, which nothing else limits than the quota that is counted.
pub async fn give_keys(logins: &Logins, tenants: usize) -> anyhow::Result<Vec<String>> {
    let (app, platform) = (pool(&logins.app, 1), pool(&logins.platform, 1));
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from tenants where status in ('active', 'trial', 'past_due') order by id limit $1")
        .bind(i64::try_from(tenants)?)
        .fetch_all(&platform)
        .await?;
    ensure!(ids.len() == tenants, "the demo has {} active tenants only", ids.len());
    let overrides = "insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by)
        select t, m, case m when 'messages' then 1000000000000 end, 'bench', 'bench' from unnest($1::uuid[]) t, unnest(array['messages', 'api_rate', 'api_calls']) m
        on conflict on constraint entitlement_overrides_pkey do nothing";
    sqlx::query(overrides).bind(&ids).execute(&platform).await?;
    let mut conn = app.acquire().await?;
    for (n, id) in ids.iter().enumerate() {
        let key = key(n + 1);
        let set = format!("select set_config('app.tenant_id', '{id}', false)");
        sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *conn).await?;
        sqlx::query(
            "insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by) values ($1, 'bench', $2, $3, '{usage}', 'bench')",
        )
        .bind(id)
        .bind(&key[..11])
        .bind(Sha256::digest(key.as_bytes()).as_slice())
        .execute(&mut *conn)
        .await?;
    }
    drop(conn);
    app.close().await;
    platform.close().await;
    Ok((1..=tenants).map(key).collect())
}

enum Counter {
    Update(PgPool),
    Redis(Redis),
}

#[derive(Deserialize)]
struct Ask {
    amount: i64,
    idempotency_key: String,
}

async fn count(State(counter): State<Arc<Counter>>, headers: HeaderMap, body: Bytes) -> Result<String, StatusCode> {
    let ask: Ask = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let key = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let key = key.filter(|_| !ask.idempotency_key.is_empty()).ok_or(StatusCode::UNAUTHORIZED)?;
    let used = match &*counter {
        Counter::Update(pool) => {
            let update = "update bench_counters set used = used + $2 where key = $1 and used + $2 <= quota returning used";
            sqlx::query_scalar::<_, i64>(update).bind(key).bind(ask.amount).fetch_one(pool).await.map_err(|_| StatusCode::BAD_GATEWAY)?
        }
        Counter::Redis(redis) => redis.add(key, ask.amount).await.ok_or(StatusCode::BAD_GATEWAY)?,
    };
    Ok(format!("{{\"allowed\":true,\"used\":{used},\"limit\":1000000000000}}"))
}

/// Serves a baseline; returns its address.
async fn serve(counter: Counter) -> anyhow::Result<String> {
    let router = Router::new().route("/api/v1/quota/{meter}/consume", post(count)).with_state(Arc::new(counter));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.context("a free port")?;
    let base = format!("http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    // Ends with the process.
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(base)
}
