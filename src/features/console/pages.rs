//! `/admin`.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::domain::quantity;
use crate::domain::staff::ManageTenants;
use crate::domain::status::TenantStatus;
use crate::store::overview::{NearLimit, Overview, TopTenant};
use crate::store::sales_requests::SalesRequest;
use crate::ui::meter::Spark;
use crate::ui::text::Ago;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, may};

pub fn console_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let (overview, requests) = (read.overview().await?, read.list_sales_requests(None).await?);
        let (alerts, _new) = read.count_alerts().await?;
        Ok(console(&me, "Overview", "/admin", body(overview, &requests, alerts).into_any()))
    })
}

/// States that are always shown; others only where there are tenants in them.
const ALWAYS: [TenantStatus; 4] = [TenantStatus::Active, TenantStatus::Trial, TenantStatus::PastDue, TenantStatus::Suspended];

/// What tenants asked about plans and nobody has answered.
fn questions(requests: &[SalesRequest], now: DateTime<Utc>) -> Option<AnyView> {
    let rows = requests
        .iter()
        .map(|request| {
            let href = format!("/admin/tenants/{}/billing", request.slug);
            view! {
                <li>
                    <span class="grow"><a href=href><bdi>{request.tenant.clone()}</bdi></a>{format!(" asks about {}: ", request.plan)}<bdi>{request.message.clone()}</bdi></span>
                    <Ago at=request.asked_at now=now />
                </li>
            }
        })
        .collect_view();
    (!requests.is_empty()).then(|| {
        view! { <section class="card pad"><div class="card-head"><h2>"Questions about plans"</h2></div><ul class="list">{rows}</ul></section> }.into_any()
    })
}

fn body(overview: Overview, requests: &[SalesRequest], alerts: i64) -> impl IntoView + use<> {
    let totals = &overview.totals;
    let states = [TenantStatus::Active, TenantStatus::Trial, TenantStatus::PastDue, TenantStatus::Suspended, TenantStatus::Provisioning]
        .into_iter()
        .filter(|status| ALWAYS.contains(status) || totals.of(*status) > 0)
        .map(|status| {
            view! {
                <a href=format!("/admin/tenants?status={}", status.as_str()) class="card stat">
                    <small><span class=format!("state {}", status.as_str())>{status.label()}</span></small>
                    <b>{quantity::count(totals.of(status))}</b>
                    <em>"tenants"</em>
                </a>
            }
        })
        .collect_view();
    let near_count = overview.near_limit_count;
    let questions = questions(requests, overview.now);
    view! {
        <div class="head">
            <div class="grow">
                <h1>"Overview"</h1>
                <p>{format!("{} tenants, revenue {} a month", quantity::count(totals.tenants()), totals.revenue.short())}</p>
            </div>
            {(alerts > 0).then(|| view! { <a class="btn" href="/admin/health/alerts">{quantity::plural(alerts, "alert", "alerts")}</a> })}
            {may::<ManageTenants>().then(|| view! { <a class="btn pri" href="/admin/tenants/new">"New tenant"</a> })}
        </div>
        <nav class="grid" aria-label="Tenants by state">{states}</nav>
        {questions}
        <div class="grid">
            <div class="card stat"><small>"Agents"</small><b>{quantity::count(totals.agents)}</b><em>"over all tenants"</em></div>
            <div class="card stat"><small>"Messages today"</small><b>{quantity::count(overview.messages_today)}</b><em>"since 00:00 UTC"</em></div>
            <div class="card stat"><small>"Monthly revenue"</small><b>{totals.revenue.short()}</b><em>"plans and contracts"</em></div>
            <div class="card stat"><small>"Near a limit"</small><b>{quantity::count(near_count)}</b><em>"tenants at 80 % or more"</em></div>
        </div>
        <div class="two">
            <section class="card rows">
                <div class="card-head"><h2>"Highest cost this month"</h2><a href="/admin/tenants?sort=-cost">"All by cost"</a></div>
                {top_table(overview.top_by_cost)}
            </section>
            <section class="card rows">
                <div class="card-head"><h2>"Near a limit"</h2><a href="/admin/usage">"All limits passed"</a></div>
                {near_table(overview.near_limit)}
            </section>
        </div>
    }
}

fn top_table(tenants: Vec<TopTenant>) -> AnyView {
    if tenants.is_empty() {
        return view! { <div class="empty"><h2>"No tenants yet"</h2><p>"Create the first one; its owner gets a link to set it up."</p>{may::<ManageTenants>().then(|| view! { <a class="btn pri" href="/admin/tenants/new">"New tenant"</a> })}</div> }.into_any();
    }
    let rows = tenants
        .into_iter()
        .map(|tenant| {
            view! {
                <tr role="row">
                    <td role="cell" class="name"><a href=format!("/admin/tenants/{}", tenant.slug)><bdi>{tenant.name}</bdi></a>" "<span>{tenant.slug.to_string()}</span></td>
                    <td role="cell" data-label="Plan">{tenant.plan}</td>
                    <td role="cell" class="num" data-label="Agents">{quantity::count(tenant.agents)}</td>
                    <td role="cell" class="lead num"><b>{tenant.cost.to_string()}</b></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Tenants with the highest cost this month"</caption>
            <thead role="rowgroup"><tr role="row">
                <th role="columnheader" scope="col">"Tenant"</th><th role="columnheader" scope="col">"Plan"</th>
                <th role="columnheader" scope="col" class="num">"Agents"</th><th role="columnheader" scope="col" class="num">"Cost"</th>
            </tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn near_table(tenants: Vec<NearLimit>) -> AnyView {
    if tenants.is_empty() {
        return view! { <div class="empty"><h2>"Nobody is near a limit"</h2><p>"Tenants that use 80 % or more of a quota or their budget are listed here."</p></div> }.into_any();
    }
    let rows = tenants
        .into_iter()
        .map(|tenant| {
            view! {
                <tr role="row">
                    <td role="cell" class="name"><a href=format!("/admin/tenants/{}", tenant.slug)><bdi>{tenant.name}</bdi></a>" "<span>{tenant.slug.to_string()}</span></td>
                    <td role="cell" data-label="Plan">{tenant.plan}</td>
                    <td role="cell" data-label="Quota">{tenant.what}</td>
                    <td role="cell" class="lead use"><Spark percent=i64::from(tenant.percent) /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Tenants near a limit, fullest first"</caption>
            <thead role="rowgroup"><tr role="row">
                <th role="columnheader" scope="col">"Tenant"</th><th role="columnheader" scope="col">"Plan"</th>
                <th role="columnheader" scope="col">"Quota"</th><th role="columnheader" scope="col">"Used"</th>
            </tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}
