//! What an action needs besides tenants: the form for it, and what was filled in, to be read once more.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::may;
use super::server::DetailBulk;
use crate::domain::bulk::{BulkAction, Details, RunState};
use crate::domain::last_day;
use crate::domain::when;
use crate::store::bulk::BulkRun;
use crate::ui::field::{FormMessage, SelectField, TextArea, TextField};
use crate::web::form::Form;

/// What is wrong with these stands beside them.
const FIELDS: [&str; 7] = ["reason", "plan", "feature", "state", "until", "subject", "message"];

/// `options` are the plans or features that there are.
pub(super) fn fill_in(run: &BulkRun, options: Vec<(String, String)>, form: &Form) -> impl IntoView + use<> {
    let kept = run.details.clone();
    let message = form.message().filter(|_| FIELDS.iter().all(|field| form.error(field).is_none()));
    let fields = match run.action {
        BulkAction::Suspend => {
            let value = form.typed("reason").or(match kept {
                Some(Details::Suspend { reason }) => Some(reason),
                _ => None,
            });
            view! { <TextArea name="reason" label="Reason" rows=3 most=300 required=true hint="The tenants' people read this." value=value error=form.error("reason") /> }
                .into_any()
        }
        BulkAction::ChangePlan => {
            let value = form.typed("plan").or(match kept {
                Some(Details::ChangePlan { plan }) => Some(plan),
                _ => None,
            });
            view! { <SelectField name="plan" label="Plan" options=options value=value error=form.error("plan") /> }.into_any()
        }
        BulkAction::SwitchFeature => switch(kept, options, form).into_any(),
        BulkAction::Message => {
            let (subject, message) = match kept {
                Some(Details::Message { subject, paragraphs }) => (Some(subject), Some(paragraphs.join("\n\n"))),
                _ => (None, None),
            };
            view! {
                <TextField name="subject" label="Subject" value=form.typed("subject").or(subject) error=form.error("subject") />
                <TextArea name="message" label="Message" rows=8 most=4_000 required=true hint="Blank lines part paragraphs. Each owner gets a mail of their own, in their tenant's look." value=form.typed("message").or(message) error=form.error("message") />
            }
            .into_any()
        }
        BulkAction::Resume => ().into_any(),
    };
    view! {
        <div class="narrow stack">
            <FormMessage message=message />
            <form class="form card pad" method="post" action=DetailBulk::PATH>
                <input type="hidden" name="run" value=run.id.to_string() />
                {fields}
                <div class="actions"><button class="btn pri">"Show what would happen"</button></div>
            </form>
        </div>
    }
}

fn switch(kept: Option<Details>, features: Vec<(String, String)>, form: &Form) -> impl IntoView + use<> {
    let (feature, state, reason, until) = match kept {
        Some(Details::SwitchFeature { feature, enabled, reason, until }) => {
            let state = match enabled {
                Some(true) => "on",
                Some(false) => "off",
                None => "plan",
            };
            (Some(feature), Some(state.to_owned()), Some(reason), until.map(|end| last_day::day_of(end).to_string()))
        }
        _ => (None, None, None, None),
    };
    let states =
        vec![("on".to_owned(), "On".to_owned()), ("off".to_owned(), "Off".to_owned()), ("plan".to_owned(), "As the plan says".to_owned())];
    view! {
        <SelectField name="feature" label="Feature" options=features value=form.typed("feature").or(feature) error=form.error("feature") />
        <SelectField name="state" label="State" options=states value=form.typed("state").or(state) error=form.error("state") />
        <TextArea
            name="reason"
            label="Reason"
            rows=2
            most=300
            required=true
            hint="It stands in each tenant's audit log."
            value=form.typed("reason").or(reason)
            error=form.error("reason")
        />
        <TextField
            name="until"
            label="Last day"
            kind="date"
            required=false
            hint="Afterwards the plan holds again. Nothing for no end."
            value=form.typed("until").or(until)
            error=form.error("until")
        />
    }
}

/// What was filled in.
pub(super) fn said(run: &BulkRun) -> Markup {
    let here = format!("/admin/bulk/{}?change=1", run.id);
    let change = html! { @if run.state == RunState::Draft && may(run.action) { a class="link" href=(here) { "Change" } } };
    match &run.details {
        Some(Details::Suspend { reason }) => html! { p { b { "Reason: " } span class="said" { (reason) } " " (change) } },
        Some(Details::ChangePlan { plan }) => html! { p { b { "New plan: " } (plan) " " (change) } },
        Some(Details::SwitchFeature { feature, enabled, reason, until }) => {
            let state = match enabled {
                Some(true) => "on",
                Some(false) => "off",
                None => "as the plan says",
            };
            html! {
                p {
                    b { "Feature: " } (feature) ", " (state)
                    @if let Some(end) = until { ", until the end of " (when::day(last_day::day_of(*end))) }
                    " " (change)
                }
                p { b { "Reason: " } span class="said" { (reason) } }
            }
        }
        Some(Details::Message { subject, paragraphs }) => html! {
            p { b { "Subject: " } (subject) " " (change) }
            @for paragraph in paragraphs { p { (paragraph) } }
        },
        Some(Details::Resume) | None => Markup::default(),
    }
}
