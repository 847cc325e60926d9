//! What both pages of keys show: the new key, the list, the form.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use maud::{Markup, Render as _, html};
use uuid::Uuid;

use crate::domain::key::{ApiKey, Overlap, Scope};
use crate::domain::quantity;
use crate::domain::staff::StaffRole;
use crate::domain::zone::Zone;
use crate::store::keys::KeyRow;
use crate::ui::copy::CopyField;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{Input, Select, form_message};
use crate::ui::table::Head::{Figures, Text, Unseen};
use crate::ui::table::{Head, rows_table};
use crate::ui::text::{ago, inert, notice, written};
use crate::ui::time::{at_minute, zone};
use crate::web::form::Form;
use crate::web::page::islands;
use crate::web::request::query;

pub(super) struct KeysView {
    /// The page's own path.
    pub here: String,
    /// Whose keys; `None` are the platform's, which have no scopes.
    pub tenant: Option<String>,
    pub lead: &'static str,
    /// Of the functions: create, rotate, revoke.
    pub paths: (&'static str, &'static str, &'static str),
    pub forms: (Form, Form, Form),
    pub keys: Vec<KeyRow>,
    /// Name and text of the key that was just made.
    pub new: Option<(String, ApiKey)>,
    pub now: DateTime<Utc>,
}

pub(super) fn body(view: &KeysView) -> Markup {
    let title = if view.tenant.is_some() { "API keys" } else { "Platform keys" };
    let failed = view.forms.0.failed() || view.forms.1.failed() || view.forms.2.failed();
    let revoked = !failed && query("done").is_some_and(|done| done == "revoked");
    let message = view.forms.1.message().or_else(|| view.forms.2.message());
    html! {
        div class="head" { div class="grow" { h1 { (title) } p { (view.lead) " " a href="/api/docs" { "How to use them" } } } }
        @if revoked { (notice("ok", html! { b { "Revoked." } " The next call with it is refused." })) }
        @if let Some((name, key)) = &view.new { (new_key(name, key)) }
        (form_message(message.as_deref()))
        (table(view))
        (form(view))
        @if view.new.is_some() || view.keys.iter().any(|key| key.works(view.now)) { (islands()) }
    }
}

fn new_key(name: &str, key: &ApiKey) -> Markup {
    let value = key.reveal().to_owned();
    notice(
        "ok",
        html! {
            div class="stack" {
                span { label for="new-key" { b { "Your new key “" (name) "”." } } " Copy it now: it is not shown again." }
                (written(view! { <CopyField id="new-key".to_owned() value=value /> }))
            }
        },
    )
}

fn tenant_input(view: &KeysView) -> Markup {
    html! { @if let Some(tenant) = &view.tenant { input type="hidden" name="tenant" value=(tenant); } }
}

fn rotate(key: &KeyRow, view: &KeysView) -> Markup {
    let id = key.id.to_string();
    let fields = html! {
        p { "A successor with the same name and rights is made and shown once. Put it into your programs before the old key ends." }
        (tenant_input(view))
        input type="hidden" name="key" value=(id);
        div class="field" {
            label for={ "overlap-" (id) } { "The old key" }
            select id={ "overlap-" (id) } name="overlap" {
                @for overlap in Overlap::ALL { option value=(overlap.hours()) selected[overlap == Overlap::Day] { (overlap.label()) } }
            }
        }
    };
    written(view! {
        <ConfirmDialog
            id=format!("rotate-{id}")
            label="Rotate".to_owned()
            title=format!("Rotate {}?", key.name)
            href=format!("{}?rotate={id}#rotate-{id}", view.here)
            cancel_href=view.here.clone()
            action=view.paths.1.to_owned()
            confirm="Make the new key".to_owned()
            danger=false
            open=query("rotate").as_deref() == Some(id.as_str())
        >
            {inert(fields)}
        </ConfirmDialog>
    })
}

fn revoke(key: &KeyRow, view: &KeysView) -> Markup {
    let id = key.id.to_string();
    let fields = html! {
        p { "Programs that use it are refused from their next call on. This cannot be undone; a new key brings them back." }
        (tenant_input(view))
        input type="hidden" name="key" value=(id);
    };
    written(view! {
        <ConfirmDialog
            id=format!("revoke-{id}")
            label="Revoke".to_owned()
            title=format!("Revoke {}?", key.name)
            href=format!("{}?revoke={id}#revoke-{id}", view.here)
            cancel_href=view.here.clone()
            action=view.paths.2.to_owned()
            confirm="Revoke the key".to_owned()
            danger=true
            open=query("revoke").as_deref() == Some(id.as_str())
        >
            {inert(fields)}
        </ConfirmDialog>
    })
}

/// Class and word of its state, what stands before its end, and that end.
fn state(key: &KeyRow, now: DateTime<Utc>) -> (&'static str, &'static str, &'static str, Option<DateTime<Utc>>) {
    match key.revoked_at {
        Some(at) => ("state idle", "Revoked", "Revoked", Some(at)),
        None if key.works(now) => ("state active", "Works", "Ends", key.expires_at),
        None => ("state idle", "Expired", "Ended", key.expires_at),
    }
}

fn row(key: &KeyRow, view: &KeysView, zone: Zone) -> Markup {
    let (class, word, before_end, end) = state(key, view.now);
    html! {
        tr role="row" {
            td role="cell" class="name" { b { bdi { (key.name) } } " " span { (key.prefix) "…" } }
            td role="cell" class="lead" { span class=(class) { (word) } }
            @if view.tenant.is_some() {
                td role="cell" data-label="Scopes" {
                    @for (n, scope) in key.scopes.iter().enumerate() { @if n > 0 { ", " } (scope.as_str()) }
                }
                td role="cell" class="num" data-label="Calls a minute" {
                    @match key.calls_a_minute {
                        Some(calls) => (quantity::count(calls.into())),
                        None => "plan",
                    }
                }
            }
            @if let Some(role) = key.role { td role="cell" data-label="Role" { (role.label()) } }
            td role="cell" data-label="Last use" {
                @match key.last_used_at {
                    Some(at) => (ago(at, view.now, zone)),
                    None => span class="muted" { "not yet" },
                }
            }
            td role="cell" data-label=(before_end) {
                @match end {
                    Some(at) => (at_minute(at, zone)),
                    None => span class="muted" { "no end" },
                }
            }
            td role="cell" class="do" { @if key.works(view.now) { div class="actions" { (rotate(key, view)) (revoke(key, view)) } } }
        }
    }
}

fn table(view: &KeysView) -> Markup {
    if view.keys.is_empty() {
        return html! {
            div class="card empty" { h2 { "No keys yet" } p { "Make one below. It is shown once; keep it like a password." } }
        };
    }
    let zone = zone();
    let rights: &[Head] = match view.tenant {
        Some(_) => &[Text("Scopes"), Figures("Calls a minute")],
        None => &[Text("Role")],
    };
    let ends = [Text("Last use"), Text("End"), Unseen("Actions")];
    let heads = [&[Text("Key"), Text("State")], rights, &ends].concat();
    html! {
        div class="card rows" {
            (rows_table(
                "Keys, those that work first",
                &heads,
                &html! { @for key in &view.keys { (row(key, view, zone)) } }
            ))
        }
    }
}

fn scopes(form: &Form) -> Markup {
    let error = form.error("scopes");
    html! {
        fieldset class="field" aria-describedby=[error.as_ref().map(|_| "scopes-error")] aria-invalid=[error.as_ref().map(|_| "true")] {
            legend { "Scopes" }
            @for scope in Scope::ALL {
                @let name = scope.as_str();
                div {
                    label class="check" {
                        input type="checkbox" name=(name) value="on" checked[form.typed(name).is_some_and(|text| !text.is_empty())]
                            aria-describedby={ (name) "-hint" };
                        " " (name)
                    }
                    span class="hint" id={ (name) "-hint" } { (scope.hint()) }
                }
            }
            @if let Some(error) = &error { p class="error" id="scopes-error" { (error) } }
        }
    }
}

/// Of a platform key: what it may do.
fn role(form: &Form) -> Markup {
    let options = StaffRole::ALL.map(|role| (role.as_str().to_owned(), format!("{}: {}", role.label(), role.about())));
    let (value, error) = (form.typed("role"), form.error("role"));
    let value = Some(value.as_deref().unwrap_or(StaffRole::Operator.as_str()));
    Select { name: "role", label: "Role", options: &options, value, error: error.as_deref() }.render()
}

fn form(view: &KeysView) -> Markup {
    let form = &view.forms.0;
    let calls = Input {
        name: "calls_a_minute",
        label: "Calls a minute",
        inputmode: "numeric",
        optional: true,
        hint: "A limit of this key's own, within the plan's; nothing for the plan's alone.",
        ..Input::default()
    };
    let last_day = Input {
        name: "last_day",
        label: "Last day",
        kind: "date",
        optional: true,
        hint: "It works until the end of this day, UTC; nothing for a key without end.",
        ..Input::default()
    };
    html! {
        section class="narrow stack" {
            (form_message(form.message().as_deref()))
            form class="form card pad" method="post" action=(view.paths.0) {
                h2 { "New key" }
                (tenant_input(view))
                @if view.tenant.is_some() { input type="hidden" name="request" value=(Uuid::new_v4()); }
                (form.input(Input { name: "name", label: "Name", hint: "Which program uses it.", ..Input::default() }))
                @if view.tenant.is_some() {
                    (scopes(form))
                    (form.input(calls))
                } @else {
                    (role(form))
                }
                (form.input(last_day))
                div class="actions" { button class="btn pri" { "Create key" } }
            }
        }
    }
}
