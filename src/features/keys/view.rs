//! What both pages of keys show: the new key, the list, the form.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use uuid::Uuid;

use crate::domain::key::{ApiKey, Overlap, Scope};
use crate::domain::quantity;
use crate::domain::staff::StaffRole;
use crate::store::keys::KeyRow;
use crate::ui::copy::CopyField;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::ui::text::{Ago, Notice};
use crate::ui::time::Minute;
use crate::web::form::Form;
use crate::web::page::Islands;
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

pub(super) fn body(view: KeysView) -> impl IntoView {
    let title = if view.tenant.is_some() { "API keys" } else { "Platform keys" };
    let failed = view.forms.0.failed() || view.forms.1.failed() || view.forms.2.failed();
    let revoked = !failed && query("done").is_some_and(|done| done == "revoked");
    let message = view.forms.1.message().or_else(|| view.forms.2.message());
    view! {
        <div class="head"><div class="grow"><h1>{title}</h1><p>{view.lead}" "<a href="/api/docs">"How to use them"</a></p></div></div>
        {revoked.then(|| view! { <Notice kind="ok"><b>"Revoked."</b>" The next call with it is refused."</Notice> })}
        {view.new.as_ref().map(|(name, key)| new_key(name, key))}
        <FormMessage message=message />
        {table(&view)}
        {form(&view)}
        {(view.new.is_some() || view.keys.iter().any(|key| key.works(view.now))).then(|| view! { <Islands /> })}
    }
}

fn new_key(name: &str, key: &ApiKey) -> impl IntoView + use<> {
    let (label, value) = (format!("Your new key “{name}”."), key.reveal().to_owned());
    view! {
        <Notice kind="ok">
            <div class="stack">
                <span><label for="new-key"><b>{label}</b></label>" Copy it now: it is not shown again."</span>
                <CopyField id="new-key".to_owned() value=value />
            </div>
        </Notice>
    }
}

fn tenant_input(view: &KeysView) -> Option<impl IntoView + use<>> {
    view.tenant.clone().map(|tenant| view! { <input type="hidden" name="tenant" value=tenant /> })
}

fn rotate(key: &KeyRow, view: &KeysView) -> AnyView {
    let id = key.id.to_string();
    let select = format!("overlap-{id}");
    let options = Overlap::ALL
        .map(|overlap| view! { <option value=overlap.hours().to_string() selected=overlap == Overlap::Day>{overlap.label()}</option> });
    let fields = view! {
        <p>"A successor with the same name and rights is made and shown once. Put it into your programs before the old key ends."</p>
        {tenant_input(view)}
        <input type="hidden" name="key" value=id.clone() />
        <div class="field">
            <label for=select.clone()>"The old key"</label>
            <select id=select name="overlap">{options}</select>
        </div>
    };
    view! {
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
            {fields}
        </ConfirmDialog>
    }
    .into_any()
}

fn revoke(key: &KeyRow, view: &KeysView) -> AnyView {
    let id = key.id.to_string();
    let fields = view! {
        <p>"Programs that use it are refused from their next call on. This cannot be undone; a new key brings them back."</p>
        {tenant_input(view)}
        <input type="hidden" name="key" value=id.clone() />
    };
    view! {
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
            {fields}
        </ConfirmDialog>
    }
    .into_any()
}

/// Class and word of its state, what stands before its end, and that end.
fn state(key: &KeyRow, now: DateTime<Utc>) -> (&'static str, &'static str, &'static str, Option<DateTime<Utc>>) {
    match key.revoked_at {
        Some(at) => ("state idle", "Revoked", "Revoked", Some(at)),
        None if key.works(now) => ("state active", "Works", "Ends", key.expires_at),
        None => ("state idle", "Expired", "Ended", key.expires_at),
    }
}

fn row(key: &KeyRow, view: &KeysView) -> AnyView {
    let (class, word, before_end, end) = state(key, view.now);
    let scopes = key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    let calls = key.calls_a_minute.map_or_else(|| "plan".to_owned(), |calls| quantity::count(calls.into()));
    let used = match key.last_used_at {
        Some(at) => view! { <Ago at=at now=view.now /> }.into_any(),
        None => view! { <span class="muted">"not yet"</span> }.into_any(),
    };
    let end = match end {
        Some(at) => view! { <Minute at=at /> }.into_any(),
        None => view! { <span class="muted">"no end"</span> }.into_any(),
    };
    let actions = key.works(view.now).then(|| view! { <div class="actions">{rotate(key, view)}{revoke(key, view)}</div> });
    view! {
        <tr role="row">
            <td role="cell" class="name"><b><bdi>{key.name.clone()}</bdi></b>" "<span>{format!("{}…", key.prefix)}</span></td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            {view.tenant.is_some().then(|| view! {
                <td role="cell" data-label="Scopes">{scopes}</td>
                <td role="cell" class="num" data-label="Calls a minute">{calls}</td>
            })}
            {key.role.map(|role| view! { <td role="cell" data-label="Role">{role.label()}</td> })}
            <td role="cell" data-label="Last use">{used}</td>
            <td role="cell" data-label=before_end>{end}</td>
            <td role="cell" class="do">{actions}</td>
        </tr>
    }
    .into_any()
}

fn table(view: &KeysView) -> AnyView {
    if view.keys.is_empty() {
        return view! {
            <div class="card empty"><h2>"No keys yet"</h2><p>"Make one below. It is shown once; keep it like a password."</p></div>
        }
        .into_any();
    }
    let rows = view.keys.iter().map(|key| row(key, view)).collect_view();
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Keys, those that work first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Key"</th><th role="columnheader" scope="col">"State"</th>
                    {view.tenant.is_some().then(|| view! {
                        <th role="columnheader" scope="col">"Scopes"</th>
                        <th role="columnheader" scope="col" class="num">"Calls a minute"</th>
                    })}
                    {view.tenant.is_none().then(|| view! { <th role="columnheader" scope="col">"Role"</th> })}
                    <th role="columnheader" scope="col">"Last use"</th><th role="columnheader" scope="col">"End"</th>
                    <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn scopes(form: &Form) -> impl IntoView + use<> {
    let error = form.error("scopes");
    let (described_by, invalid) = (error.is_some().then_some("scopes-error"), error.is_some().then_some("true"));
    let boxes = Scope::ALL.map(|scope| {
        let (name, hint) = (scope.as_str(), format!("{}-hint", scope.as_str()));
        let checked = form.typed(name).is_some_and(|text| !text.is_empty());
        view! {
            <div>
                <label class="check"><input type="checkbox" name=name value="on" checked=checked aria-describedby=hint.clone() />" "{name}</label>
                <span class="hint" id=hint>{scope.hint()}</span>
            </div>
        }
    });
    view! {
        <fieldset class="field" aria-describedby=described_by aria-invalid=invalid>
            <legend>"Scopes"</legend>
            {boxes}
            {error.map(|error| view! { <p class="error" id="scopes-error">{error}</p> })}
        </fieldset>
    }
}

fn calls(form: &Form) -> impl IntoView + use<> {
    view! {
        <TextField
            name="calls_a_minute"
            label="Calls a minute"
            inputmode="numeric"
            required=false
            value=form.typed("calls_a_minute")
            error=form.error("calls_a_minute")
            hint="A limit of this key's own, within the plan's; nothing for the plan's alone."
        />
    }
}

/// Of a platform key: what it may do.
fn role(form: &Form) -> impl IntoView + use<> {
    let options = StaffRole::ALL.map(|role| (role.as_str().to_owned(), format!("{}: {}", role.label(), role.about()))).to_vec();
    let value = form.typed("role").or_else(|| Some(StaffRole::Operator.as_str().to_owned()));
    view! { <SelectField name="role" label="Role" options=options value=value error=form.error("role") /> }
}

fn form(view: &KeysView) -> AnyView {
    let form = &view.forms.0;
    view! {
        <section class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=view.paths.0>
                <h2>"New key"</h2>
                {tenant_input(view)}
                {view.tenant.is_some().then(|| view! { <input type="hidden" name="request" value=Uuid::new_v4().to_string() /> })}
                <TextField name="name" label="Name" value=form.typed("name") error=form.error("name") hint="Which program uses it." />
                {view.tenant.is_some().then(|| scopes(form))}
                {view.tenant.is_some().then(|| calls(form))}
                {view.tenant.is_none().then(|| role(form))}
                <TextField
                    name="last_day"
                    label="Last day"
                    kind="date"
                    required=false
                    value=form.typed("last_day")
                    error=form.error("last_day")
                    hint="It works until the end of this day, UTC; nothing for a key without end."
                />
                <div class="actions"><button class="btn pri">"Create key"</button></div>
            </form>
        </section>
    }
    .into_any()
}
