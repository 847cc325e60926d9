//! A bar chart by day, drawn on the server, with its table beside.

use chrono::NaiveDate;
use leptos::prelude::*;

use crate::domain::quantity::{self, Unit};
use crate::domain::when;

/// One day of a chart: its value, and what further columns of the table say.
#[derive(Debug, Clone)]
pub struct Day {
    pub day: NaiveDate,
    pub value: i64,
    pub more: Vec<String>,
}

/// The smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is not below `most`.
fn nice_top(most: i64) -> i64 {
    let mut power = 1_i64;
    while power.saturating_mul(10) <= most {
        power = power.saturating_mul(10);
    }
    [10, 15, 20, 30, 40, 50, 60, 80, 100]
        .into_iter()
        .map(|tenths| (power.saturating_mul(tenths)) / 10)
        .find(|top| *top >= most && *top > 0)
        .unwrap_or(1)
}

/// `what` is counted, `columns` are the headings of [`Day::more`]. While the chart is `running` its last day is today and not over.
#[component]
pub fn DayChart(
    what: &'static str,
    days: Vec<Day>,
    columns: &'static [&'static str],
    #[prop(default = true)] running: bool,
) -> impl IntoView {
    let most = days.iter().map(|day| day.value).max().unwrap_or(0);
    let top = nice_top(most);
    let n = days.len().max(1) as f64;
    let (first, middle, last) = (days.first(), days.get(days.len() / 2), days.last());
    let short = |day: Option<&Day>| day.map(|d| d.day.format("%-d %b").to_string()).unwrap_or_default();
    let highest = days.iter().max_by_key(|day| day.value);
    let summary = match (first, last, highest) {
        (Some(first), Some(last), Some(highest)) if most > 0 => format!(
            "{what} a day, {} to {}. Highest {} on {}.",
            when::day_and_month(first.day),
            when::day_and_month(last.day),
            quantity::count(highest.value),
            when::day_and_month(highest.day)
        ),
        _ => format!("{what} a day: none yet."),
    };
    let lines = [(0, "", top), (50, "", top / 2), (100, "base", 0)]
        .into_iter()
        // A middle that is no whole number has no line, and a chart of nothing only its base.
        .filter(|(y, _, value)| *y == 100 || (most > 0 && (*y == 0 || value * 2 == top)))
        .map(|(y, class, value)| {
            view! {
                <line class=class x1="0" x2="100%" y1=format!("{y}%") y2=format!("{y}%")></line>
                <text x="0" dx="-8" y=format!("{y}%") dy=".32em" text-anchor="end">{quantity::short(value, Unit::Count)}</text>
            }
        })
        .collect_view();
    let bars = days
        .iter()
        .enumerate()
        .map(|(i, day)| {
            let height = day.value as f64 * 100.0 / top as f64;
            let class = if running && i + 1 == days.len() { "part" } else { "" };
            view! {
                <rect class=class x=format!("{:.2}%", (i as f64 + 0.12) * 100.0 / n) y=format!("{:.2}%", 100.0 - height) width=format!("{:.2}%", 76.0 / n) height=format!("{height:.2}%") rx="1.5">
                    <title>{format!("{}: {}", when::day_and_month(day.day), quantity::count(day.value))}</title>
                </rect>
            }
        })
        .collect_view();
    let nothing = (most == 0).then(|| view! { <text x="50%" y="50%" text-anchor="middle">"None yet"</text> });
    let labels = [("0", "start", first), ("50%", "middle", middle), ("100%", "end", last)]
        .map(|(x, anchor, day)| view! { <text x=x y="100%" dy="18" text-anchor=anchor>{short(day)}</text> })
        .collect_view();
    let rows = days
        .iter()
        .rev()
        .map(|day| {
            let more = day.more.iter().map(|text| view! { <td class="num">{text.clone()}</td> }).collect_view();
            view! { <tr><th scope="row">{when::day_and_month(day.day)}</th><td class="num">{quantity::count(day.value)}</td>{more}</tr> }
        })
        .collect_view();
    let heads = columns.iter().map(|head| view! { <th scope="col" class="num">{*head}</th> }).collect_view();
    view! {
        <figure class="chart"><svg role="img" aria-label=summary>{lines}{bars}{nothing}{labels}</svg></figure>
        <details class="chart-table">
            <summary>{format!("{what} a day as a table")}</summary>
            <table>
                <caption class="visually-hidden">{format!("{what} a day, newest first")}</caption>
                <thead><tr><th scope="col">"Day"</th><th scope="col" class="num">{what}</th>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::nice_top;

    #[test]
    fn the_axis_ends_at_a_round_number() {
        for (most, top) in [(0, 1), (1, 1), (7, 8), (19, 20), (23, 30), (57_152, 60_000), (99, 100), (100, 100)] {
            assert_eq!(nice_top(most), top, "{most}");
        }
    }
}
