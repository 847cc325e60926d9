//! Archives that were asked for, as both pages show them.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::domain::quantity::{self, Unit};
use crate::domain::zone::Zone;
use crate::store::exports::{Export, ExportState, HOURS};
use crate::ui::field::{Input, form_message};
use crate::ui::table::Head::{Figures, Text};
use crate::ui::table::rows_table;
use crate::ui::text::{ago, notice};
use crate::ui::time::{at_minute, zone};
use crate::web::confirm::own_password;
use crate::web::form::Form;

fn bytes(n: i64) -> String {
    quantity::short(n, Unit::Bytes)
}

fn state(export: &Export) -> (&'static str, &'static str) {
    match export.state {
        ExportState::Waiting => ("tag", "Waits"),
        ExportState::Making => ("tag", "Being made"),
        ExportState::Ready => ("tag ok", "Ready"),
        ExportState::Failed => ("tag over", "Failed"),
        ExportState::Gone if export.downloaded_at.is_some() => ("tag", "Downloaded"),
        ExportState::Gone => ("tag", "Ran out"),
    }
}

/// The archive that is being made, or that waits to be downloaded: what there is to do about it.
pub fn current(exports: &[Export], form: &Form, action: &str, here: &str, once: bool) -> Markup {
    let Some(export) = exports.first() else { return Markup::default() };
    match export.state {
        ExportState::Waiting | ExportState::Making => html! {
            section class="card pad stack" id="making" {
                h2 { "Your archive is being made" }
                p {
                    @if export.written == 0 { "It has not begun to fill." } @else { (bytes(export.written)) " of it are there." }
                    " You need not wait here: it is kept for " (HOURS) " hours once it is ready."
                }
                div class="actions" { a class="btn" href=(here) { "Look again" } }
            }
        },
        ExportState::Ready => ready(export, form, action, once),
        ExportState::Failed => notice(
            "error",
            html! { "The last archive could not be made. Ask for it again; if it fails again, the platform's staff see why." },
        ),
        ExportState::Gone => Markup::default(),
    }
}

fn ready(export: &Export, form: &Form, action: &str, once: bool) -> Markup {
    let times = if once { "It can be downloaded once, until " } else { "It can be downloaded until " };
    let error = form.error("download_password");
    html! {
        section class="card pad stack" id="ready" {
            h2 { "Your archive is ready" }
            p {
                (export.size_bytes.map(bytes).unwrap_or_default()) ". " (times)
                @if let Some(at) = export.expires_at { (at_minute(at, zone())) } "."
            }
            p class="muted" { "SHA-256 " code { @if let Some(hash) = &export.sha256 { (hash) } } }
            (form_message(form.message().filter(|_| error.is_none()).as_deref()))
            form class="form" method="post" action=(action) {
                input type="hidden" name="export" value=(export.id);
                (form.input_in_focus(Input { name: "download_password", ..own_password() }))
                div class="actions" { button class="btn pri" { "Download the archive" } }
            }
        }
    }
}

fn row(export: &Export, now: DateTime<Utc>, zone: Zone) -> Markup {
    let (class, word) = state(export);
    html! {
        tr role="row" {
            td role="cell" class="name" { b { (at_minute(export.requested_at, zone)) } }
            td role="cell" class="lead" { span class=(class) { (word) } }
            td role="cell" data-label="Asked by" { bdi { (export.requested_by) } }
            td role="cell" class="num" data-label="Size" { (export.size_bytes.map_or_else(|| "–".to_owned(), bytes)) }
            td role="cell" data-label="Downloaded" {
                @match (&export.downloaded_by, export.downloaded_at) {
                    (Some(by), Some(at)) => { (ago(at, now, zone)) ", " bdi { (by) } },
                    _ => span class="muted" { "not yet" },
                }
            }
        }
    }
}

pub fn table(exports: &[Export], now: DateTime<Utc>) -> Markup {
    if exports.is_empty() {
        return html! {
            section class="card" {
                div class="empty" { h2 { "No archives yet" } p { "Those that are asked for are listed here for 30 days." } }
            }
        };
    }
    let zone = zone();
    html! {
        section class="card rows" {
            (rows_table(
                "Archives, the newest first",
                &[Text("Asked for"), Text("State"), Text("Asked by"), Figures("Size"), Text("Downloaded")],
                &html! { @for export in exports { (row(export, now, zone)) } }
            ))
        }
    }
}

/// The form that asks for a new one.
pub fn ask(form: &Form, action: &str, hidden: (&str, &str)) -> Markup {
    let error = form.error("export_password");
    html! {
        section class="card pad stack" id="ask" {
            h2 { "Make an archive" }
            (form_message(form.message().filter(|_| error.is_none()).as_deref()))
            form class="form" method="post" action=(action) {
                input type="hidden" name=(hidden.0) value=(hidden.1);
                (form.input_in_focus(Input { name: "export_password", hint: "Once more, because everything is in it.", ..own_password() }))
                div class="actions" { button class="btn pri" { "Make an archive" } }
            }
        }
    }
}
