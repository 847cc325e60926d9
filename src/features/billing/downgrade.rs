//! A smaller plan, tried out: what would be over which limit, what is to happen with it, and what it costs from then on.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::choose::Sheet;
use super::parts::{confirmation, draft_card, rule};
use super::server::ChangePlan;
use super::upgrade::differences;
use crate::domain::downgrade::Over;
use crate::domain::meter::Kind;
use crate::domain::quantity::{count, short};
use crate::domain::when;
use crate::store::plan_candidates::Candidate;
use crate::ui::text::inert;

/// Names of the fields, by meter: the way, and the boxes.
fn names(meter: &str) -> Option<(&'static str, &'static str, &'static str)> {
    match meter {
        "agents" => Some(("agents", "stay_agents", "stay_agents[]")),
        "members" => Some(("members", "stay_members", "stay_members[]")),
        _ => None,
    }
}

/// What can be done with what there is too much of: value and text.
fn ways(over: &Over, choose: bool) -> Vec<(&'static str, String)> {
    let limit = count(over.limit);
    let (all, oldest, chosen) = match over.meter.as_str() {
        "agents" => (
            "Keep all as they are. No agent can be added until there are fewer than the limit.".to_owned(),
            format!("Archive: the {limit} oldest stay active, the others are deactivated. Nothing is deleted."),
            format!("Choose up to {limit} that stay active; the others are deactivated."),
        ),
        _ => (
            "Keep all as they are. Nobody can be invited until there are fewer than the limit.".to_owned(),
            format!(
                "The {limit} who have been here longest keep their roles, the others become viewers: they read only. Owners stay owners."
            ),
            format!("Choose up to {limit} who keep their roles; the others become viewers. Owners stay owners."),
        ),
    };
    let mut ways = vec![("all", all), ("oldest", oldest)];
    if choose {
        ways.push(("chosen", chosen));
    }
    ways
}

fn boxes(sheet: &Sheet, over: &Over, candidates: &[Candidate], field: &'static str, name: &'static str) -> impl IntoView + use<> {
    let first = usize::try_from(over.limit).unwrap_or(usize::MAX);
    let boxes = candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| {
            let ticked = sheet.form.ticked(field, candidate.id).unwrap_or(at < first);
            view! {
                <label class="check">
                    <input type="checkbox" name=name value=candidate.id.to_string() checked=ticked />
                    <span><bdi>{candidate.name.clone()}</bdi><span class="hint">{candidate.detail.clone()}</span></span>
                </label>
            }
        })
        .collect_view();
    let error = sheet.form.error(field);
    let (open, described) = (error.is_some(), error.as_ref().map(|_| format!("{field}-error")));
    view! {
        <details class="boxes" open=open>
            <summary>{format!("{} to choose from", over.label)}</summary>
            <fieldset aria-describedby=described>
                <legend class="visually-hidden">{format!("{} that stay", over.label)}</legend>
                <div class="field">{boxes}</div>
            </fieldset>
        </details>
        {error.map(|error| view! { <div class="field"><p class="error" id=format!("{field}-error")>{error}</p></div> })}
    }
}

fn question(sheet: &Sheet, over: &Over, candidates: &[Candidate]) -> AnyView {
    let Some((way, field, name)) = names(&over.meter) else {
        return view! {
            <section class="stack">
                <h3>{over.label.clone()}</h3>
                <p>{over.text()}</p>
                <p>"All of it stays and can be read. Nothing can be added until there is less than the limit; what you delete before makes room."</p>
            </section>
        }
        .into_any();
    };
    let typed = sheet.form.typed(way).filter(|way| !way.is_empty()).unwrap_or_else(|| "all".to_owned());
    let ways = ways(over, !candidates.is_empty())
        .into_iter()
        .map(|(value, text)| {
            let chosen = typed == value;
            view! { <label class="check"><input type="radio" name=way value=value checked=chosen /><span>{text}</span></label> }
        })
        .collect_view();
    let error = sheet.form.error(way);
    view! {
        <section class="stack">
            <fieldset class="field">
                <legend>{over.label.clone()}</legend>
                <p>{over.text()}</p>
                {ways}
                {error.map(|error| view! { <p class="error">{error}</p> })}
            </fieldset>
            {(!candidates.is_empty()).then(|| boxes(sheet, over, candidates, field, name))}
        </section>
    }
    .into_any()
}

/// What was used this period beyond what the plan would grant: it starts anew, so nothing has to be chosen.
fn periods(sheet: &Sheet) -> Option<impl IntoView + use<>> {
    let said: Vec<String> = sheet
        .board
        .own
        .iter()
        .filter(|own| own.kind == Kind::Metered)
        .filter_map(|own| {
            let (used, limit) = (own.used?, own.limit(&sheet.offer)?);
            let period = own.period.as_deref().unwrap_or("month");
            (used > limit).then(|| {
                format!(
                    "{}: you have used {} this {period}; {} grants {}.",
                    own.label,
                    short(used, own.unit),
                    sheet.offer.name,
                    short(limit, own.unit)
                )
            })
        })
        .collect();
    (!said.is_empty()).then(|| {
        let rows = said.into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
        view! { <h3>"Would not be enough"</h3><ul>{rows}</ul><p class="hint">"These start anew with each day or month. At the pace of now they would be used up early."</p> }
    })
}

pub(super) fn body(sheet: &Sheet) -> impl IntoView + use<> {
    let name = sheet.offer.name.clone();
    let at = sheet.board.next_period();
    let when = match sheet.board.trial_ends_at {
        Some(_) => format!("It begins when your trial ends, on {}.", when::minute(at)),
        None => {
            format!("It begins on {}. Until then everything stays as it is, and you can take the change back.", when::day(at.date_naive()))
        }
    };
    let lost: Vec<&str> = sheet.board.lost(&sheet.offer).collect();
    let lost = (!lost.is_empty()).then(|| format!("{}.", lost.join(", ")));
    let questions = sheet.over.iter().map(|(over, candidates)| question(sheet, over, candidates)).collect_view();
    let fits = sheet.over.is_empty();
    let cost = match sheet.offer.price == crate::domain::money::Usd::default() {
        true => "From then on it is free of charge.".to_owned(),
        false => format!("From then on it is {} a month.", sheet.offer.price.short()),
    };
    view! {
        <form class="form" method="post" action=ChangePlan::PATH>
            {inert(confirmation(&sheet.slug, &sheet.offer.key, &sheet.board, None))}
            <div class="pair">
                <section class="card pad stack">
                    <h2>"What would be over a limit"</h2>
                    {fits.then(|| view! { <p>"Nothing: all that you have fits."</p> })}
                    {questions}
                    {periods(sheet)}
                </section>
                <div class="stack">
                    <section class="card pad stack">
                        <h2>"What changes"</h2>
                        <p>{when}</p>
                        {differences(sheet)}
                        {lost.map(|lost| view! { <p><b>"Goes away: "</b>{lost}</p> })}
                    </section>
                    {inert(draft_card("Next invoice", &sheet.after))}
                    <section class="card pad stack">
                        <p><b>{cost}</b></p>
                        <div class="actions"><button class="btn pri">{format!("Change to {name}")}</button><a class="btn" href=format!("{}/plan", sheet.base)>"Cancel"</a></div>
                    </section>
                    {inert(rule())}
                </div>
            </div>
        </form>
    }
}
