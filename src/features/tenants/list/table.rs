//! The table of a page, and what stands at its foot.

use chrono::{DateTime, Utc};
use maud::{Markup, PreEscaped, Render as _, html};

use super::{Panel, Sheet};
use crate::domain::listing::{Column, Edge, Sort, SortKey, TenantQuery};
use crate::domain::quantity::{self, Unit};
use crate::domain::quota;
use crate::domain::staff::ManageTenants;
use crate::domain::status::TenantStatus;
use crate::store::tenant_list::TenantRow;
use crate::ui::meter::push_spark;
use crate::ui::status::status_badge;
use crate::web::request::may;

/// A heading that sorts: texts ascending first, numbers and days descending first; again turns it around.
fn heading(query: &TenantQuery, sort: Sort, key: SortKey, label: &str) -> Markup {
    let numeric = matches!(key, SortKey::Agents | SortKey::Cost);
    let large_first = !matches!(key, SortKey::Name | SortKey::Plan | SortKey::Status | SortKey::Owner);
    let current = sort.key == key;
    let descending = if current { !sort.descending } else { large_first };
    let href = TenantQuery { sort: Some(Sort { key, descending }), edge: None, ..query.clone() }.href();
    let sorted = current.then_some(if sort.descending { "descending" } else { "ascending" });
    html! { th role="columnheader" scope="col" class=[numeric.then_some("num")] aria-sort=[sorted] { a href=(href) { (label) } } }
}

/// `87 of 100`; of an unlimited quota what is used.
fn push_of_quota(page: &mut String, used: i64, quota: Option<i64>) {
    quantity::push_count(page, used);
    if let Some(quota) = quota {
        page.push_str(" of ");
        quantity::push_count(page, quota);
    }
}

/// How full a quota is; of an unlimited one how much is used.
fn push_usage(page: &mut String, label: &str, used: i64, quota: Option<i64>, unit: Unit) {
    page.push_str("<td role=\"cell\" class=\"use\" data-label=\"");
    page.push_str(label);
    page.push_str("\">");
    match quota::percent(used, quota) {
        Some(percent) => push_spark(page, percent),
        None => {
            page.push_str("<span>");
            page.push_str(&quantity::short(used, unit));
            page.push_str("</span>");
        }
    }
    page.push_str("</td>");
}

/// Text of people is escaped by `render_to`; all else is made of letters, digits and units.
fn push_cell(page: &mut String, column: Column, tenant: &TenantRow, now: DateTime<Utc>) {
    match (column, tenant.wide.as_ref()) {
        (Column::Plan, _) => {
            page.push_str("<td role=\"cell\">");
            tenant.plan.render_to(page);
            page.push_str("</td>");
        }
        (Column::State, _) => {
            page.push_str("<td role=\"cell\" class=\"lead\">");
            page.push_str(&status_badge(tenant.status, tenant.trial_ends_at, now).0);
            page.push_str("</td>");
        }
        (Column::Agents, _) => {
            page.push_str("<td role=\"cell\" class=\"num\" data-label=\"Agents\">");
            push_of_quota(page, tenant.agents, tenant.agents_quota);
            page.push_str("</td>");
        }
        (Column::Tokens, _) => push_usage(page, "Tokens", tenant.tokens, tenant.tokens_quota, Unit::Count),
        (Column::Cost, _) => {
            page.push_str("<td role=\"cell\" class=\"num\">");
            tenant.cost.push_to(page);
            page.push_str("</td>");
        }
        (Column::Owner, _) => {
            page.push_str("<td role=\"cell\" class=\"long extra\" data-label=\"Owner\">");
            tenant.owner_email.render_to(page);
            page.push_str("</td>");
        }
        (Column::Storage, Some(wide)) => push_usage(page, "Storage", wide.storage, wide.storage_quota, Unit::Bytes),
        (Column::Limit, Some(wide)) => {
            page.push_str("<td role=\"cell\" class=\"use\" data-label=\"Fullest limit\">");
            push_spark(page, wide.peak_percent.into());
            page.push_str("</td>");
        }
        (Column::Created, Some(wide)) => {
            let (at, day) = (wide.created_at.to_rfc3339(), wide.created_at.format("%Y-%m-%d").to_string());
            page.push_str(&html! { td role="cell" class="use" data-label="Created" { time datetime=(at) { (day) } } }.0);
        }
        (Column::Storage | Column::Limit | Column::Created, None) => page.push_str("<td role=\"cell\"></td>"),
    }
}

/// Straight into the page: a string for each cell takes longer than what it says.
fn push_row(page: &mut String, sheet: &Sheet, tenant: &TenantRow) {
    // Letters, digits and hyphens.
    let slug = tenant.slug.as_str();
    page.push_str("<tr role=\"row\">");
    if sheet.panel == Panel::Select {
        let name = format!("Select {}", tenant.name);
        page.push_str(
            &html! { td role="cell" class="pick" { label { input type="checkbox" form="bulk" name="tenant[]" value=(slug); span class="visually-hidden" { (name) } } } }.0,
        );
    }
    page.push_str("<td role=\"cell\" class=\"name\"><a href=\"/admin/tenants/");
    page.push_str(slug);
    page.push_str("\"><bdi>");
    tenant.name.render_to(page);
    page.push_str("</bdi></a> <span>");
    page.push_str(slug);
    page.push_str("</span></td>");
    for column in sheet.query.columns.iter() {
        push_cell(page, column, tenant, sheet.list.now);
    }
    page.push_str("</tr>");
}

fn nothing(sheet: &Sheet) -> Markup {
    let (title, text, href, action) = if sheet.query.is_filtered() || sheet.query.edge.is_some() {
        ("No tenant matches", "Try fewer words, or clear the filters to see all tenants.", "/admin/tenants", "Clear filters")
    } else {
        ("No tenants yet", "Create the first one; its owner gets a link to set it up.", "/admin/tenants/new", "New tenant")
    };
    html! { div class="card" { div class="empty" { h2 { (title) } p { (text) } @if href == "/admin/tenants" || may::<ManageTenants>() { a class="btn" href=(href) { (action) } } } } }
}

fn foot(sheet: &Sheet) -> Markup {
    let (query, list) = (&sheet.query, &sheet.list);
    let totals = &list.totals;
    let by_state = [TenantStatus::Active, TenantStatus::Trial, TenantStatus::Suspended]
        .map(|status| format!("{}: {}", status.label(), quantity::count(totals.of(status))))
        .join(" · ");
    let at = |edge| TenantQuery { edge, ..query.clone() };
    let shown = list.rows.len();
    let whole = list.previous.is_none() && list.next.is_none();
    html! {
        div class="foot" {
            span {
                (quantity::plural(totals.tenants(), "tenant", "tenants")) @if !list.totals_match { " in all" }
                " · revenue " (totals.revenue.short()) " a month · " (by_state)
            }
            nav class="pager" aria-label="Pages" {
                span { (shown) @if whole { " shown" } @else { " on this page" } }
                @if let Some(previous) = &list.previous {
                    a class="btn" href=(sheet.panel.href(&at(None))) { "First page" }
                    a class="btn" rel="prev" href=(sheet.panel.href(&at(Some(Edge::Before(previous.clone()))))) { "Previous" }
                }
                @if let Some(next) = &list.next {
                    a class="btn" rel="next" href=(sheet.panel.href(&at(Some(Edge::After(next.clone()))))) { "Next" }
                }
            }
        }
    }
}

/// Columns besides the name that fit beside each other as they are.
const ROOM: usize = 7;

pub(super) fn push(page: &mut String, sheet: &Sheet) {
    if sheet.list.rows.is_empty() {
        page.push_str(&nothing(sheet).0);
        return;
    }
    let (query, sort) = (&sheet.query, sheet.query.sort());
    let head = html! {
        (PreEscaped(if query.columns.iter().count() > ROOM { "<div class=\"card rows wide\">" } else { "<div class=\"card rows\">" }))
        (PreEscaped("<table role=\"table\">"))
        caption class="visually-hidden" { "Tenants, sorted by " (sort.key.label()) }
        thead role="rowgroup" {
            tr role="row" {
                @if sheet.panel == Panel::Select { th role="columnheader" scope="col" { span class="visually-hidden" { "Select" } } }
                (heading(query, sort, SortKey::Name, "Tenant"))
                @for column in query.columns.iter() { (heading(query, sort, column.sort_key(), column.label())) }
            }
        }
    };
    page.push_str(&head.0);
    page.push_str("<tbody role=\"rowgroup\">");
    for tenant in &sheet.list.rows {
        push_row(page, sheet, tenant);
    }
    page.push_str("</tbody></table>");
    page.push_str(&foot(sheet).0);
    page.push_str("</div>");
}
