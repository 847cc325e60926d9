//! The grants of one meter that run, and a form to add one.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::one::Sheet;
use super::server::{AddGrant, EndGrant};
use crate::domain::quantity::Unit;
use crate::domain::staff::ManageQuotas;
use crate::domain::{last_day, when};
use crate::store::grants::Grant;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, TextField};
use crate::web::request::may;

fn end_dialog(sheet: &Sheet, grant: &Grant) -> impl IntoView + use<> {
    let here = sheet.here();
    let id = grant.id.to_string();
    let left = sheet.text(grant.amount - grant.drawn);
    let fields = view! {
        <p>{format!("The {left} that it still holds are gone at once. What was used of it stays used.")}</p>
        <input type="hidden" name="slug" value=sheet.tenant.slug.to_string() />
        <input type="hidden" name="grant" value=id.clone() />
    };
    view! {
        <ConfirmDialog
            id=format!("end-{id}")
            label="End".to_owned()
            title="End this grant?".to_owned()
            href=format!("{here}?ask={id}#end-{id}")
            cancel_href=here
            action=EndGrant::PATH.to_owned()
            confirm="End grant".to_owned()
            danger=true
            open=sheet.ask == id
        >
            {fields}
        </ConfirmDialog>
    }
}

fn grant_list(sheet: &Sheet) -> AnyView {
    if sheet.grants.is_empty() {
        return view! { <p class="muted">"No grants run. A grant adds to the quota until it is used up or its last day is over."</p> }
            .into_any();
    }
    let rows = sheet
        .grants
        .iter()
        .map(|grant| {
            let left = format!("{} of {} left", sheet.text(grant.amount - grant.drawn), sheet.text(grant.amount));
            let end = format!("until {}", when::day(last_day::day_of(grant.expires_at)));
            view! {
                <li>
                    <span class="grow">
                        <b>{left}</b>" "<span class="muted">{end}</span>
                        <small><bdi>{grant.reason.clone()}</bdi>", by "<bdi>{grant.created_by.clone()}</bdi></small>
                    </span>
                    {may::<ManageQuotas>().then(|| end_dialog(sheet, grant))}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="list">{rows}</ul> }.into_any()
}

fn hint(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "A number such as 50,000 or 5 M.",
        Unit::Bytes => "A size such as 5 GB.",
    }
}

pub(super) fn grants_card(sheet: &Sheet) -> impl IntoView + use<> {
    view! {
        <section class="card pad stack">
            <h2>"Grants"</h2>
            <FormMessage message=sheet.end.message() />
            {grant_list(sheet)}
            {may::<ManageQuotas>().then(|| grant_form(sheet))}
        </section>
    }
}

fn grant_form(sheet: &Sheet) -> impl IntoView + use<> {
    let form = &sheet.grant;
    view! {
            <FormMessage message=form.message() />
            <form class="form" method="post" action=AddGrant::PATH>
                <input type="hidden" name="slug" value=sheet.tenant.slug.to_string() />
                <input type="hidden" name="meter" value=sheet.line.meter.clone() />
                <TextField
                    name="amount"
                    label="Amount to grant"
                    value=form.typed("amount")
                    error=form.error("amount")
                    hint=hint(sheet.line.unit)
                />
                <TextField
                    name="grant_until"
                    label="Last day of the grant"
                    kind="date"
                    value=form.typed("grant_until")
                    error=form.error("grant_until")
                    hint="What is left then is gone, UTC."
                />
                <TextField
                    name="grant_reason"
                    label="Reason for the grant"
                    value=form.typed("grant_reason")
                    error=form.error("grant_reason")
                    hint="For the tenant's audit log."
                />
                <div class="actions"><button class="btn pri">"Add grant"</button></div>
            </form>
    }
}
