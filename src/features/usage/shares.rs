//! A table of shares: by model, agent or cost centre. Its lines add up to the page's totals.

use leptos::prelude::*;
use rust_decimal::Decimal;

use crate::domain::money::Usd;
use crate::domain::quantity;
use crate::domain::usage::{Breakdown, trend};
use crate::store::usage_report::{Share, UsageReport};

/// What the listed shares leave of the totals: smaller ones, and usage that no event describes.
fn rest(shares: &[Share], report: &UsageReport) -> Option<Share> {
    let tokens = report.amounts("tokens").0 - shares.iter().map(|share| share.tokens).sum::<i64>();
    let messages = report.amounts("messages").0 - shares.iter().map(|share| share.messages).sum::<i64>();
    let cost = report.cost().0 - shares.iter().map(|share| share.cost.0).sum::<Decimal>();
    let cost_before = report.cost_before().0 - shares.iter().map(|share| share.cost_before.0).sum::<Decimal>();
    (tokens > 0 || messages > 0 || cost > Decimal::ZERO).then(|| Share {
        name: String::new(),
        department: Some("smaller ones, and what no event says more about".to_owned()),
        tokens,
        messages,
        cost: Usd(cost),
        cost_before: Usd(cost_before),
    })
}

fn change(share: &Share) -> String {
    match trend(share.cost.0, share.cost_before.0) {
        None => "new".to_owned(),
        Some(percent) if percent > 0 => format!("+{percent} %"),
        Some(percent) => format!("{percent} %"),
    }
}

fn row(share: &Share, name: String, total: Decimal) -> impl IntoView + use<> {
    let part = if total.is_zero() { "0 %".to_owned() } else { format!("{} %", (share.cost.0 * Decimal::ONE_HUNDRED / total).round()) };
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><bdi>{name}</bdi></b>" "<small>{share.department.clone()}</small></td>
            <td role="cell" class="num" data-label="Tokens">{quantity::count(share.tokens)}</td>
            <td role="cell" class="num" data-label="Messages">{quantity::count(share.messages)}</td>
            <td role="cell" class="num" data-label="Change">{change(share)}</td>
            <td role="cell" class="num" data-label="Share">{part}</td>
            <td role="cell" class="lead num"><b>{share.cost.to_string()}</b></td>
        </tr>
    }
}

pub fn share_table(by: Breakdown, shares: &[Share], report: &UsageReport) -> impl IntoView + use<> {
    let (label, total) = (by.label(), report.cost().0);
    let title = format!("By {}", label.to_lowercase());
    let table = if shares.is_empty() {
        view! {
            <div class="empty">
                <h2>"Nothing to break down"</h2>
                <p>{format!("Report usage events with their {} (POST /api/v1/usage), and they are added up here.", label.to_lowercase())}</p>
            </div>
        }
        .into_any()
    } else {
        let named = shares.iter().map(|share| {
            let name = if share.name.is_empty() { "Not given".to_owned() } else { share.name.clone() };
            row(share, name, total).into_any()
        });
        let last = rest(shares, report).map(|share| row(&share, "Everything else".to_owned(), total).into_any());
        let rows = named.chain(last).collect_view();
        view! {
            <table role="table">
                <caption class="visually-hidden">{format!("Usage by {}, most costly first", label.to_lowercase())}</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">{label}</th><th role="columnheader" scope="col" class="num">"Tokens"</th>
                    <th role="columnheader" scope="col" class="num">"Messages"</th><th role="columnheader" scope="col" class="num">"Change"</th>
                    <th role="columnheader" scope="col" class="num">"Share"</th><th role="columnheader" scope="col" class="num">"Cost"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! { <section class="card rows"><div class="card-head"><h2>{title}</h2></div>{table}</section> }
}
