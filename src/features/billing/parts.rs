//! What the pages share: an invoice's lines, the rule that they follow, the fields that make a change happen once.

use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::billing::{Draft, Line};
use crate::domain::when;
use crate::store::billing::issued_on;
use crate::store::plan_board::Board;

/// `November 2026`
pub(super) fn month(first: chrono::NaiveDate) -> String {
    when::day(first).split_once(' ').map(|(_, month)| month.to_owned()).unwrap_or_default()
}

/// Lines and their total; `empty` is said where there are none.
pub(super) fn lines(caption: &str, lines: &[Line], empty: &'static str) -> impl IntoView + use<> {
    let total = crate::domain::money::Usd(lines.iter().map(|line| line.amount.0).sum());
    let none = lines.is_empty();
    let rows = lines
        .iter()
        .map(|line| {
            view! { <tr><td>{line.text.clone()}<small class="muted">{line.kind.label()}</small></td><td class="num">{line.amount.to_string()}</td></tr> }
        })
        .collect_view();
    view! {
        <table class="bill">
            <caption class="visually-hidden">{caption.to_owned()}</caption>
            <thead><tr><th scope="col">"What for"</th><th scope="col" class="num">"US dollars"</th></tr></thead>
            <tbody>{rows}{none.then(|| view! { <tr><td colspan="2" class="muted">{empty}</td></tr> })}</tbody>
            <tfoot><tr><th scope="row">"Total"</th><td class="num"><b>{total.to_string()}</b></td></tr></tfoot>
        </table>
    }
}

/// The next invoice as it stands.
pub(super) fn draft_card(title: String, draft: &Draft) -> impl IntoView + use<> {
    let made = when::day(issued_on(draft.month));
    view! {
        <section class="card pad stack">
            <h2>{title}</h2>
            {lines(&format!("Lines of the next invoice, for {}", month(draft.month)), &draft.lines, "Nothing is to be billed.")}
            <p class="hint">{format!("It is made on {made}, when all usage of {} is known. What is used beyond the plan until then is added.", month(draft.month))}</p>
        </section>
    }
}

/// How a month is reckoned, in words.
pub(super) fn rule() -> impl IntoView {
    view! {
        <details class="chart-table">
            <summary>"How a change is billed"</summary>
            <p>
                "Invoices are for calendar months, UTC. A dearer plan holds at once and is billed for the days that are left of the month, today among them: the difference of the prices, times the days left, divided by the days of the month, rounded half up to the cent. A cheaper plan holds from the first of the next month on, or from the end of the trial. Trials are not billed. When a plan changes more than once in a month, the fractions of a cent are carried on, so that the lines add up to what the days cost."
            </p>
        </details>
    }
}

/// Hidden fields: whose plan, which one, what was seen, and an id under which this is done once.
pub(super) fn confirmation(tenant: &str, plan: &str, board: &Board, sent: Option<String>) -> impl IntoView + use<> {
    let request = sent.and_then(|sent| sent.parse().ok()).unwrap_or_else(Uuid::new_v4);
    view! {
        <input type="hidden" name="tenant" value=tenant.to_owned() />
        <input type="hidden" name="plan" value=plan.to_owned() />
        <input type="hidden" name="version" value=board.version.to_string() />
        <input type="hidden" name="day" value=board.today.to_string() />
        <input type="hidden" name="request" value=request.to_string() />
    }
}
