//! The table of all meters that were used: those too that were added later.

use leptos::prelude::*;

use crate::domain::quantity;
use crate::domain::usage::trend;
use crate::store::usage_report::{MeterPeak, UsageReport};

fn change(now: i64, before: i64) -> String {
    match trend(now.into(), before.into()) {
        None => "new".to_owned(),
        Some(percent) if percent > 0 => format!("+{percent} %"),
        Some(percent) => format!("{percent} %"),
    }
}

fn row(label: &str, counted: &'static str, now: i64, before: i64, cost: Option<String>) -> impl IntoView + use<> {
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><bdi>{label.to_owned()}</bdi></b>" "<span>{counted}</span></td>
            <td role="cell" class="num" data-label="Before">{quantity::count(before)}</td>
            <td role="cell" class="num" data-label="Change">{change(now, before)}</td>
            <td role="cell" class="num" data-label="Cost">{cost}</td>
            <td role="cell" class="lead num"><b>{quantity::count(now)}</b></td>
        </tr>
    }
}

/// Nothing while nothing was used.
pub fn meter_table(report: &UsageReport, peaks: &[MeterPeak]) -> Option<impl IntoView + use<>> {
    let used = report.totals.iter().map(|total| row(&total.label, "used", total.amount, total.before, Some(total.cost.to_string())));
    let ran = peaks.iter().map(|peak| row(&peak.label, "at the same time, at most", peak.peak, peak.before, None));
    let rows: Vec<_> = used.chain(ran).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="card rows">
                <div class="card-head"><h2>"By meter"</h2><span class="muted">"change against the days before"</span></div>
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
