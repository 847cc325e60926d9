//! A tenant's usage page below its frame.

use chrono::{Datelike as _, Months, NaiveDate};
use leptos::prelude::*;
use maud::{Markup, html};

use super::meters::meter_table;
use super::shares::share_table;
use crate::domain::quantity;
use crate::domain::usage::{Breakdown, trend_text};
use crate::domain::when;
use crate::domain::zone::Zone;
use crate::store::notices::{Refusal, Standing};
use crate::store::usage_report::{Looked, UsageReport};
use crate::ui::chart::{Day, day_chart};
use crate::ui::table::Head::{Figures, Text};
use crate::ui::table::rows_table;
use crate::ui::text::written;
use crate::ui::time::{at_minute, zone};
use crate::web::page::islands;
use crate::web::standing::{Bars, Warned, banners, bars, live_bars};
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

fn months(usage: &Usage, place: &Place) -> Markup {
    let from = usage.report.span.from;
    let link = |month: NaiveDate| html! { a href={ (place.here) "?month=" (month.format("%Y-%m")) } { (month_and_year(month)) } };
    let after = from.checked_add_months(Months::new(1)).filter(|month| *month <= usage.standing.today);
    html! {
        nav class="tabs" aria-label="Months" {
            @if let Some(before) = from.checked_sub_months(Months::new(1)) { (link(before)) }
            a href="#main" aria-current="page" { (month_and_year(from)) }
            @if let Some(after) = after { (link(after)) }
        }
    }
}

fn stat(label: &str, value: &str, trend: &str) -> Markup {
    html! { div class="card stat" { small { (label) } b { (value) } em { (trend) } } }
}

fn stats(report: &UsageReport) -> Markup {
    let span = report.span;
    let whole = span.before_to.succ_opt().is_some_and(|next| next.day() == 1);
    let month = month_and_year(span.before_from);
    let before = match span.before_to.day() {
        _ if whole => format!("in {month}"),
        1 => format!("on the first day of {month}"),
        days => format!("in the first {days} days of {month}"),
    };
    html! {
        (stat("Cost", &report.cost().to_string(), &trend_text(report.cost().0, report.cost_before().0, &before)))
        @for (label, meter) in [("Tokens", "tokens"), ("Messages", "messages"), ("API calls", "api_calls")] {
            @let (now, then) = report.amounts(meter);
            (stat(label, &quantity::count(now), &trend_text(now.into(), then.into(), &before)))
        }
    }
}

fn source(source: &str) -> &'static str {
    match source {
        "override" => "set for this tenant",
        "grant" => "plan and top-ups",
        "key" => "the key",
        _ => "plan",
    }
}

fn refusal_row(refusal: &Refusal, zone: Zone) -> Markup {
    let amount = |n| if refusal.unit == "bytes" { quantity::short(n, quantity::Unit::Bytes) } else { quantity::count(n) };
    html! {
        tr role="row" {
            td role="cell" class="name" {
                b { (refusal.label) } " "
                span { @if refusal.key_prefix.is_empty() { "a person" } @else { (refusal.key_prefix) "…" } }
            }
            td role="cell" data-label="At" { (at_minute(refusal.at, zone)) }
            td role="cell" class="num" data-label="Calls" { (quantity::count(refusal.times)) }
            td role="cell" class="num" data-label="Limit from" { (source(&refusal.source)) }
            td role="cell" class="lead num" {
                (amount(refusal.used)) " of " (refusal.quota.map_or_else(|| "unlimited".to_owned(), amount))
            }
        }
    }
}

fn refusal_table(refusals: &[Refusal]) -> Markup {
    if refusals.is_empty() {
        return html! {
            div class="empty" {
                h2 { "Nothing was refused" }
                p { "Calls that go past a limit are listed here for 7 days, with the limit and where it came from." }
            }
        };
    }
    let zone = zone();
    html! {
        (rows_table(
            "Refused calls of the last 7 days, newest first",
            &[Text("Meter and key"), Text("At"), Figures("Calls"), Figures("Limit from"), Figures("Used")],
            &html! { @for refusal in refusals { (refusal_row(refusal, zone)) } }
        ))
    }
}

pub fn body(usage: &Usage, place: &Place) -> Markup {
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
    let tabs = place.of.as_ref().map(|tenant| view! { <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/usage" /> });
    html! {
        div class="head" {
            div class="grow" {
                h1 { (place.title) }
                p {
                    @match &place.of {
                        Some(tenant) => { a href={ "/admin/tenants/" (tenant.slug) } { bdi { (tenant.name) } } ", UTC days" },
                        None => "All days are UTC days.",
                    }
                }
            }
            a class="btn" href={ (place.here) ".csv?month=" (span.from.format("%Y-%m")) } download="" { "Download CSV" }
        }
        @if let Some(tabs) = tabs { (written(tabs)) }
        div class="banners" { (banners(&usage.standing, usize::MAX, warned)) }
        (months(usage, place))
        div class="grid" { (stats(report)) }
        section class="card pad" {
            div class="card-head" {
                h2 { "Tokens a day" }
                span class="muted" { (when::day_and_month(span.from)) " to " (when::day(span.to)) }
            }
            (day_chart("Tokens", &days, &["Messages", "Cost"], span.to == today))
        }
        section class="card pad" {
            div class="card-head" { h2 { "Limits and budget" } span class="muted" { "as of now" } }
            @match &place.live {
                Some(address) => (live_bars(address.clone(), bars)),
                None => (bars),
            }
        }
        (meter_table(&report.totals))
        @for by in Breakdown::ALL { (share_table(by, report.shares(by), report)) }
        section class="card rows" id="refused" {
            div class="card-head" { h2 { "Why was I refused?" } span class="muted" { "last 7 days" } }
            (refusal_table(&usage.refusals))
        }
        @if place.live.is_some() { (islands()) }
    }
}
