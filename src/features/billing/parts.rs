//! What the pages share: an invoice's lines, the rule that they follow, the fields that make a change happen once.

use maud::{Markup, html};
use uuid::Uuid;

use crate::domain::billing::{Draft, Line};
use crate::domain::money::Usd;
use crate::domain::when;
use crate::store::billing::issued_on;
use crate::store::plan_board::Board;

/// `November 2026`
pub(super) fn month(first: chrono::NaiveDate) -> String {
    when::day(first).split_once(' ').map(|(_, month)| month.to_owned()).unwrap_or_default()
}

/// Lines and their total; `empty` is said where there are none.
pub(super) fn lines(caption: &str, lines: &[Line], empty: &str) -> Markup {
    let total = Usd(lines.iter().map(|line| line.amount.0).sum());
    html! {
        table class="bill" {
            caption class="visually-hidden" { (caption) }
            thead { tr { th scope="col" { "What for" } th scope="col" class="num" { "US dollars" } } }
            tbody {
                @for line in lines {
                    tr { td { (line.text) small class="muted" { (line.kind.label()) } } td class="num" { (line.amount) } }
                }
                @if lines.is_empty() { tr { td colspan="2" class="muted" { (empty) } } }
            }
            tfoot { tr { th scope="row" { "Total" } td class="num" { b { (total) } } } }
        }
    }
}

/// The next invoice as it stands.
pub(super) fn draft_card(title: &str, draft: &Draft) -> Markup {
    let of = month(draft.month);
    html! {
        section class="card pad stack" {
            h2 { (title) }
            (lines(&format!("Lines of the next invoice, for {of}"), &draft.lines, "Nothing is to be billed."))
            p class="hint" {
                "It is made on " (when::day(issued_on(draft.month))) ", when all usage of " (of) " is known. What is used beyond the plan until then is added."
            }
        }
    }
}

/// How a month is reckoned, in words.
pub(super) fn rule() -> Markup {
    html! {
        details class="chart-table" {
            summary { "How a change is billed" }
            p {
                "Invoices are for calendar months, UTC. A dearer plan holds at once and is billed for the days that are left of the month, today among them: the difference of the prices, times the days left, divided by the days of the month, rounded half up to the cent. A cheaper plan holds from the first of the next month on, or from the end of the trial. Trials are not billed. When a plan changes more than once in a month, the fractions of a cent are carried on, so that the lines add up to what the days cost."
            }
        }
    }
}

/// Hidden fields: whose plan, which one, what was seen, and an id under which this is done once.
pub(super) fn confirmation(tenant: &str, plan: &str, board: &Board, sent: Option<String>) -> Markup {
    let request = sent.and_then(|sent| sent.parse().ok()).unwrap_or_else(Uuid::new_v4);
    html! {
        input type="hidden" name="tenant" value=(tenant);
        input type="hidden" name="plan" value=(plan);
        input type="hidden" name="version" value=(board.version);
        input type="hidden" name="day" value=(board.today);
        input type="hidden" name="request" value=(request);
    }
}
