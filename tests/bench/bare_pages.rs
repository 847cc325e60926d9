//! Bare handlers for pages of the portal: the rows that the page reads, those of session and member among them, by the page's own statements in
//! one transaction of its tenant, and written out by hand. Of forms those fields are there that hold what was read. Here are the pages for every day; `bare_access.rs` has
//! those about who and what gets in, `bare_settings.rs` those of an owner.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Postgres, Row as _};
use tenantry::domain::money::Usd;
use tenantry::domain::quantity::{Unit, count, short};
use tenantry::domain::quota::percent;
use tenantry::domain::usage::Span;

use super::baseline::{Answer, Bare, HISTORY_DAYS, LEVELS, bar, escape, failed, page, whole};

const AGENTS: &str = include_str!("../../src/store/agents.sql");
const BILLING_MONTH: &str = include_str!("../../src/store/billing_month.sql");
const DOCUMENTS: &str = include_str!("../../src/store/documents.sql");
const INVOICES: &str = include_str!("../../src/store/invoices.sql");
const PLAN_BOARD: &str = include_str!("../../src/store/plan_board.sql");
const REFUSALS: &str = include_str!("../../src/store/refusals.sql");
const ROOM: &str = include_str!("../../src/store/room.sql");
const TEAM_INVITES: &str = include_str!("../../src/store/team_invites.sql");
const TEAM_MEMBERS: &str = include_str!("../../src/store/team_members.sql");
const USAGE_REPORT: &str = include_str!("../../src/store/usage_report.sql");

pub fn routes() -> Router<Arc<Bare>> {
    Router::new()
        .route("/agents", get(agents))
        .route("/billing", get(billing))
        .route("/knowledge", get(knowledge))
        .route("/plan", get(plan))
        .route("/team", get(team))
        .route("/usage", get(usage))
}

/// Who looks, where, and as what: the rows that every page of the portal reads, whatever it shows.
pub struct Frame {
    person: PgRow,
    tenant: PgRow,
}

impl Frame {
    /// A page with them above.
    pub fn page(&self, title: &str, body: &str) -> String {
        let (name, email, role): (&str, &str, &str) = (self.person.get("name"), self.person.get("email"), self.tenant.get("role"));
        let (tenant, accent): (&str, &str) = (self.tenant.get("name"), self.tenant.get("accent"));
        let who = format!("<p>{}: {} {}, {role}</p>", escape(tenant), escape(name), escape(email));
        page(title, &format!("<header style=\"color: {}\">{who}</header>{body}", escape(accent)))
    }
}

/// A transaction of the tenant, in which the session and the member have been read.
pub async fn begin(bare: &Bare) -> Result<(PoolConnection<Postgres>, Frame), sqlx::Error> {
    let mut conn = bare.app.acquire().await?;
    let begin = format!("begin; set local app.tenant_id = '{}'; select * from member_head('{}')", bare.acme, bare.owner);
    let tenant = sqlx::raw_sql(AssertSqlSafe(begin)).fetch_one(&mut *conn).await?;
    let person = sqlx::query("select * from sessions_load($1)").bind([&bare.session]).fetch_one(&mut *conn).await?;
    Ok((conn, Frame { person, tenant }))
}

pub async fn commit(mut conn: PoolConnection<Postgres>) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("commit").execute(&mut *conn).await.map(drop)
}

/// A row of a table.
pub fn row(body: &mut String, cells: &[&str]) {
    body.push_str("<tr>");
    for cell in cells {
        // Writing to a String cannot fail, here and below.
        let _ = write!(body, "<td>{}</td>", escape(cell));
    }
    body.push_str("</tr>");
}

pub fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y").to_string()
}

pub fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn room_bar(label: &str, row: &PgRow, unit: Unit) -> String {
    let (used, quota): (i64, Option<i64>) = (row.get("used!"), row.get("quota"));
    bar(label, &short(used, unit), &quota.map_or_else(|| "unlimited".to_owned(), |quota| short(quota, unit)), percent(used, quota))
}

async fn agents(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let rows = sqlx::query(AGENTS).bind(None::<String>).bind(51_i64).fetch_all(&mut *conn).await?;
        let room = sqlx::query(ROOM).bind(bare.acme).bind("agents").fetch_one(&mut *conn).await?;
        commit(conn).await?;
        Ok((rows, room, frame))
    };
    let (rows, room, frame) = read.await.map_err(failed)?;
    let mut body = room_bar("Agents", &room, Unit::Count);
    body.push_str("<table><tr><th>Agent</th><th>Model</th><th>Department</th><th>Cost centre</th><th>State</th><th>Made</th></tr>");
    for agent in rows.iter().take(50) {
        let state = if agent.get::<bool, _>("active") { "Active" } else { "Not active" };
        let optional = |name: &str| agent.get::<Option<&str>, _>(name).unwrap_or_default().to_owned();
        let (department, centre, made) = (optional("department"), optional("cost_center"), day(agent.get("created_at")));
        row(&mut body, &[agent.get("name"), agent.get("model"), &department, &centre, state, &made]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("Agents", &body)))
}

async fn knowledge(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let documents = sqlx::query(DOCUMENTS).bind(None::<uuid::Uuid>).bind(51_i64).fetch_all(&mut *conn).await?;
        let room = sqlx::query(ROOM).bind(bare.acme).bind("storage").fetch_one(&mut *conn).await?;
        commit(conn).await?;
        Ok((documents, room, frame))
    };
    let (documents, room, frame) = read.await.map_err(failed)?;
    let mut body = room_bar("Storage", &room, Unit::Bytes);
    body.push_str("<table><tr><th>Document</th><th>Type</th><th>Size</th><th>By</th><th>When</th></tr>");
    for document in documents.iter().take(50) {
        let name: &str = document.get("name");
        let kind = name.rsplit_once('.').map_or_else(|| "File".to_owned(), |(_, end)| end.to_ascii_uppercase());
        let size = short(document.get("size_bytes"), Unit::Bytes);
        row(&mut body, &[name, &kind, &size, document.get("created_by"), &day(document.get("created_at"))]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("Knowledge", &body)))
}

async fn team(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let members = sqlx::query(TEAM_MEMBERS)
            .bind("")
            .bind(None::<String>)
            .bind(None::<i32>)
            .bind(None::<String>)
            .bind(None::<uuid::Uuid>)
            .bind(51_i64)
            .bind(bare.acme)
            .fetch_all(&mut *conn)
            .await?;
        let invites = sqlx::query(TEAM_INVITES)
            .bind("")
            .bind(None::<String>)
            .bind(None::<uuid::Uuid>)
            .bind(51_i64)
            .bind(bare.acme)
            .fetch_all(&mut *conn)
            .await?;
        let room = sqlx::query(ROOM).bind(bare.acme).bind("members").fetch_one(&mut *conn).await?;
        commit(conn).await?;
        Ok((members, invites, room, frame))
    };
    let (members, invites, room, frame) = read.await.map_err(failed)?;
    let mut body = room_bar("Members and open invites", &room, Unit::Count);
    body.push_str("<table><tr><th>Member</th><th>E-mail</th><th>Role</th><th>Joined</th><th>Last active</th></tr>");
    for member in members.iter().take(50) {
        let seen = member.get::<Option<DateTime<Utc>>, _>("last_active_at").map(day).unwrap_or_default();
        row(&mut body, &[member.get("name"), member.get("email"), member.get("role"), &day(member.get("joined_at")), &seen]);
    }
    body.push_str("</table><table><tr><th>E-mail</th><th>Role</th><th>By</th><th>Until</th></tr>");
    for invite in invites.iter().take(50) {
        row(&mut body, &[invite.get("email"), invite.get("role"), invite.get("invited_by"), &day(invite.get("expires_at"))]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("Team", &body)))
}

/// A text of a document.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn unit(text: &str) -> Unit {
    if text == "bytes" { Unit::Bytes } else { Unit::Count }
}

fn dollars(text: &str) -> String {
    Usd(text.parse().unwrap_or_default()).short()
}

async fn plan(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let board = sqlx::query(PLAN_BOARD).bind(bare.acme).fetch_one(&mut *conn).await?;
        commit(conn).await?;
        Ok((board, frame))
    };
    let (board, frame) = read.await.map_err(failed)?;
    let (offers, own): (Value, Value) = (board.get("offers!: Json<Vec<Offer>>"), board.get("own!: Json<Vec<OwnRow>>"));
    let mut body = format!("<p>{} a month</p>", Usd(board.get("price!")).short());
    for offer in offers.as_array().into_iter().flatten() {
        let _ = write!(body, "<section><h2>{}</h2><p>{} a month</p><dl>", escape(text(offer, "name")), dollars(text(offer, "price")));
        for meter in own.as_array().into_iter().flatten() {
            let quotas = offer["quotas"].as_array().into_iter().flatten();
            let quota = quotas.filter(|pair| pair[0] == meter["meter"]).find_map(|pair| pair[1].as_i64());
            let (unit, used) = (unit(text(meter, "unit")), meter["used"].as_i64().unwrap_or(0));
            let limit = quota.map_or_else(|| "unlimited".to_owned(), |quota| short(quota, unit));
            let share = percent(used, quota).unwrap_or(0);
            let _ = write!(body, "<dt>{}</dt><dd>{limit}</dd><dd>{}, {share} %</dd>", escape(text(meter, "label")), short(used, unit));
        }
        body.push_str("</dl><ul>");
        for feature in offer["features"].as_array().into_iter().flatten() {
            let _ = write!(body, "<li>{}</li>", escape(feature.as_str().unwrap_or_default()));
        }
        body.push_str("</ul></section>");
    }
    Ok(Html(frame.page("Plan", &body)))
}

async fn billing(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let board = sqlx::query(PLAN_BOARD).bind(bare.acme).fetch_one(&mut *conn).await?;
        let first = Span::month(board.get("today!"), board.get("today!")).from;
        let next = first + chrono::Months::new(1);
        let none: &[uuid::Uuid] = &[];
        let month = sqlx::query(BILLING_MONTH).bind(bare.acme).bind(first).bind(next).bind(none).fetch_one(&mut *conn).await?;
        let invoices = sqlx::query(INVOICES).bind(bare.acme).bind(120_i64).fetch_all(&mut *conn).await?;
        commit(conn).await?;
        Ok((board, month, invoices, frame))
    };
    let (board, month, invoices, frame) = read.await.map_err(failed)?;
    let spans: Value = month.get("spans!: Json<Vec<SpanRow>>");
    let mut body = format!("<p>{}</p><table><tr><th>From</th><th>Plan</th><th>Price</th></tr>", escape(board.get("billing_email")));
    for span in spans.as_array().into_iter().flatten() {
        row(&mut body, &[text(span, "from"), text(span, "plan"), &dollars(text(span, "price"))]);
    }
    body.push_str("</table><table><tr><th>Number</th><th>For</th><th>Made</th><th>Due</th><th>Total</th></tr>");
    for invoice in &invoices {
        let name = format!("{}-{:04}", invoice.get::<&str, _>("series"), invoice.get::<i32, _>("number"));
        let (month, due): (NaiveDate, NaiveDate) = (invoice.get("period"), invoice.get("due_on"));
        let total = Usd(invoice.get("total_usd")).to_string();
        row(&mut body, &[&name, &month.format("%B %Y").to_string(), &day(invoice.get("issued_at")), &due.to_string(), &total]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("Billing", &body)))
}

async fn usage(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let span = Span::month(bare.today, bare.today);
        let parts: &[&str] = &["model", "agent", "cost_center"];
        let report = sqlx::query(USAGE_REPORT)
            .bind(bare.acme)
            .bind(span.from)
            .bind(span.to)
            .bind(span.before_from)
            .bind(span.before_to)
            .bind(parts)
            .bind(20_i64)
            .fetch_all(&mut *conn)
            .await?;
        let levels = sqlx::query(LEVELS).bind(bare.acme).bind(HISTORY_DAYS).fetch_all(&mut *conn).await?;
        let refusals = sqlx::query(REFUSALS).bind(bare.acme).bind(50_i64).fetch_all(&mut *conn).await?;
        commit(conn).await?;
        Ok((report, levels, refusals, frame))
    };
    let (report, levels, refusals, frame) = read.await.map_err(failed)?;
    let mut body = String::with_capacity(16 * 1024);
    for level in &levels {
        let unit = unit(level.get("unit!"));
        let (used, quota) = (whole(level.get("used!")), level.get::<Option<Decimal>, _>("quota").map(whole));
        let shown = quota.map_or_else(|| "unlimited".to_owned(), |quota| short(quota, unit));
        body.push_str(&bar(level.get("label!"), &short(used, unit), &shown, percent(used, quota)));
    }
    body.push_str("<svg>");
    let most = report.iter().map(|line| line.get::<i64, _>("tokens!")).max().unwrap_or(1).max(1);
    for line in &report {
        let _ = write!(body, "<rect height=\"{}%\"/>", i128::from(line.get::<i64, _>("tokens!")) * 100 / i128::from(most));
    }
    body.push_str("</svg><table><tr><th>What</th><th>Amount</th><th>Before</th><th>Tokens</th><th>Cost</th><th>Before</th></tr>");
    for line in &report {
        let name = match line.get::<Option<NaiveDate>, _>("day") {
            Some(day) => day.to_string(),
            None => line.get::<&str, _>("name!").to_owned(),
        };
        let amount = |column: &str| line.get::<Option<i64>, _>(column).map(count).unwrap_or_default();
        let (now, before, tokens) = (amount("amount"), amount("before"), count(line.get("tokens!")));
        let (cost, cost_before) = (Usd(line.get("cost!")).to_string(), Usd(line.get("cost_before!")).to_string());
        row(&mut body, &[&name, &now, &before, &tokens, &cost, &cost_before]);
    }
    body.push_str("</table><table><tr><th>Refused</th><th>At</th><th>Calls</th></tr>");
    for refusal in &refusals {
        row(&mut body, &[refusal.get("label!"), &day(refusal.get("at")), &count(refusal.get("times"))]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("Usage", &body)))
}
