//! What holds for one meter of one tenant, and why.

use leptos::prelude::*;

use super::one::Sheet;
use super::words::{own, why};
use crate::domain::amount;
use crate::domain::entitlement::Rule;
use crate::domain::quota::{Level, Quota};
use crate::ui::meter::quota_bar;
use crate::ui::text::Ago;
use crate::ui::text::inert;

pub(super) fn facts(sheet: &Sheet) -> impl IntoView + use<> {
    let line = &sheet.line;
    let beyond = match line.rule {
        Rule::Block => "refused beyond",
        Rule::Degrade => "degraded beyond",
        Rule::Overage => "billed beyond",
    };
    let plan = match line.plan {
        Some(quota) => format!("{}, {beyond} ({})", sheet.text(quota), sheet.plan),
        None => format!("unlimited ({})", sheet.plan),
    };
    let overridden = line.overridden.as_ref().map(|standing| {
        let (quota, until) = own(line, standing);
        view! {
            <dt>"Override"</dt>
            <dd>{quota}" "{until}</dd>
            <dt>"Its reason"</dt>
            <dd><bdi>{standing.reason.clone()}</bdi></dd>
            <dt>"Set by"</dt>
            <dd><bdi>{standing.created_by.clone()}</bdi>", "<Ago at=standing.created_at now=sheet.now /></dd>
        }
    });
    let granted = (line.granted + line.drawn > 0).then(|| {
        let drawn = if line.drawn > 0 { format!(", {} drawn in this period", sheet.text(line.drawn)) } else { String::new() };
        view! { <dt>"Grants"</dt><dd>{format!("{} left{drawn}", sheet.text(line.granted))}</dd> }
    });
    let held = (line.held > 0).then(|| view! { <dt>"Held"</dt><dd>{format!("{} by reservations", sheet.text(line.held))}</dd> });
    let bar = line.used.map(|used| {
        let level = Level::Units { used, limit: line.quota, unit: line.unit };
        inert(quota_bar(&Quota { label: "Used".to_owned(), level, resets: None }))
    });
    view! {
        <section class="card pad">
            <div class="card-head"><h2>"What holds"</h2></div>
            {bar}
            <dl class="facts">
                <dt>"Holds now"</dt>
                <dd><b>{amount::quota_text(line.quota, line.unit)}</b>{format!(" ({})", why(line))}</dd>
                <dt>"Plan"</dt>
                <dd>{plan}</dd>
                {overridden}
                {granted}
                {held}
            </dl>
        </section>
    }
}
