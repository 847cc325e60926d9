//! The table of all meters that were used: those too that were added later.

use maud::{Markup, html};

use crate::domain::meter::Kind;
use crate::domain::quantity;
use crate::domain::usage::trend;
use crate::store::usage_report::MeterTotal;
use crate::ui::table::Head::{Figures, Text};
use crate::ui::table::rows_table;

fn change(line: &MeterTotal) -> String {
    match trend(line.amount.into(), line.before.into()) {
        None => "new".to_owned(),
        Some(percent) if percent > 0 => format!("+{percent} %"),
        Some(percent) => format!("{percent} %"),
    }
}

fn row(line: &MeterTotal) -> Markup {
    let counted = match line.kind {
        Kind::Metered => "in all",
        Kind::Allocated => "at most",
        Kind::Rate => "in a minute, at most",
        Kind::Concurrent => "at the same time, at most",
    };
    // Bytes are read in GB; what is counted, to the unit.
    let text = |n: i64| match line.unit {
        quantity::Unit::Count => quantity::count(n),
        quantity::Unit::Bytes => quantity::short(n, line.unit),
    };
    html! {
        tr role="row" {
            td role="cell" class="name" { b { bdi { (line.label) } } " " small { (counted) } }
            td role="cell" class="num" data-label="Before" { (text(line.before)) }
            td role="cell" class="num" data-label="Change" { (change(line)) }
            td role="cell" class="num" data-label="Cost" { (line.cost) }
            td role="cell" class="lead num" { b { (text(line.amount)) } }
        }
    }
}

/// Nothing while nothing was used.
pub fn meter_table(lines: &[MeterTotal]) -> Markup {
    if lines.is_empty() {
        return Markup::default();
    }
    html! {
        section class="card rows" {
            div class="card-head" { h2 { "By meter" } span class="muted" { "against the days before" } }
            (rows_table(
                "Usage by meter",
                &[Text("Meter"), Figures("Before"), Figures("Change"), Figures("Cost"), Figures("Used")],
                &html! { @for line in lines { (row(line)) } }
            ))
        }
    }
}
