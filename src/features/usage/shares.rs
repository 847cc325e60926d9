//! A table of shares: by model, agent or cost centre. Its lines add up to the page's totals.

use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::domain::money::Usd;
use crate::domain::quantity;
use crate::domain::usage::{Breakdown, trend};
use crate::store::usage_report::{Share, UsageReport};
use crate::ui::table::Head::{Figures, Text};
use crate::ui::table::rows_table;

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

fn row(share: &Share, name: &str, total: Decimal) -> Markup {
    html! {
        tr role="row" {
            td role="cell" class="name" { b { bdi { (name) } } " " small { @if let Some(department) = &share.department { (department) } } }
            td role="cell" class="num" data-label="Tokens" { (quantity::count(share.tokens)) }
            td role="cell" class="num" data-label="Messages" { (quantity::count(share.messages)) }
            td role="cell" class="num" data-label="Change" { (change(share)) }
            td role="cell" class="num" data-label="Share" {
                @if total.is_zero() { "0 %" } @else { ((share.cost.0 * Decimal::ONE_HUNDRED / total).round()) " %" }
            }
            td role="cell" class="lead num" { b { (share.cost) } }
        }
    }
}

pub fn share_table(by: Breakdown, shares: &[Share], report: &UsageReport) -> Markup {
    let (label, total) = (by.label(), report.cost().0);
    let small = label.to_lowercase();
    html! {
        section class="card rows" {
            div class="card-head" { h2 { "By " (small) } }
            @if shares.is_empty() {
                div class="empty" {
                    h2 { "Nothing to break down" }
                    p { "Report usage events with their " (small) " (POST /api/v1/usage), and they are added up here." }
                }
            } @else {
                (rows_table(
                    &format!("Usage by {small}, most costly first"),
                    &[Text(label), Figures("Tokens"), Figures("Messages"), Figures("Change"), Figures("Share"), Figures("Cost")],
                    &html! {
                        @for share in shares { (row(share, if share.name.is_empty() { "Not given" } else { &share.name }, total)) }
                        @if let Some(rest) = rest(shares, report) { (row(&rest, "Everything else", total)) }
                    }
                ))
            }
        }
    }
}
