//! A dearer plan: what it adds, and what it costs to the cent, before the click.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::choose::Sheet;
use super::parts::{confirmation, draft_card, month, rule};
use super::server::ChangePlan;
use crate::domain::amount;
use crate::domain::money::Usd;
use crate::domain::when;
use crate::ui::text::inert;

/// Limits that differ: meter, now, then.
pub(super) fn differences(sheet: &Sheet) -> impl IntoView + use<> {
    let current = sheet.board.offers.iter().find(|offer| offer.current).cloned();
    let rows = sheet
        .board
        .own
        .iter()
        .filter_map(|own| {
            let (now, then) = (own.limit(current.as_ref()?), own.limit(&sheet.offer));
            (now != then).then(|| {
                let [now, then] = [now, then].map(|limit| amount::quota_text(limit, own.unit));
                view! { <tr><th scope="row">{own.label.clone()}</th><td class="num">{now}</td><td class="num"><b>{then}</b></td></tr> }
            })
        })
        .collect_view();
    let name = current.map(|offer| offer.name).unwrap_or_default();
    view! {
        <table>
            <caption class="visually-hidden">"Limits that change"</caption>
            <thead><tr><th scope="col">"Limit"</th><th scope="col" class="num">{name}</th><th scope="col" class="num">{sheet.offer.name.clone()}</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// What the next invoice has more with the change.
fn added(sheet: &Sheet) -> Usd {
    Usd(sheet.after.total().0 - sheet.before.total().0)
}

pub(super) fn body(sheet: &Sheet) -> impl IntoView + use<> {
    let name = sheet.offer.name.clone();
    let current = sheet.board.offers.iter().find(|offer| offer.current);
    let own: Vec<&String> = current.iter().flat_map(|offer| &offer.features).collect();
    let gained: Vec<String> = sheet.offer.features.iter().filter(|feature| !own.contains(feature)).cloned().collect();
    let (more, in_month) = (added(sheet), month(sheet.after.month));
    let then = format!("From {} on it is {} a month.", when::day_and_month(when::next_month(sheet.after.month)), sheet.offer.price.short());
    let cost = match sheet.board.trial_ends_at {
        Some(end) => format!("Your trial goes on until {}; nothing is billed for its days. ", when::minute(end)),
        None => format!("The invoice for {in_month} becomes {}: {more} more than without the change. ", sheet.after.total()),
    };
    let dropped = sheet
        .board
        .scheduled
        .as_ref()
        .map(|waits| view! { <p>{format!("The change to {} that is scheduled is cancelled with it.", waits.plan)}</p> });
    view! {
        <div class="pair">
            <section class="card pad stack">
                <h2>"What changes"</h2>
                <p>{format!("{name} holds from the moment you confirm: its limits, for everybody and every program.")}</p>
                {dropped}
                {differences(sheet)}
                {(!gained.is_empty()).then(|| view! { <p><b>"New: "</b>{gained.join(", ")}</p> })}
            </section>
            <div class="stack">
                {inert(draft_card(&format!("Next invoice, with {name}"), &sheet.after))}
                <form class="form card pad" method="post" action=ChangePlan::PATH>
                    {inert(confirmation(&sheet.slug, &sheet.offer.key, &sheet.board, None))}
                    <p><b>{cost}</b>{then}</p>
                    <div class="actions"><button class="btn pri">{format!("Upgrade to {name} now")}</button><a class="btn" href=format!("{}/plan", sheet.base)>"Cancel"</a></div>
                </form>
                {inert(rule())}
            </div>
        </div>
    }
}
