//! Bare handlers for the pages about who and what gets in: roles, keys, domains, and the audit log of it.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use tenantry::domain::activity::Activity;
use tenantry::domain::audit_change::{Change, changes};
use tenantry::domain::capability::{MATRIX, Right};
use tenantry::domain::dns_report::{Certificates, Pointing, Proof, Report};
use tenantry::domain::quantity::{count, plural};
use tenantry::domain::role::Role;

use super::bare_pages::{begin, commit, day, minute, row};
use super::baseline::{Answer, Bare, escape, failed};

const AUDIT_HEAD: &str = include_str!("../../src/store/audit_head.sql");
const AUDIT_LOG: &str = include_str!("../../src/store/audit_log.sql");
const DOMAINS: &str = include_str!("../../src/store/domains.sql");
const DOMAINS_IN_PLAN: &str = include_str!("../../src/store/domains_in_plan.sql");
const KEYS: &str = include_str!("../../src/store/keys.sql");
const ROLE_COUNTS: &str = include_str!("../../src/store/role_counts.sql");

/// Where Acme's domains are to lead.
const HOME: &str = "acme.localhost";

pub fn routes() -> Router<Arc<Bare>> {
    Router::new().route("/audit", get(audit)).route("/domains", get(domains)).route("/keys", get(keys)).route("/roles", get(roles))
}

async fn roles(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let counts = sqlx::query(ROLE_COUNTS).fetch_all(&mut *conn).await?;
        commit(conn).await?;
        Ok((counts, frame))
    };
    let (counts, frame) = read.await.map_err(failed)?;
    let mut body = String::from("<table><tr><th>What</th>");
    for role in Role::ALL {
        let people = counts.iter().find(|row| row.get::<&str, _>("role") == role.as_str()).map_or(0, |row| row.get("count!"));
        let _ = write!(body, "<th>{}<small>{}</small></th>", role.label(), plural(people, "person", "people"));
    }
    body.push_str("<th>API keys</th></tr>");
    let mut rights: Vec<&Right> = MATRIX.iter().collect();
    rights.sort_by_key(|right| right.least);
    for right in rights {
        let [viewer, member, admin, owner] = Role::ALL.map(|role| if role >= right.least { "Yes" } else { "No" });
        row(&mut body, &[right.words(), viewer, member, admin, owner, right.scope.map_or("never", |scope| scope.as_str())]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("Roles", &body)))
}

async fn keys(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let keys = sqlx::query(KEYS).bind(bare.acme).fetch_all(&mut *conn).await?;
        commit(conn).await?;
        Ok((keys, frame))
    };
    let (keys, frame) = read.await.map_err(failed)?;
    let mut body = String::from(
        "<table><tr><th>Key</th><th>Begins with</th><th>State</th><th>Scopes</th><th>Calls a minute</th><th>Last use</th><th>End</th></tr>",
    );
    for key in &keys {
        let time = |column: &str| key.get::<Option<DateTime<Utc>>, _>(column);
        let (revoked, expires) = (time("revoked_at"), time("expires_at"));
        let state = match revoked {
            Some(_) => "Revoked",
            None if expires.is_none_or(|end| end.date_naive() >= bare.today) => "Works",
            None => "Expired",
        };
        let scopes = key.get::<Vec<String>, _>("scopes").join(", ");
        let calls = key.get::<Option<i32>, _>("calls_a_minute").map_or_else(|| "plan".to_owned(), |calls| count(calls.into()));
        let used = time("last_used_at").map_or_else(|| "not yet".to_owned(), day);
        let end = revoked.or(expires).map_or_else(|| "no end".to_owned(), minute);
        row(&mut body, &[key.get("name"), key.get("prefix"), state, &scopes, &calls, &used, &end]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("API keys", &body)))
}

async fn domains(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let domains = sqlx::query(DOMAINS).bind(bare.acme).fetch_all(&mut *conn).await?;
        let plan = sqlx::query(DOMAINS_IN_PLAN).bind(bare.acme).fetch_one(&mut *conn).await?;
        commit(conn).await?;
        Ok((domains, plan, frame))
    };
    let (domains, plan, frame) = read.await.map_err(failed)?;
    let mut body = format!("<p>Your portal at an address of your own, beside {HOME}.</p>");
    if !plan.get::<bool, _>("in_plan!") {
        body.push_str("<p>Your plan does not include custom domains.</p>");
    }
    for domain in &domains {
        domain_section(&mut body, domain);
    }
    Ok(Html(frame.page("Domains", &body)))
}

/// A domain: its state, what DNS answers, the records to set.
fn domain_section(body: &mut String, domain: &PgRow) {
    let name = escape(domain.get("name"));
    let time = |column: &str| domain.get::<Option<DateTime<Utc>>, _>(column);
    let state = match (domain.get("state"), time("missing_since")) {
        ("verified", None) => "Verified",
        ("verified", Some(_)) => "Verified, record missing",
        ("lost", _) => "Not answered, record missing",
        _ => "Waits for its record",
    };
    let primary = if domain.get("is_primary") { " Primary address" } else { "" };
    let _ = write!(body, "<section><h2>{name}</h2><p>{state}{primary}</p>");
    let token: &str = domain.get("token");
    if let Some(Json(report)) = domain.get::<Option<Json<Report>>, _>("report") {
        body.push_str("<table><tr><th>Record</th><th>State</th><th>Needed</th><th>DNS answers</th><th>What to do</th></tr>");
        for cells in findings(&name, token, &report) {
            row(body, &cells.each_ref().map(String::as_str));
        }
        body.push_str("</table>");
    }
    let last = time("checked_at").map_or_else(|| "Not checked yet.".to_owned(), |at| format!("Checked {}.", minute(at)));
    let next = time("next_check_at")
        .map_or_else(|| "It is not checked by itself any more.".to_owned(), |at| format!("The next check by itself is at {}.", minute(at)));
    let _ = write!(
        body,
        "<p>{last} {next}</p>\
         <h3>TXT record</h3><p>It proves that the domain is yours. Leave it there.</p><dl><dt>Name</dt><dd>_tenantry-challenge.{name}</dd>\
         <dt>Value</dt><dd>{token}</dd></dl>\
         <h3>CNAME record</h3><p>It leads people who open the name here.</p><dl><dt>Name</dt><dd>{name}</dd><dt>Value</dt><dd>{HOME}</dd></dl>\
         </section>"
    );
}

/// What is right, or not there yet: other answers are not in the data that is measured.
fn findings(name: &str, token: &str, report: &Report) -> [[String; 5]; 3] {
    let proof = match report.proof == Proof::Found {
        true => ["Right", "The right value", ""],
        false => [
            "Not there yet",
            "There is no such name (NXDOMAIN)",
            "Add the TXT record. If you have: many providers add the domain to the name by themselves, so that it stands there twice; then enter \
             the part before it only.",
        ],
    };
    let pointing = match report.pointing == Pointing::Cname {
        true => ["Right", "A CNAME to here", ""],
        false => ["Not there yet", "Nothing: the name leads nowhere", "Add the record above."],
    };
    let certificates = match report.certificates == Certificates::Allowed {
        true => ["Right", "letsencrypt.org may issue certificates", ""],
        false => ["Wrong", "Others only", "Without a certificate browsers refuse the page."],
    };
    [
        ("TXT record", format!("_tenantry-challenge.{name} says {token}"), proof),
        ("Address", format!("{name} leads to {HOME}"), pointing),
        ("CAA records", "No CAA records, or one for letsencrypt.org".to_owned(), certificates),
    ]
    .map(|(what, needed, [state, answer, advice])| [what.to_owned(), state.to_owned(), needed, answer.to_owned(), advice.to_owned()])
}

async fn audit(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let events = sqlx::query(AUDIT_LOG)
            .bind(bare.acme)
            .bind(None::<i64>)
            .bind(None::<DateTime<Utc>>)
            .bind(None::<DateTime<Utc>>)
            .bind(None::<String>)
            .bind("")
            .bind("")
            .bind(51_i64)
            .fetch_all(&mut *conn)
            .await?;
        let head = sqlx::query(AUDIT_HEAD).bind(bare.acme).fetch_one(&mut *conn).await?;
        commit(conn).await?;
        Ok((events, head, frame))
    };
    let (events, head, frame) = read.await.map_err(failed)?;
    let mut body = String::with_capacity(16 * 1024);
    body.push_str("<table><tr><th>Event</th><th>What</th><th>Action</th><th>When</th><th>Before</th><th>After</th><th>From</th></tr>");
    for event in events.iter().take(50) {
        event_row(&mut body, event);
    }
    let _ = write!(body, "</table><dl><dt>Head</dt><dd>event {}</dd><dt>Hash</dt><dd>", head.get::<i64, _>("seq"));
    for byte in head.get::<&[u8], _>("hash") {
        let _ = write!(body, "{byte:02x}");
    }
    body.push_str("</dd></dl>");
    Ok(Html(frame.page("Audit log", &body)))
}

fn event_row(body: &mut String, event: &PgRow) {
    let (actor, action, at): (&str, &str, DateTime<Utc>) = (event.get("actor"), event.get("action"), event.get("at"));
    let name = event.get::<Option<&str>, _>("name?").unwrap_or(actor);
    let said = Activity { at, actor: name.to_owned(), action: action.to_owned(), target: event.get("target") }.sentence();
    let who = if name == actor { action.to_owned() } else { format!("{actor} · {action}") };
    let changed = changes(event.get("before"), event.get("after"));
    let side = |text: fn(&Change) -> &str| {
        let lines = changed.iter().filter(|change| !text(change).is_empty());
        lines.map(|change| format!("{}: {}", change.field, text(change))).collect::<Vec<_>>().join(" ")
    };
    let kind = match event.get("actor_kind") {
        "member" => "",
        other => other,
    };
    let from = format!("{kind} {}, event {}", event.get::<&str, _>("origin"), event.get::<i64, _>("seq"));
    row(body, &[name, &said, &who, &minute(at), &side(|change| &change.before), &side(|change| &change.after), &from]);
}
