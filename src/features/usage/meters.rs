//! The table of all meters that were used: those too that were added later.

use leptos::prelude::*;

use crate::domain::meter::Kind;
use crate::domain::quantity;
use crate::domain::usage::trend;
use crate::store::usage_report::MeterTotal;

fn change(line: &MeterTotal) -> String {
    match trend(line.amount.into(), line.before.into()) {
        None => "new".to_owned(),
        Some(percent) if percent > 0 => format!("+{percent} %"),
        Some(percent) => format!("{percent} %"),
    }
}

fn row(line: &MeterTotal) -> impl IntoView + use<> {
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
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><bdi>{line.label.clone()}</bdi></b>" "<small>{counted}</small></td>
            <td role="cell" class="num" data-label="Before">{text(line.before)}</td>
            <td role="cell" class="num" data-label="Change">{change(line)}</td>
            <td role="cell" class="num" data-label="Cost">{line.cost.to_string()}</td>
            <td role="cell" class="lead num"><b>{text(line.amount)}</b></td>
        </tr>
    }
}

/// Nothing while nothing was used.
pub fn meter_table(lines: &[MeterTotal]) -> Option<impl IntoView + use<>> {
    let rows = lines.iter().map(row).collect_view();
    (!lines.is_empty()).then(|| {
        view! {
            <section class="card rows">
                <div class="card-head"><h2>"By meter"</h2><span class="muted">"against the days before"</span></div>
                <table role="table">
                    <caption class="visually-hidden">"Usage by meter"</caption>
                    <thead role="rowgroup"><tr role="row">
                        <th role="columnheader" scope="col">"Meter"</th><th role="columnheader" scope="col" class="num">"Before"</th>
                        <th role="columnheader" scope="col" class="num">"Change"</th><th role="columnheader" scope="col" class="num">"Cost"</th>
                        <th role="columnheader" scope="col" class="num">"Used"</th>
                    </tr></thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </section>
        }
    })
}
