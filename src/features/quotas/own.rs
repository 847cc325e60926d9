//! The override of one meter: a form to set or change it, and its removal.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::one::Sheet;
use super::server::{GiveBack, SetOverride};
use crate::domain::quantity::Unit;
use crate::domain::{amount, last_day};
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, TextField};

fn give_back_dialog(sheet: &Sheet) -> impl IntoView + use<> {
    let here = sheet.here();
    let error = sheet.give_back.error("removal_reason");
    let fields = view! {
        <p>{format!("The plan's quota holds again at once: {}.", amount::quota_text(sheet.line.plan, sheet.line.unit))}</p>
        <FormMessage message=sheet.give_back.message().filter(|_| error.is_none()) />
        <input type="hidden" name="slug" value=sheet.tenant.slug.to_string() />
        <input type="hidden" name="meter" value=sheet.line.meter.clone() />
        <TextField
            name="removal_reason"
            label="Why it is removed"
            value=sheet.give_back.typed("removal_reason")
            error=error
            hint="For the tenant's audit log."
        />
    };
    view! {
        <ConfirmDialog
            id="remove".to_owned()
            label="Remove override".to_owned()
            title="Remove the override?".to_owned()
            href=format!("{here}?ask=remove#remove")
            cancel_href=here
            action=GiveBack::PATH.to_owned()
            confirm="Remove".to_owned()
            danger=true
            open=sheet.ask == "remove" || sheet.give_back.failed()
        >
            {fields}
        </ConfirmDialog>
    }
}

fn hint(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "A number such as 50,000 or 50 M; nothing is unlimited.",
        Unit::Bytes => "A size such as 100 GB or 1.5 TB; nothing is unlimited.",
    }
}

pub(super) fn override_card(sheet: &Sheet) -> impl IntoView + use<> {
    let (form, standing) = (&sheet.set, sheet.line.overridden.as_ref());
    let now = |field: &str, value: Option<String>| form.typed(field).or(value);
    let quota = standing.map(|standing| standing.quota.map(|quota| sheet.text(quota)).unwrap_or_default());
    let until = standing.and_then(|standing| standing.expires_at).map(|end| last_day::day_of(end).to_string());
    view! {
        <section class="card pad stack">
            <div class="head"><h2 class="grow">{if standing.is_some() { "Change the override" } else { "Set an override" }}</h2>{standing.map(|_| give_back_dialog(sheet))}</div>
            <FormMessage message=form.message() />
            <form class="form" method="post" action=SetOverride::PATH>
                <input type="hidden" name="slug" value=sheet.tenant.slug.to_string() />
                <input type="hidden" name="meter" value=sheet.line.meter.clone() />
                <TextField
                    name="quota"
                    label="Quota in the plan's place"
                    required=false
                    value=now("quota", quota)
                    error=form.error("quota")
                    hint=hint(sheet.line.unit)
                />
                <TextField
                    name="until"
                    label="Last day"
                    kind="date"
                    required=false
                    value=now("until", until)
                    error=form.error("until")
                    hint="It holds until the end of this day, UTC; nothing for no end."
                />
                <TextField
                    name="reason"
                    label="Reason"
                    value=now("reason", standing.map(|standing| standing.reason.clone()))
                    error=form.error("reason")
                    hint="For the tenant's audit log."
                />
                <div class="actions"><button class="btn pri">"Save override"</button></div>
            </form>
        </section>
    }
}
