//! Archives that were asked for, as both pages show them.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::domain::quantity::{self, Unit};
use crate::store::exports::{Export, ExportState, HOURS};
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::{Ago, Notice};
use crate::ui::time::Minute;
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
pub fn current(exports: &[Export], form: &Form, action: &str, here: &str, once: bool) -> Option<AnyView> {
    let export = exports.first()?;
    match export.state {
        ExportState::Waiting | ExportState::Making => {
            let so_far = match export.written {
                0 => "It has not begun to fill.".to_owned(),
                written => format!("{} of it are there.", bytes(written)),
            };
            Some(
                view! {
                    <section class="card pad stack" id="making">
                        <h2>"Your archive is being made"</h2>
                        <p>{so_far}" You need not wait here: it is kept for "{HOURS}" hours once it is ready."</p>
                        <div class="actions"><a class="btn" href=here.to_owned()>"Look again"</a></div>
                    </section>
                }
                .into_any(),
            )
        }
        ExportState::Ready => {
            let size = export.size_bytes.map(bytes).unwrap_or_default();
            let until = export.expires_at.map(|at| view! { <Minute at=at /> });
            let times = if once { "It can be downloaded once, until " } else { "It can be downloaded until " };
            Some(
                view! {
                    <section class="card pad stack" id="ready">
                        <h2>"Your archive is ready"</h2>
                        <p>{size}". "{times}{until}"."</p>
                        <p class="muted">"SHA-256 "<code>{export.sha256.clone()}</code></p>
                        <FormMessage message=form.message().filter(|_| form.error("download_password").is_none()) />
                        <form class="form" method="post" action=action.to_owned()>
                            <input type="hidden" name="export" value=export.id.to_string() />
                            <TextField
                                name="download_password"
                                label="Your password"
                                kind="password"
                                autocomplete="current-password"
                                error=form.error("download_password")
                                focus=form.error("download_password").is_some()
                            />
                            <div class="actions"><button class="btn pri">"Download the archive"</button></div>
                        </form>
                    </section>
                }
                .into_any(),
            )
        }
        ExportState::Failed => Some(
            view! { <Notice kind="error">"The last archive could not be made. Ask for it again; if it fails again, the platform's staff see why."</Notice> }
                .into_any(),
        ),
        ExportState::Gone => None,
    }
}

fn row(export: &Export, now: DateTime<Utc>) -> impl IntoView + use<> {
    let (class, word) = state(export);
    let size = export.size_bytes.map_or_else(|| "–".to_owned(), bytes);
    let got = match (&export.downloaded_by, export.downloaded_at) {
        (Some(by), Some(at)) => view! { <Ago at=at now=now />", "<bdi>{by.clone()}</bdi> }.into_any(),
        _ => view! { <span class="muted">"not yet"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><Minute at=export.requested_at /></b></td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" data-label="Asked by"><bdi>{export.requested_by.clone()}</bdi></td>
            <td role="cell" class="num" data-label="Size">{size}</td>
            <td role="cell" data-label="Downloaded">{got}</td>
        </tr>
    }
}

pub fn table(exports: &[Export], now: DateTime<Utc>) -> AnyView {
    if exports.is_empty() {
        return view! {
            <section class="card"><div class="empty"><h2>"No archives yet"</h2><p>"Those that are asked for are listed here for 30 days."</p></div></section>
        }
        .into_any();
    }
    let rows = exports.iter().map(|export| row(export, now)).collect_view();
    view! {
        <section class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Archives, the newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Asked for"</th><th role="columnheader" scope="col">"State"</th>
                    <th role="columnheader" scope="col">"Asked by"</th><th role="columnheader" scope="col" class="num">"Size"</th>
                    <th role="columnheader" scope="col">"Downloaded"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// The form that asks for a new one.
pub fn ask(form: &Form, action: &'static str, hidden: (&'static str, String)) -> impl IntoView + use<> {
    view! {
        <section class="card pad stack" id="ask">
            <h2>"Make an archive"</h2>
            <FormMessage message=form.message().filter(|_| form.error("export_password").is_none()) />
            <form class="form" method="post" action=action>
                <input type="hidden" name=hidden.0 value=hidden.1 />
                <TextField
                    name="export_password"
                    label="Your password"
                    kind="password"
                    autocomplete="current-password"
                    hint="Once more, because everything is in it."
                    error=form.error("export_password")
                    focus=form.error("export_password").is_some()
                />
                <div class="actions"><button class="btn pri">"Make an archive"</button></div>
            </form>
        </section>
    }
}
