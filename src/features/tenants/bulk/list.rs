//! `/admin/bulk`: what was done to many tenants, newest first.

use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use maud::{Markup, html};

use super::may_any;
use crate::domain::bulk::RunState;
use crate::domain::quantity;
use crate::store::bulk::BulkRun;
use crate::ui::table::Head::{Figures, Text};
use crate::ui::table::rows_table;
use crate::ui::time::zone;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};

pub fn bulk_list_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let runs = Context::get().store.platform_read(&admin).await?.list_bulk_runs().await?;
        Ok(console(&me, "Bulk actions", "/admin/tenants", InertElement::new(body(&runs).into_string()).into_any()))
    })
}

/// How far a run is: shape, colour and word.
pub(super) fn state(run: &BulkRun) -> Markup {
    let (class, word) = match run.state {
        RunState::Draft => ("state wait", "Not begun"),
        RunState::Running => ("state busy", "Running"),
        RunState::Done if run.refused > 0 => ("state near", "Done, some refused"),
        RunState::Done => ("state ok", "Done"),
    };
    html! { span class=(class) { (word) } }
}

fn row(run: &BulkRun) -> Markup {
    let at = run.created_at;
    html! {
        tr role="row" {
            td role="cell" class="name" {
                a href={ "/admin/bulk/" (run.id) } { (run.action.label()) } " " span { time datetime=(at.to_rfc3339()) { (zone().minute(at)) } }
            }
            td role="cell" class="lead" { (state(run)) }
            td role="cell" class="num" data-label="Tenants" { (quantity::count(run.tenants)) }
            td role="cell" class="num" data-label="Done" { (quantity::count(run.done)) }
            td role="cell" class="num" data-label="Refused" { (quantity::count(run.refused)) }
            td role="cell" class="long" data-label="By" { (run.actor) }
        }
    }
}

fn body(runs: &[BulkRun]) -> Markup {
    html! {
        div class="head" {
            div class="grow" { h1 { "Bulk actions" } p { "What was done to many tenants at once, and what became of each. Kept for 180 days." } }
            @if may_any() { a class="btn" href="/admin/tenants?panel=select" { "Select tenants" } }
        }
        div class="card rows" {
            @if runs.is_empty() {
                div class="empty" {
                    h2 { "None yet" }
                    @if may_any() {
                        p { "Tick tenants on their list, choose what to do, and see what would happen before anything does." }
                        a class="btn" href="/admin/tenants?panel=select" { "Select tenants" }
                    } @else {
                        p { "What operators and billing do to many tenants at once will be listed here." }
                    }
                }
            } @else {
                (rows_table(
                    "Bulk actions, newest first",
                    &[Text("Action"), Text("State"), Figures("Tenants"), Figures("Done"), Figures("Refused"), Text("By")],
                    &html! { @for run in runs { (row(run)) } }
                ))
            }
        }
    }
}
