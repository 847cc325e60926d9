//! What this server answered of late, by route.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::domain::quantity;
use crate::domain::traffic::{Counts, Took};

/// Routes that are listed, the busiest.
const ROUTES: usize = 15;

fn took(counts: &Counts, of_hundred: i64) -> String {
    counts.took(of_hundred).map(|took: Took| took.to_string()).unwrap_or_default()
}

/// `0.3 %`
fn percent(value: f64) -> String {
    if value == 0.0 { "0 %".to_owned() } else { format!("{value:.1} %") }
}

/// For so long, in words.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn row(route: &str, counts: &Counts) -> impl IntoView + use<> {
    let errors = (counts.errors > 0).then(|| view! { <b class="t-over">{quantity::count(counts.errors)}</b> });
    view! {
        <tr role="row">
            <td role="cell" class="name"><code>{route.to_owned()}</code></td>
            <td role="cell" class="lead num">{quantity::count(counts.requests)}</td>
            <td role="cell" class="num" data-label="Errors">{errors}{(counts.errors == 0).then_some("0")}</td>
            <td role="cell" class="num" data-label="Refused">{quantity::count(counts.refused)}</td>
            <td role="cell" class="num" data-label="Half within">{took(counts, 50)}</td>
            <td role="cell" class="num" data-label="95 % within">{took(counts, 95)}</td>
            <td role="cell" class="num" data-label="99 % within">{took(counts, 99)}</td>
        </tr>
    }
}

/// Of the last so many minutes.
pub(super) fn section(minutes: u64, routes: &BTreeMap<String, Counts>, running: u64) -> impl IntoView + use<> {
    let mut all = Counts::default();
    for counts in routes.values() {
        all.add(counts);
    }
    let mut busiest: Vec<(&String, &Counts)> = routes.iter().collect();
    busiest.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.requests));
    let rows = busiest.iter().take(ROUTES).map(|(route, counts)| row(route, counts)).collect_view();
    let tabs = [(5, "Last 5 minutes"), (60, "Last hour")]
        .map(|(of, label)| view! { <a href=format!("/admin/health?minutes={of}") aria-current=(minutes == of).then_some("page")>{label}</a> })
        .collect_view();
    let left_out = routes.len().saturating_sub(ROUTES);
    let foot = (left_out > 0).then(|| view! { <div class="foot"><span>{format!("The busiest of {} routes", routes.len())}</span></div> });
    let table = match routes.is_empty() {
        true => view! { <div class="empty"><h2>"No requests"</h2><p>"This server answered nobody in this time."</p></div> }.into_any(),
        false => view! {
            <table role="table">
                <caption class="visually-hidden">"Requests by route, busiest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Route"</th><th role="columnheader" scope="col" class="num">"Requests"</th>
                    <th role="columnheader" scope="col" class="num">"Errors"</th><th role="columnheader" scope="col" class="num">"Refused"</th>
                    <th role="columnheader" scope="col" class="num">"Half within"</th><th role="columnheader" scope="col" class="num">"95 % within"</th>
                    <th role="columnheader" scope="col" class="num">"99 % within"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            {foot}
        }
        .into_any(),
    };
    let running = duration(running);
    view! {
        <h2>"This server"</h2>
        <p class="muted">{format!("It has been running for {running}. Other servers of the platform have figures of their own; all are at /metrics.")}</p>
        <nav class="tabs" aria-label="Time">{tabs}</nav>
        <div class="grid">
            <div class="card stat"><small>"Requests"</small><b>{quantity::count(all.requests)}</b><em>{format!("{} refused", quantity::count(all.refused))}</em></div>
            <div class="card stat"><small>"Errors"</small><b>{percent(all.error_percent())}</b><em>{format!("{} answers with 5xx", quantity::count(all.errors))}</em></div>
            <div class="card stat"><small>"Half within"</small><b>{took(&all, 50)}</b><em>"of all requests"</em></div>
            <div class="card stat"><small>"95 % within"</small><b>{took(&all, 95)}</b><em>{format!("99 % within {}", took(&all, 99))}</em></div>
        </div>
        <section class="card rows"><div class="card-head"><h3>"By route"</h3></div>{table}</section>
    }
}
