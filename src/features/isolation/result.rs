//! One result: at a glance, then part by part.

use leptos::prelude::*;

use crate::domain::isolation::{Part, PartResult, Report, Source};
use crate::domain::quantity;
use crate::store::isolation::{Check, CheckState};
use crate::ui::time::Minute;

/// Who asked, in words.
pub(super) fn asked_by(check: &Check) -> String {
    match check.source {
        Source::Console => check.asked_by.clone(),
        Source::CommandLine => format!("{} on the command line", check.asked_by),
        Source::Daily => "the daily check".to_owned(),
    }
}

/// `1.2 s`
pub(super) fn seconds(milliseconds: i64) -> String {
    format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100)
}

/// `61 tables and views`
fn counted(report: &Report, part: Part) -> String {
    let n = report.looked_at(part);
    format!("{} {}", quantity::count(n), part.unit(n))
}

/// `1 finding`
pub(super) fn findings(n: usize) -> String {
    if n == 1 { "1 finding".to_owned() } else { format!("{n} findings") }
}

/// The result in one sentence or two.
fn headline(report: &Report) -> impl IntoView + use<> {
    let looked = [Part::Tables, Part::Policies, Part::Functions, Part::Logins].map(|part| counted(report, part)).join(", ");
    let tried = counted(report, Part::Attempts);
    if report.is_healthy() {
        view! {
            <div class="banner ok">
                <span><b>"Tenants are kept apart. "</b>{format!("Looked at: {looked}. {tried} on rows of another tenant, or of none, reached nothing.")}</span>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="banner over">
                <span>
                    <b>{format!("{}: tenants may not be kept apart. ", findings(report.findings()))}</b>
                    {format!("What and where is said below. Looked at: {looked}; {tried}.")}
                </span>
            </div>
        }
        .into_any()
    }
}

fn row(part: &PartResult) -> impl IntoView + use<> {
    let (class, word) = match part.findings.len() {
        0 => ("state ok", "Passed".to_owned()),
        n => ("state over", findings(n)),
    };
    let found = part
        .findings
        .iter()
        .map(|found| view! { <li><b><bdi>{found.object.clone()}</bdi></b>{format!(": not so that {}. ", found.rule)}<bdi>{found.found.clone()}</bdi></li> })
        .collect_view();
    let found = (!part.findings.is_empty()).then(|| view! { <ul>{found}</ul> });
    view! {
        <tr role="row">
            <td role="cell" class="name"><b>{part.part.title()}</b>" "<small>{part.part.method()}</small>{found}</td>
            <td role="cell" class="num" data-label="Looked at">{format!("{} {}", quantity::count(part.looked_at), part.part.unit(part.looked_at))}</td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
        </tr>
    }
}

/// A finished check.
pub(super) fn finished(check: &Check, report: &Report) -> impl IntoView + use<> {
    let rows = report.parts.iter().map(row).collect_view();
    let by = asked_by(check);
    view! {
        {headline(report)}
        <section class="card rows">
            <div class="card-head">
                <h2>"Result"</h2>
                <a href=format!("/admin/isolation/{}/result.json", check.id.simple()) download>"Download as JSON"</a>
            </div>
            <table role="table" class="checks">
                <caption class="visually-hidden">"What was checked, how much of it, and what came of it"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Check"</th><th role="columnheader" scope="col" class="num">"Looked at"</th>
                    <th role="columnheader" scope="col">"Result"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            <div class="foot">
                <span>"Checked "<Minute at=report.finished_at />{format!(" by {by}, Tenantry {}, in {}", report.version, seconds(report.duration_ms))}</span>
            </div>
        </section>
    }
}

/// A check that is waited for, or will not come.
pub(super) fn unfinished(check: &Check) -> AnyView {
    match &check.state {
        CheckState::Finished(_) => ().into_any(),
        CheckState::Waiting { done, trouble } => {
            let trouble = trouble.as_ref().map(|why| format!(" The last attempt failed and is repeated: {why}"));
            view! {
                <div class="notice info" role="status">
                    <span><b>"A check is running. "</b>{format!("{done} of {} parts are done.", Part::ALL.len())}{trouble}</span>
                    <a class="btn" href="/admin/isolation">"Look again"</a>
                </div>
            }
            .into_any()
        }
        CheckState::GaveUp(why) => {
            view! { <div class="notice error"><span><b>"The check did not come to its end. "</b><bdi>{why.clone()}</bdi></span></div> }
                .into_any()
        }
    }
}
