//! A tenant's usage page below its frame.

use chrono::{Datelike as _, Months, NaiveDate};
use leptos::prelude::*;

use super::meters::meter_table;
use super::shares::share_table;
use crate::domain::quantity;
use crate::domain::usage::{Breakdown, trend_text};
use crate::domain::when;
use crate::store::notices::{Refusal, Standing};
use crate::store::usage_report::{Looked, UsageReport};
use crate::ui::chart::{Day, DayChart};
use crate::ui::live::LiveBars;
use crate::ui::time::Minute;
use crate::web::page::Islands;
use crate::web::standing::{Bars, Warned, banners, bars};
use crate::web::tenant_tabs::TenantTabs;

/// All that the page shows.
pub struct Usage {
    pub report: UsageReport,
    pub standing: Standing,
    pub refusals: Vec<Refusal>,
}

/// Where the page stands.
pub struct Place {
    /// Its own address.
    pub here: String,
    pub title: String,
    /// The tenant that staff look at.
    pub of: Option<Looked>,
    /// What keeps the bars up to date while the page is open.
    pub live: Option<String>,
}

/// `October 2026`
fn month_and_year(date: NaiveDate) -> String {
    let text = when::day(date);
    text.split_once(' ').map_or_else(String::new, |(_, rest)| rest.to_owned())
}

fn months(usage: &Usage, place: &Place) -> impl IntoView + use<> {
    let from = usage.report.span.from;
    let link = |month: NaiveDate| {
        let href = format!("{}?month={}", place.here, month.format("%Y-%m"));
        view! { <a href=href>{month_and_year(month)}</a> }
    };
    let before = from.checked_sub_months(Months::new(1)).map(link);
    let after = from.checked_add_months(Months::new(1)).filter(|month| *month <= usage.standing.today).map(link);
    view! { <nav class="tabs" aria-label="Months">{before}<a href="#main" aria-current="page">{month_and_year(from)}</a>{after}</nav> }
}

fn stats(report: &UsageReport) -> impl IntoView + use<> {
    let span = report.span;
    let whole = span.before_to.succ_opt().is_some_and(|next| next.day() == 1);
    let month = month_and_year(span.before_from);
    let before = if whole { format!("in {month}") } else { format!("in the first {} days of {month}", span.before_to.day()) };
    let counts = ["tokens", "messages", "api_calls"].map(|meter| {
        let (now, then) = report.amounts(meter);
        let label = match meter {
            "tokens" => "Tokens",
            "messages" => "Messages",
            _ => "API calls",
        };
        (label, quantity::count(now), trend_text(now.into(), then.into(), &before))
    });
    let cost = ("Cost", report.cost().to_string(), trend_text(report.cost().0, report.cost_before().0, &before));
    [cost]
        .into_iter()
        .chain(counts)
        .map(|(label, value, trend)| view! { <div class="card stat"><small>{label}</small><b>{value}</b><em>{trend}</em></div> })
        .collect_view()
}

fn source(source: &str) -> &'static str {
    match source {
        "override" => "set for this tenant",
        "grant" => "plan and top-ups",
        "key" => "the key",
        _ => "plan",
    }
}

fn refusal_table(refusals: &[Refusal]) -> AnyView {
    if refusals.is_empty() {
        return view! { <div class="empty"><h2>"Nothing was refused"</h2><p>"Calls that go past a limit are listed here for 7 days, with the limit and where it came from."</p></div> }.into_any();
    }
    let rows = refusals
        .iter()
        .map(|refusal| {
            let amount = |n| if refusal.unit == "bytes" { quantity::short(n, quantity::Unit::Bytes) } else { quantity::count(n) };
            let limit = refusal.quota.map_or_else(|| "unlimited".to_owned(), amount);
            let key = if refusal.key_prefix.is_empty() { "a person".to_owned() } else { format!("{}…", refusal.key_prefix) };
            view! {
                <tr role="row">
                    <td role="cell" class="name"><b>{refusal.label.clone()}</b>" "<span>{key}</span></td>
                    <td role="cell" data-label="At"><Minute at=refusal.at /></td>
                    <td role="cell" class="num" data-label="Calls">{quantity::count(refusal.times)}</td>
                    <td role="cell" class="num" data-label="Limit from">{source(&refusal.source)}</td>
                    <td role="cell" class="lead num">{format!("{} of {limit}", amount(refusal.used))}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table role="table">
            <caption class="visually-hidden">"Refused calls of the last 7 days, newest first"</caption>
            <thead role="rowgroup"><tr role="row">
                <th role="columnheader" scope="col">"Meter and key"</th><th role="columnheader" scope="col">"At"</th>
                <th role="columnheader" scope="col" class="num">"Calls"</th><th role="columnheader" scope="col" class="num">"Limit from"</th>
                <th role="columnheader" scope="col" class="num">"Used"</th>
            </tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

pub fn body(usage: &Usage, place: &Place) -> impl IntoView + use<> {
    let report = &usage.report;
    let (span, today) = (report.span, usage.standing.today);
    let days = report
        .days
        .iter()
        .map(|day| Day { day: day.day, value: day.tokens, more: vec![quantity::count(day.messages), day.cost.to_string()] })
        .collect::<Vec<_>>();
    let console = place.of.as_ref().map(|tenant| format!("/admin/tenants/{}", tenant.slug));
    let warned = match &console {
        Some(tenant) => Warned::Staff(tenant),
        None => Warned::People(place.here.trim_end_matches("/usage")),
    };
    let bars = bars(&usage.standing, Bars::All);
    let bars = match &place.live {
        Some(address) => view! { <LiveBars address=address.clone()>{bars}</LiveBars> }.into_any(),
        None => bars.into_any(),
    };
    let lead = match &place.of {
        Some(tenant) => {
            view! { <p><a href=format!("/admin/tenants/{}", tenant.slug)><bdi>{tenant.name.clone()}</bdi></a>", UTC days"</p> }.into_any()
        }
        None => view! { <p>"All days are UTC days."</p> }.into_any(),
    };
    let tabs = place.of.as_ref().map(|tenant| view! { <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/usage" /> });
    let csv = format!("{}.csv?month={}", place.here, span.from.format("%Y-%m"));
    view! {
        <div class="head">
            <div class="grow"><h1>{place.title.clone()}</h1>{lead}</div>
            <a class="btn" href=csv download="">"Download CSV"</a>
        </div>
        {tabs}
        <div class="banners">{banners(&usage.standing, usize::MAX, warned)}</div>
        {months(usage, place)}
        <div class="grid">{stats(report)}</div>
        <section class="card pad">
            <div class="card-head"><h2>"Tokens a day"</h2><span class="muted">{format!("{} to {}", when::day_and_month(span.from), when::day(span.to))}</span></div>
            <DayChart what="Tokens" days=days columns=&["Messages", "Cost"] running={span.to == today} />
        </section>
        <section class="card pad">
            <div class="card-head"><h2>"Limits and budget"</h2><span class="muted">"as of now"</span></div>
            {bars}
        </section>
        {meter_table(&usage.report.totals)}
        {Breakdown::ALL.map(|by| share_table(by, report.shares(by), report)).collect_view()}
        <section class="card rows" id="refused">
            <div class="card-head"><h2>"Why was I refused?"</h2><span class="muted">"last 7 days"</span></div>
            {refusal_table(&usage.refusals)}
        </section>
        {place.live.is_some().then(|| view! { <Islands /> })}
    }
}
