//! What the speed is compared with: axum, sqlx and `format!` on the same database with the same logins, pool sizes and statements;
//! no rights, no components. Text is escaped and figures are formatted as in the product.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};
use tenantry::cli::connect::{Connected, Purpose, connect};
use tenantry::domain::money::Usd;
use tenantry::domain::quantity::{Unit, count, short};
use tenantry::domain::quota::percent;
use uuid::Uuid;

use super::server::Folder;

const DASHBOARD: &str = include_str!("../../src/store/dashboard.sql");
pub const LEVELS: &str = include_str!("../../src/store/levels.sql");
/// Full days that a forecast looks at.
pub const HISTORY_DAYS: i32 = 8;
const ACTIVITY: &str = "
select e.at, coalesce(u.name, e.actor) as actor, e.action, e.target
from audit_events e
left join users u on u.id = e.actor_id
where e.tenant_id = $1
order by e.seq desc
limit $2";
const LIST: &str = "
select s.slug, s.name, p.name as plan, s.status, s.trial_ends_at, s.agents, s.agents_quota, s.tokens, s.tokens_quota, s.cost_usd, s.owner_email
from tenant_summaries s
join plans p on p.id = s.plan_id
where s.status <> 'deleted'
order by s.name_sort, s.tenant_id
limit 51";

pub struct Bare {
    pub app: PgPool,
    platform: PgPool,
    pub acme: Uuid,
    /// Who looks at Acme's pages, and the hash of their session's id.
    pub owner: Uuid,
    pub session: Vec<u8>,
    pub today: NaiveDate,
}

pub type Answer = Result<Html<String>, StatusCode>;

pub fn failed(error: sqlx::Error) -> StatusCode {
    eprintln!("baseline: {error}");
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn row(State(bare): State<Arc<Bare>>) -> Answer {
    let row =
        sqlx::query("select name, slug from tenants where id = $1").bind(bare.acme).fetch_one(&bare.platform).await.map_err(failed)?;
    Ok(Html(format!("<!DOCTYPE html><p>{} ({})</p>", escape(row.get(0)), escape(row.get(1)))))
}

async fn dashboard(State(bare): State<Arc<Bare>>) -> Answer {
    let mut conn = bare.app.acquire().await.map_err(failed)?;
    let begin = format!("begin; set local app.tenant_id = '{}'", bare.acme);
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *conn).await.map_err(failed)?;
    let figures = sqlx::query(DASHBOARD).bind(bare.acme).fetch_one(&mut *conn).await.map_err(failed)?;
    let levels = sqlx::query(LEVELS).bind(bare.acme).bind(HISTORY_DAYS).fetch_all(&mut *conn).await.map_err(failed)?;
    let activity = sqlx::query(ACTIVITY).bind(bare.acme).bind(6_i64).fetch_all(&mut *conn).await.map_err(failed)?;
    sqlx::raw_sql("commit").execute(&mut *conn).await.map_err(failed)?;
    drop(conn);
    Ok(Html(dashboard_html(&figures, &levels, &activity)))
}

async fn list(State(bare): State<Arc<Bare>>) -> Answer {
    let rows = sqlx::query(LIST).fetch_all(&bare.platform).await.map_err(failed)?;
    Ok(Html(list_html(&rows[..rows.len().min(50)])))
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
}

pub fn bar(label: &str, used: &str, limit: &str, percent: Option<i64>) -> String {
    let percent = percent.unwrap_or(0);
    format!(
        "<p><b>{label}</b> <span>{used} of {limit}, {percent} %</span></p><svg class=\"bar\"><rect width=\"{percent}%\" height=\"100%\"/></svg>"
    )
}

pub fn whole(n: Decimal) -> i64 {
    n.trunc().to_i64().unwrap_or(i64::MAX)
}

// Writing to a String cannot fail, here and below.
fn dashboard_html(row: &PgRow, levels: &[PgRow], activity: &[PgRow]) -> String {
    let usd = |column: &str| Usd(row.get::<Decimal, _>(column));
    let n = |column: &str| row.get::<i64, _>(column);
    let budget = levels.iter().find(|level| level.get::<&str, _>("meter!") == "budget");
    let (cost, most) = budget.map(|level| (level.get::<Decimal, _>("used!"), level.get::<Option<Decimal>, _>("quota"))).unwrap_or_default();
    let mut body = String::with_capacity(8 * 1024);
    for (label, value, more) in [
        ("Plan", escape(row.get("plan")), usd("price!").to_string()),
        ("Cost this month", Usd(cost).to_string(), most.map(Usd).unwrap_or_default().to_string()),
        ("Messages, 30 days", count(n("messages!")), count(n("messages_before!"))),
        ("Members", count(n("members!")), format!("{} admins, {} invites", n("admins!"), n("open_invites!"))),
    ] {
        let _ = write!(body, "<div class=\"card stat\"><small>{label}</small><b>{value}</b><em>{more}</em></div>");
    }
    for level in levels {
        let unit = match level.get("unit!") {
            "count" => Unit::Count,
            "bytes" => Unit::Bytes,
            _ => continue,
        };
        let (used, quota) = (whole(level.get("used!")), level.get::<Option<Decimal>, _>("quota").map(whole));
        let shown = quota.map_or_else(|| "unlimited".to_owned(), |quota| short(quota, unit));
        if let "agents" | "tokens" | "storage" = level.get("meter!") {
            body.push_str(&bar(level.get("label!"), &short(used, unit), &shown, percent(used, quota)));
        }
    }
    for event in activity {
        let (at, actor): (DateTime<Utc>, &str) = (event.get("at"), event.get("actor"));
        let (action, target): (&str, &str) = (event.get("action"), event.get("target"));
        let _ =
            write!(body, "<li><time>{}</time> {} {} {}</li>", at.format("%Y-%m-%d %H:%M"), escape(actor), escape(action), escape(target));
    }
    page("Dashboard", &body)
}

fn list_html(rows: &[PgRow]) -> String {
    let mut body = String::with_capacity(32 * 1024);
    body.push_str("<table><tr><th>Tenant</th><th>Plan</th><th>State</th><th>Agents</th><th>Tokens</th><th>Cost</th><th>Owner</th></tr>");
    for row in rows {
        let (slug, name, plan, status): (&str, &str, &str, &str) = (row.get("slug"), row.get("name"), row.get("plan"), row.get("status"));
        let trial =
            row.get::<Option<DateTime<Utc>>, _>("trial_ends_at").map(|end| end.format(" until %Y-%m-%d").to_string()).unwrap_or_default();
        let agents_quota = row.get::<Option<i64>, _>("agents_quota").map(|quota| format!(" of {}", count(quota))).unwrap_or_default();
        let _ = write!(
            body,
            "<tr><td><a href=\"/admin/tenants/{slug}\">{}</a> <span>{slug}</span></td><td>{}</td><td>{status}{trial}</td><td>{}{agents_quota}</td>\
             <td><svg class=\"spark\"><rect width=\"{}%\" height=\"100%\"/></svg></td><td>{}</td><td>{}</td></tr>",
            escape(name),
            escape(plan),
            count(row.get("agents")),
            percent(row.get("tokens"), row.get("tokens_quota")).unwrap_or(0),
            Usd(row.get("cost_usd")),
            escape(row.get("owner_email")),
        );
    }
    body.push_str("</table>");
    page("Tenants", &body)
}

/// The baseline, serving.
pub struct Baseline {
    base: String,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    connected: Connected,
}

impl Baseline {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<String> {
        Ok(reqwest::get(self.url(path)).await?.error_for_status()?.text().await?)
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        self.serving.abort();
        self.connected.stop().await
    }
}

pub fn pool(login: &PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .test_before_acquire(false)
        // As in the product.
        .connect_lazy_with(login.clone().options([("jit", "off")]).disable_statement_logging())
}

/// Serves from the database of the server that runs in this data folder.
pub async fn start(folder: &Folder, data: &str) -> anyhow::Result<Baseline> {
    let config = folder.config(data)?;
    let connected = connect(&config, Purpose::Command).await?;
    let (app, platform) =
        (pool(&connected.logins.app, config.connections), pool(&connected.logins.platform, (config.connections / 4).max(4)));
    let (acme, today): (Uuid, NaiveDate) =
        sqlx::query_as("select id, today() from tenants where slug = 'acme'").fetch_one(&platform).await?;
    let mut all = connected.logins.owner.connect().await?;
    let (owner, session): (Uuid, Vec<u8>) =
        sqlx::query_as("select s.user_id, s.id_hash from sessions s join users u on u.id = s.user_id where u.email = 'owner@acme.example' order by s.seen_at desc limit 1").fetch_one(&mut all).await?;
    let router = axum::Router::new()
        .route("/row", get(row))
        .route("/dashboard", get(dashboard))
        .route("/list", get(list))
        .merge(super::bare_pages::routes())
        .merge(super::bare_access::routes())
        .merge(super::bare_settings::routes())
        .with_state(Arc::new(Bare { app, platform, acme, owner, session, today }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    // As the product does; a stream that refuses is as fast as it is.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(Baseline { base, serving: tokio::spawn(async move { axum::serve(listener, router).await }), connected })
}
