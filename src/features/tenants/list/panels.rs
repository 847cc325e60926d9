//! What stands above the table: saved views, states with their counts, what can be done with the view.

use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::super::bulk::server::DraftBulk;
use super::super::bulk::{may, may_any};
use super::{Panel, Sheet};
use crate::domain::bulk::BulkAction;
use crate::domain::listing::{Column, PATH, TenantQuery, encode};
use crate::domain::quantity;
use crate::domain::status::TenantStatus;

const STATES: [TenantStatus; 4] = [TenantStatus::Active, TenantStatus::Trial, TenantStatus::PastDue, TenantStatus::Suspended];

/// The list in one state; sort and search stay, the page starts anew.
fn tabs(sheet: &Sheet) -> Markup {
    let (query, totals) = (sheet.query.from_start(), &sheet.list.totals);
    let current = query.line.state();
    let of_all = !sheet.list.totals_match;
    let href = |status| query.clone().with_state(status).href();
    html! {
        nav class="tabs" aria-label=(if of_all { "By state, counts of all tenants" } else { "By state" }) {
            a href=(href(None)) aria-current=[query.line.value(crate::domain::tenant_line::Key::State).is_none().then_some("page")] {
                "All " b { (quantity::count(totals.tenants())) }
            }
            @for status in STATES {
                a href=(href(Some(status))) aria-current=[(current == Some(status)).then_some("page")] {
                    (status.label()) " " b { (quantity::count(totals.of(status))) }
                }
            }
            @if of_all { span class="aside" { "Counts are of all tenants" } }
        }
    }
}

fn views(sheet: &Sheet) -> Markup {
    if sheet.list.views.is_empty() {
        return Markup::default();
    }
    let here = sheet.query.to_query();
    html! {
        nav class="views" aria-label="Saved views" {
            @for view in &sheet.list.views {
                a class="tag" href={ (PATH) "?" (view.query) } aria-current=[(view.query == here).then_some("page")] { bdi { (view.name) } }
            }
            a class="link" href="/admin/views" { "All views" }
        }
    }
}

fn tools(sheet: &Sheet) -> Markup {
    let query = sheet.query.from_start();
    html! {
        nav class="tools" aria-label="This view" {
            @if sheet.panel != Panel::Filters { a class="link" href=(Panel::Filters.href(&query)) { "More filters" } }
            a class="link" href=(Panel::Columns.href(&query)) { "Columns" }
            a class="link" href={ "/admin/views?of=" (encode(&query.to_query())) } { "Save view" }
            a class="link" href=(query.href_at("/admin/tenants.csv")) download { "Download CSV" }
            @if !may_any() {
                a class="link" href="/admin/bulk" { "Bulk actions" }
            } @else if sheet.panel != Panel::Select {
                a class="link" href=(Panel::Select.href(&sheet.query)) { "Select tenants" }
            }
        }
    }
}

/// Which columns: a form whose address is the view with them.
fn columns(query: &TenantQuery) -> Markup {
    html! {
        form class="card pad stack" action=(PATH) {
            fieldset class="field" {
                legend { "Columns" }
                div class="choices" {
                    @for column in Column::ALL {
                        label class="check" { input type="checkbox" name="col" value=(column.as_str()) checked[query.columns.has(column)]; (column.label()) }
                    }
                }
            }
            input type="hidden" name="cols" value="name";
            input type="hidden" name="q" value=(query.line);
            @if let Some(sort) = query.sort { input type="hidden" name="sort" value=(sort); }
            input type="hidden" name="was" value=(query.line);
            div class="actions" { button class="btn pri" { "Show columns" } a class="btn" href=(query.href()) { "Cancel" } }
        }
    }
}

/// What to do with the ticked ones; the boxes themselves stand in the table.
fn select(sheet: &Sheet) -> Markup {
    let all = match (sheet.list.totals_match, sheet.query.line.state(), sheet.query.is_filtered()) {
        (true, Some(state), _) => format!("All {} of this view, on every page", quantity::count(sheet.list.totals.of(state))),
        (true, None, false) => format!("All {} of this view, on every page", quantity::count(sheet.list.totals.tenants())),
        _ => "All of this view, on every page".to_owned(),
    };
    html! {
        form id="bulk" class="card pad stack" method="post" action=(DraftBulk::PATH) {
            fieldset class="field" {
                legend { "Which tenants" }
                label class="check" { input type="radio" name="which" value="ticked" checked; "Those that are ticked below" }
                label class="check" { input type="radio" name="which" value="view"; (all) }
            }
            input type="hidden" name="view" value=(sheet.query.to_query());
            div class="actions" {
                @for action in BulkAction::ALL.into_iter().filter(|action| may(*action)) { button class="btn" name="action" value=(action.as_str()) { (action.label()) "…" } }
                a class="link" href=(Panel::None.href(&sheet.query)) { "Done selecting" }
                a class="link" href="/admin/bulk" { "Earlier actions" }
            }
            p class="hint" { "Nothing happens yet: next you see what would happen to each tenant." }
        }
    }
}

pub(super) fn above(sheet: &Sheet) -> Markup {
    html! {
        (views(sheet))
        (tabs(sheet))
        (tools(sheet))
        @match sheet.panel {
            Panel::Columns => (columns(&sheet.query)),
            Panel::Select => (select(sheet)),
            Panel::None | Panel::Filters => {}
        }
    }
}
