//! `/admin/tenants`: find any tenant. The whole view is in its address.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use maud::{Markup, PreEscaped, html};

use super::islands::LiveSearch;
use crate::domain::FieldError;
use crate::domain::listing::{PAGE_SIZE, Sort, SortKey, TenantQuery};
use crate::domain::quantity::{self, Unit};
use crate::domain::quota;
use crate::domain::status::TenantStatus;
use crate::store::overview::Totals;
use crate::store::plans::PlanName;
use crate::store::tenant_list::{TenantList, TenantRow};
use crate::ui::meter::spark;
use crate::ui::status::status_badge;
use crate::web::frame::console;
use crate::web::page;
use crate::web::page::Islands;
use crate::web::request::{self, Context};

#[component]
pub fn TenantListPage() -> impl IntoView {
    page(async {
        let (me, admin) = request::admin().await?;
        let typed = request::query("q").unwrap_or_default();
        let (query, errors) = TenantQuery::parse(request::query);
        let list = Context::get().store.tenant_list(&admin, &query).await?;
        Ok(console(&me, "Tenants", "/admin/tenants", body(query, typed, &errors, list).into_any()))
    })
}

fn body(query: TenantQuery, typed: String, errors: &[FieldError], list: TenantList) -> impl IntoView + use<> {
    let form = search_form(&query, typed, errors, &list.plans);
    view! {
        <div class="head"><h1 class="grow">"Tenants"</h1><a class="btn pri" href="/admin/tenants/new">"New tenant"</a></div>
        <LiveSearch results="results".to_owned()>{form}</LiveSearch>
        <div id="results" class="stack">
            {tabs(&query, &list.totals)}
            {table(&query, list)}
        </div>
        <Islands />
    }
}

/// The list in one state; sort and search stay, the page starts anew.
fn tabs(query: &TenantQuery, totals: &Totals) -> impl IntoView + use<> {
    let states = [Some(TenantStatus::Active), Some(TenantStatus::Trial), Some(TenantStatus::PastDue), Some(TenantStatus::Suspended)];
    let tabs = [None]
        .into_iter()
        .chain(states)
        .map(|status| {
            let href = TenantQuery { status, after: None, ..query.clone() }.href();
            let (label, n) = match status {
                Some(status) => (status.label(), totals.of(status)),
                None => ("All", totals.tenants()),
            };
            view! { <a href=href aria-current=(query.status == status).then_some("page")>{label}" "<b>{quantity::count(n)}</b></a> }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label="By state">{tabs}</nav> }
}

fn search_form(query: &TenantQuery, typed: String, errors: &[FieldError], plans: &[PlanName]) -> impl IntoView + use<> {
    let option =
        |value: &str, text: &str, selected: bool| view! { <option value=value.to_owned() selected=selected>{text.to_owned()}</option> };
    let plan_options = [option("", "Any plan", query.plan.is_none())]
        .into_iter()
        .chain(plans.iter().map(|plan| option(&plan.key, &plan.name, query.plan.as_deref() == Some(&plan.key))))
        .collect_view();
    let status_options = [option("", "Any state", query.status.is_none())]
        .into_iter()
        .chain(
            TenantStatus::ALL
                .into_iter()
                .filter(|status| *status != TenantStatus::Deleted)
                .map(|status| option(status.as_str(), status.label(), query.status == Some(status))),
        )
        .collect_view();
    let sort = (query.sort != Sort::default()).then(|| view! { <input type="hidden" name="sort" value=query.sort.to_string() /> });
    let messages = errors.iter().map(|error| view! { <p class="error">{error.message.clone()}</p> }).collect::<Vec<_>>();
    let described_by = (!messages.is_empty()).then_some("q-messages");
    let messages = (!messages.is_empty()).then(|| view! { <div id="q-messages">{messages}</div> });
    let invalid = errors.iter().any(|error| error.field == "q").then_some("true");
    view! {
        <form class="search" role="search" action="/admin/tenants">
            <div class="field grow">
                <label for="q">"Find tenants"</label>
                <input id="q" name="q" type="search" value=typed placeholder="Name, slug or owner e-mail" autocomplete="off" aria-invalid=invalid aria-describedby=described_by />
                {messages}
            </div>
            <div class="field"><label for="status">"State"</label><select id="status" name="status">{status_options}</select></div>
            <div class="field"><label for="plan">"Plan"</label><select id="plan" name="plan">{plan_options}</select></div>
            {sort}
            <button class="btn">"Find"</button>
        </form>
    }
}

/// A heading that sorts: ascending first for texts, descending first for numbers; again turns it around.
fn heading(query: &TenantQuery, key: SortKey, label: &'static str, numeric: bool) -> impl IntoView + use<> {
    let current = query.sort.key == key;
    let descending = if current { !query.sort.descending } else { numeric };
    let href = TenantQuery { sort: Sort { key, descending }, after: None, ..query.clone() }.href();
    let sorted = current.then_some(if query.sort.descending { "descending" } else { "ascending" });
    view! { <th role="columnheader" scope="col" class=numeric.then_some("num") aria-sort=sorted><a href=href>{label}</a></th> }
}

fn of_quota(used: i64, quota: Option<i64>) -> String {
    match quota {
        Some(quota) => format!("{} of {}", quantity::count(used), quantity::count(quota)),
        None => quantity::count(used),
    }
}

/// What a row takes, about.
const ROW_BYTES: usize = 800;

/// Written straight into a string: as views, fifty rows take as long as the rest of the request.
fn row(tenant: &TenantRow, now: DateTime<Utc>) -> Markup {
    // A slug is made of letters, digits and hyphens, a figure of digits: nothing to escape.
    let slug = PreEscaped(tenant.slug.as_str());
    let agents = PreEscaped(of_quota(tenant.agents, tenant.agents_quota));
    html! {
        tr role="row" {
            td role="cell" class="name" { a href={ "/admin/tenants/" (slug) } { bdi { (tenant.name) } } " " span { (slug) } }
            td role="cell" { (tenant.plan) }
            td role="cell" class="lead" { (status_badge(tenant.status, tenant.trial_ends_at, now)) }
            td role="cell" class="num" data-label="Agents" { (agents) }
            td role="cell" class="use" data-label="Tokens" {
                @match quota::percent(tenant.tokens, tenant.tokens_quota) {
                    Some(percent) => (spark(percent)),
                    None => span { (PreEscaped(quantity::short(tenant.tokens, Unit::Count))) },
                }
            }
            td role="cell" class="num" { (PreEscaped(tenant.cost.to_string())) }
            td role="cell" class="long extra" data-label="Owner" { (tenant.owner_email) }
        }
    }
}

fn table(query: &TenantQuery, list: TenantList) -> AnyView {
    let totals = &list.totals;
    if list.rows.is_empty() {
        let (title, text, href, action) = if query.is_filtered() || query.after.is_some() {
            ("No tenant matches", "Try fewer words, or clear the filters to see all tenants.", "/admin/tenants", "Clear filters")
        } else {
            ("No tenants yet", "Create the first one; its owner gets a link to set it up.", "/admin/tenants/new", "New tenant")
        };
        return view! { <div class="card"><div class="empty"><h2>{title}</h2><p>{text}</p><a class="btn" href=href>{action}</a></div></div> }.into_any();
    }
    let shown = list.rows.len();
    let now = list.now;
    let mut rows = String::with_capacity(ROW_BYTES * shown);
    for tenant in &list.rows {
        rows.push_str(&row(tenant, now).0);
    }
    let rows = InertElement::new(rows);
    let first = query.after.is_some().then(|| {
        let href = TenantQuery { after: None, ..query.clone() }.href();
        view! { <a class="btn" href=href>"First page"</a> }
    });
    let next = list.next.map(|after| {
        let href = TenantQuery { after: Some(after), ..query.clone() }.href();
        view! { <a class="btn" rel="next" href=href>"Next"</a> }
    });
    let span = if query.after.is_some() || shown == PAGE_SIZE { format!("{shown} on this page") } else { format!("{shown} shown") };
    let by_state = [TenantStatus::Active, TenantStatus::Trial, TenantStatus::Suspended]
        .map(|status| format!("{}: {}", status.label(), quantity::count(totals.of(status))))
        .join(" · ");
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">{format!("Tenants, sorted by {}", query.sort.key.as_str())}</caption>
                <thead role="rowgroup"><tr role="row">
                    {heading(query, SortKey::Name, "Tenant", false)}
                    {heading(query, SortKey::Plan, "Plan", false)}
                    {heading(query, SortKey::Status, "State", false)}
                    {heading(query, SortKey::Agents, "Agents", true)}
                    <th role="columnheader" scope="col">"Tokens"</th>
                    {heading(query, SortKey::Cost, "Cost", true)}
                    <th role="columnheader" scope="col">"Owner"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            <div class="foot">
                <span>{format!("{} tenants · revenue {} a month · {by_state}", quantity::count(totals.tenants()), totals.revenue.short())}</span>
                <nav class="pager" aria-label="Pages"><span>{span}</span>{first}{next}</nav>
            </div>
        </div>
    }
    .into_any()
}
