//! A bar chart by day, drawn on the server, with its table beside.

use chrono::NaiveDate;
use leptos::prelude::*;
use maud::{Markup, html};

use crate::domain::quantity::{self, Unit};
use crate::domain::when;
use crate::ui::text::inert;

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
pub fn day_chart(what: &str, days: &[Day], columns: &[&str], running: bool) -> Markup {
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
    // A middle that is no whole number has no line, and a chart of nothing only its base.
    let lines = [(0, "", top), (50, "", top / 2), (100, "base", 0)]
        .into_iter()
        .filter(|(y, _, value)| *y == 100 || (most > 0 && (*y == 0 || value * 2 == top)));
    html! {
        figure class="chart" {
            svg role="img" aria-label=(summary) {
                @for (y, class, value) in lines {
                    line class=(class) x1="0" x2="100%" y1={ (y) "%" } y2={ (y) "%" } {}
                    text x="0" dx="-8" y={ (y) "%" } dy=".32em" text-anchor="end" { (quantity::short(value, Unit::Count)) }
                }
                @for (i, day) in days.iter().enumerate() {
                    @let height = day.value as f64 * 100.0 / top as f64;
                    rect class=(if running && i + 1 == days.len() { "part" } else { "" }) x=(share((i as f64 + 0.12) * 100.0 / n))
                        y=(share(100.0 - height)) width=(share(76.0 / n)) height=(share(height)) rx="1.5" {
                        title { (when::day_and_month(day.day)) ": " (quantity::count(day.value)) }
                    }
                }
                @if most == 0 { text x="50%" y="50%" text-anchor="middle" { "None yet" } }
                @for (x, anchor, day) in [("0", "start", first), ("50%", "middle", middle), ("100%", "end", last)] {
                    text x=(x) y="100%" dy="18" text-anchor=(anchor) { (short(day)) }
                }
            }
        }
        details class="chart-table" {
            summary { (what) " a day as a table" }
            table {
                caption class="visually-hidden" { (what) " a day, newest first" }
                thead {
                    tr {
                        th scope="col" { "Day" }
                        th scope="col" class="num" { (what) }
                        @for head in columns { th scope="col" class="num" { (head) } }
                    }
                }
                tbody {
                    @for day in days.iter().rev() {
                        tr {
                            th scope="row" { (when::day_and_month(day.day)) }
                            td class="num" { (quantity::count(day.value)) }
                            @for text in &day.more { td class="num" { (text) } }
                        }
                    }
                }
            }
        }
    }
}

/// Of the chart's width or height.
fn share(percent: f64) -> String {
    format!("{percent:.2}%")
}

/// [`day_chart`] in a view.
#[component]
pub fn DayChart(
    what: &'static str,
    days: Vec<Day>,
    columns: &'static [&'static str],
    #[prop(default = true)] running: bool,
) -> impl IntoView {
    inert(day_chart(what, &days, columns, running))
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
