//! Bare handlers for the pages on which owners and admins set their tenant up: settings, branding, export.

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
use tenantry::domain::branding::{Branding, ImageKind, Look};
use tenantry::domain::mail::{TemplateKind, Templates};
use tenantry::domain::quantity::{Unit, short};

use super::bare_pages::{begin, commit, day, minute, row};
use super::baseline::{Answer, Bare, escape, failed};

const BRANDING: &str = include_str!("../../src/store/branding.sql");
const BRANDING_VERSIONS: &str = include_str!("../../src/store/branding_versions.sql");
const EXPORTS: &str = include_str!("../../src/store/exports.sql");
const TENANT_ALIASES: &str = include_str!("../../src/store/tenant_aliases.sql");
const TENANT_SETTINGS: &str = include_str!("../../src/store/tenant_settings.sql");

pub fn routes() -> Router<Arc<Bare>> {
    Router::new().route("/branding", get(branding)).route("/export", get(export)).route("/settings", get(settings))
}

/// A field of a form. Writing to a String cannot fail, here and below.
fn field(body: &mut String, name: &str, label: &str, value: &str) {
    let _ = write!(body, "<p><label>{label} <input name=\"{name}\" value=\"{}\"></label></p>", escape(value));
}

/// A field of several lines.
fn area(body: &mut String, name: &str, label: &str, value: &str) {
    let _ = write!(body, "<p><label>{label} <textarea name=\"{name}\">{}</textarea></label></p>", escape(value));
}

async fn settings(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let settings = sqlx::query(TENANT_SETTINGS).bind(bare.acme).fetch_one(&mut *conn).await?;
        let aliases = sqlx::query(TENANT_ALIASES).bind(bare.acme).fetch_all(&mut *conn).await?;
        commit(conn).await?;
        Ok((settings, aliases, frame))
    };
    let (settings, aliases, frame) = read.await.map_err(failed)?;
    let mut body = String::from("<form><h2>General</h2>");
    field(&mut body, "name", "Name", settings.get("name"));
    let checked = if settings.get("require_second_factor") { " checked" } else { "" };
    let (have, members): (i64, i64) = (settings.get("with_second_factor!"), settings.get("members!"));
    let _ = write!(
        body,
        "<p><label><input type=\"checkbox\"{checked}> Require a second factor for everyone</label> {have} of {members} members have one today.</p>\
         </form><form><h2>Models</h2>"
    );
    area(&mut body, "allowed_models", "Allowed models", &settings.get::<Vec<String>, _>("allowed_models").join("\n"));
    field(&mut body, "default_model", "Default model", settings.get::<Option<&str>, _>("default_model").unwrap_or_default());
    body.push_str("</form><h2>Earlier slugs</h2><ul>");
    for alias in &aliases {
        let _ = write!(body, "<li><code>{}</code> until {}</li>", escape(alias.get("slug")), day(alias.get("until")));
    }
    body.push_str("</ul>");
    Ok(Html(frame.page("Settings", &body)))
}

async fn branding(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let sheet = sqlx::query(BRANDING).bind(bare.acme).fetch_one(&mut *conn).await?;
        let versions = sqlx::query(BRANDING_VERSIONS).bind(bare.acme).fetch_all(&mut *conn).await?;
        commit(conn).await?;
        Ok((sheet, versions, frame))
    };
    let (sheet, versions, frame) = read.await.map_err(failed)?;
    let draft = look_of(&sheet, ["look?: Json<Look>", "css?", "mails?: Json<Templates>"]);
    let published = look_of(&sheet, ["published_look?: Json<Look>", "published_css?", "published_mails?: Json<Templates>"]);
    let mut body = String::with_capacity(8 * 1024);
    if !sheet.get::<bool, _>("allowed!") {
        body.push_str("<p>Your plan has no branding of its own.</p>");
    }
    let in_use: Option<i32> = sheet.get("version?");
    let version = in_use.map_or_else(|| "Nothing yet".to_owned(), |version| format!("Version {version}"));
    let changed = sheet.get::<Option<DateTime<Utc>>, _>("changed_at?").map(minute).unwrap_or_default();
    let by = sheet.get::<Option<&str>, _>("changed_by?").unwrap_or_default();
    let _ = write!(
        body,
        "<dl><dt>Published</dt><dd>{version}</dd><dt>Draft</dt><dd>Changes {}, saved {changed} by {}</dd></dl>",
        published.differences(&draft).join(", "),
        escape(by)
    );
    draft_form(&mut body, &draft);
    body.push_str("<table><tr><th>Version</th><th>Published</th><th>By</th><th>State</th></tr>");
    for version in &versions {
        let number: i32 = version.get("number");
        let state = if in_use == Some(number) { "In use" } else { "" };
        row(&mut body, &[&format!("Version {number}"), &minute(version.get("published_at")), version.get("published_by"), state]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("Branding", &body)))
}

/// From the columns of look, CSS and mails.
fn look_of(sheet: &PgRow, [look, css, mails]: [&str; 3]) -> Branding {
    let look = sheet.get::<Option<Json<Look>>, _>(look).map(|look| look.0).unwrap_or_default();
    let mails = sheet.get::<Option<Json<Templates>>, _>(mails).map(|mails| mails.0).unwrap_or_default();
    Branding { look, css: sheet.get(css), mails }
}

fn draft_form(body: &mut String, draft: &Branding) {
    body.push_str("<form>");
    field(body, "name", "Display name", draft.look.name.as_deref().unwrap_or_default());
    field(body, "accent", "Accent colour", draft.look.accent.as_deref().unwrap_or_default());
    area(body, "sign_in_text", "Sign-in text", draft.look.sign_in_text.as_deref().unwrap_or_default());
    for kind in ImageKind::ALL {
        let _ = write!(body, "<p><label>{} <input type=\"file\" name=\"{}\"></label></p>", kind.label(), kind.key());
        if let Some(image) = draft.look.image(kind) {
            let _ = write!(body, "<img src=\"/t/acme/branding/image/{image}/image.png\" alt=\"\">");
        }
    }
    area(body, "css", "CSS", draft.css.as_deref().unwrap_or_default());
    for kind in TemplateKind::ALL {
        let (key, template) = (kind.key(), draft.mails.of(kind));
        let own = if template.subject.is_some() || template.body.is_some() { "your words" } else { "our words" };
        let _ = write!(body, "<h3>{} <small>{own}</small></h3>", kind.label());
        field(body, &format!("{key}_subject"), "Subject", template.subject.as_deref().unwrap_or_default());
        area(body, &format!("{key}_body"), "Text", template.body.as_deref().unwrap_or_default());
    }
    body.push_str("</form>");
}

async fn export(State(bare): State<Arc<Bare>>) -> Answer {
    let read = async {
        let (mut conn, frame) = begin(&bare).await?;
        let exports = sqlx::query(EXPORTS).bind(bare.acme).bind(false).fetch_all(&mut *conn).await?;
        commit(conn).await?;
        Ok((exports, frame))
    };
    let (exports, frame) = read.await.map_err(failed)?;
    let size = |export: &PgRow| export.get::<Option<i64>, _>("size_bytes").map_or_else(|| "–".to_owned(), |size| short(size, Unit::Bytes));
    let time = |export: &PgRow, column: &str| export.get::<Option<DateTime<Utc>>, _>(column).map(minute);
    let mut body = String::new();
    if let Some(newest) = exports.first() {
        match newest.get("state!") {
            "ready" => {
                let (until, sha256) =
                    (time(newest, "expires_at").unwrap_or_default(), newest.get::<Option<&str>, _>("sha256").unwrap_or_default());
                let _ = write!(
                    body,
                    "<h2>Your archive is ready</h2><p>{}. It can be downloaded once, until {until}.</p><p>SHA-256 <code>{sha256}</code></p>\
                     <form><input type=\"hidden\" name=\"export\" value=\"{}\"></form>",
                    size(newest),
                    newest.get::<uuid::Uuid, _>("id")
                );
            }
            "failed" => body.push_str("<p>The last archive could not be made.</p>"),
            "gone" => {}
            _ => {
                let written = short(newest.get("written"), Unit::Bytes);
                let _ = write!(body, "<h2>Your archive is being made</h2><p>{written} of it are there.</p>");
            }
        }
    }
    body.push_str("<table><tr><th>Asked for</th><th>State</th><th>Asked by</th><th>Size</th><th>Downloaded</th></tr>");
    for export in &exports {
        let by = export.get::<Option<&str>, _>("downloaded_by").unwrap_or_default();
        let got = time(export, "downloaded_at").map_or_else(|| "not yet".to_owned(), |at| format!("{at}, {by}"));
        row(&mut body, &[&minute(export.get("requested_at")), export.get("state!"), export.get("requested_by"), &size(export), &got]);
    }
    body.push_str("</table>");
    Ok(Html(frame.page("Export", &body)))
}
