//! `/admin/usage`: what the platform earns and costs, who uses it, who is near a limit.

use leptos::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::money::Usd;
use crate::domain::quantity;
use crate::store::platform_usage::{ActiveTenant, Crossed, PlanMargin, PlatformUsage, UnusualTenant};
use crate::ui::chart::{Day, DayChart};
use crate::ui::meter::Spark;
use crate::ui::text::Ago;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};

pub fn platform_usage_page() -> PageText {
    page(async {
        let (me, admin) = request::admin().await?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let usage = read.platform_usage().await?;
        Ok(console(&me, "Usage", "/admin/usage", body(usage).into_any()))
    })
}

fn tenant(slug: &str, name: String) -> impl IntoView + use<> {
    view! { <td role="cell" class="name"><a href=format!("/admin/tenants/{slug}/usage")><bdi>{name}</bdi></a>" "<span>{slug.to_owned()}</span></td> }
}

fn head(columns: &[(&'static str, bool)]) -> impl IntoView + use<> {
    let cells = columns
        .iter()
        .map(|(text, number)| view! { <th role="columnheader" scope="col" class=number.then_some("num")>{*text}</th> })
        .collect_view();
    view! { <thead role="rowgroup"><tr role="row">{cells}</tr></thead> }
}

fn empty(title: &'static str, text: &'static str) -> AnyView {
    view! { <div class="empty"><h2>{title}</h2><p>{text}</p></div> }.into_any()
}

fn margin_table(plans: &[PlanMargin], revenue: Usd, cost: Usd) -> impl IntoView + use<> {
    let line = |name: String, tenants: i64, revenue: Usd, cost: Usd| {
        let margin = Usd(revenue.0 - cost.0);
        view! {
            <tr role="row">
                <td role="cell" class="name"><b>{name}</b></td>
                <td role="cell" class="num" data-label="Tenants">{quantity::count(tenants)}</td>
                <td role="cell" class="num" data-label="Revenue">{revenue.short()}</td>
                <td role="cell" class="num" data-label="Cost">{cost.to_string()}</td>
                <td role="cell" class="lead num"><b>{margin.to_string()}</b></td>
            </tr>
        }
    };
    let all = line("All plans".to_owned(), plans.iter().map(|plan| plan.tenants).sum(), revenue, cost);
    let rows = plans.iter().map(|plan| line(plan.plan.clone(), plan.tenants, plan.revenue, plan.cost)).collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Monthly revenue, usage cost of this month and margin by plan"</caption>
            {head(&[("Plan", false), ("Tenants", true), ("Revenue", true), ("Cost", true), ("Margin", true)])}
            <tbody role="rowgroup">{rows}{all}</tbody>
        </table>
    }
}

fn active_table(tenants: Vec<ActiveTenant>) -> AnyView {
    if tenants.is_empty() {
        return empty("Nobody was active", "Tenants whose people were seen in the last 30 days are listed here.");
    }
    let rows = tenants
        .into_iter()
        .map(|line| {
            view! {
                <tr role="row">
                    {tenant(line.slug.as_str(), line.name)}
                    <td role="cell" class="num" data-label="Members">{quantity::count(line.members)}</td>
                    <td role="cell" class="lead num"><b>{quantity::plural(line.active, "active", "active")}</b></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Tenants with the most active users"</caption>
            {head(&[("Tenant", false), ("Members", true), ("Active users", true)])}
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn crossed_table(crossed: Vec<Crossed>, now: chrono::DateTime<chrono::Utc>) -> AnyView {
    if crossed.is_empty() {
        return empty("Nobody is near a limit", "Tenants that pass 80, 90, 95 or 100 % of a limit or of their budget are listed here.");
    }
    let rows = crossed
        .into_iter()
        .map(|line| {
            view! {
                <tr role="row">
                    {tenant(line.slug.as_str(), line.name)}
                    <td role="cell" data-label="Limit">{line.what}</td>
                    <td role="cell" data-label="Passed"><Ago at=line.at now=now /></td>
                    <td role="cell" class="lead use"><Spark percent=i64::from(line.percent) /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Thresholds passed in the periods that run, highest first"</caption>
            {head(&[("Tenant", false), ("Limit", false), ("Passed", false), ("Threshold", false)])}
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn unusual_table(days: Vec<UnusualTenant>) -> AnyView {
    if days.is_empty() {
        return empty("Nothing unusual today", "A tenant that uses three times as much as on a usual day is listed here.");
    }
    let rows = days
        .into_iter()
        .map(|line| {
            view! {
                <tr role="row">
                    {tenant(line.slug.as_str(), line.name)}
                    <td role="cell" data-label="Meter">{line.what}</td>
                    <td role="cell" class="num" data-label="Usual">{quantity::count(line.mean.trunc().to_i64().unwrap_or(i64::MAX))}</td>
                    <td role="cell" class="lead num"><b>{quantity::count(line.amount)}</b></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Tenants with unusual usage today"</caption>
            {head(&[("Tenant", false), ("Meter", false), ("Usual", true), ("Today", true)])}
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn body(usage: PlatformUsage) -> impl IntoView {
    let sum = |of: fn(&PlanMargin) -> Decimal| Usd(usage.plans.iter().map(of).sum());
    let (revenue, cost, margin) = (sum(|plan| plan.revenue.0), sum(|plan| plan.cost.0), sum(|plan| plan.margin().0));
    let near = usage.crossed.len();
    let days = usage
        .days
        .iter()
        .map(|day| Day { day: day.day, value: day.tokens, more: vec![quantity::count(day.messages), day.cost.to_string()] })
        .collect::<Vec<_>>();
    view! {
        <div class="head"><div class="grow"><h1>"Usage"</h1><p>"All tenants together, UTC"</p></div></div>
        <div class="grid">
            <div class="card stat"><small>"Monthly revenue"</small><b>{revenue.short()}</b><em>"plans and contracts"</em></div>
            <div class="card stat"><small>"Cost this month"</small><b>{cost.to_string()}</b><em>"as reported so far"</em></div>
            <div class="card stat"><small>"Margin"</small><b>{margin.to_string()}</b><em>"revenue without cost"</em></div>
            <div class="card stat"><small>"Active users"</small><b>{quantity::count(usage.active_users)}</b><em>"seen in the last 30 days"</em></div>
        </div>
        <section class="card pad">
            <div class="card-head"><h2>"Tokens a day"</h2><span class="muted">"last 30 days; today is a minute behind, late events an hour"</span></div>
            <DayChart what="Tokens" days=days columns=&["Messages", "Cost"] />
        </section>
        <section class="card rows">
            <div class="card-head"><h2>"Revenue and margin by plan"</h2></div>
            {margin_table(&usage.plans, revenue, cost)}
        </section>
        <div class="two">
            <section class="card rows">
                <div class="card-head"><h2>"Near a limit"</h2><span class="muted">{quantity::plural(i64::try_from(near).unwrap_or(0), "limit", "limits")}</span></div>
                {crossed_table(usage.crossed, usage.now)}
            </section>
            <section class="card rows">
                <div class="card-head"><h2>"Active users"</h2><span class="muted">"last 30 days"</span></div>
                {active_table(usage.active)}
            </section>
        </div>
        <section class="card rows">
            <div class="card-head"><h2>"Unusual today"</h2></div>
            {unusual_table(usage.unusual)}
        </section>
    }
}
