//! `/admin/tenants/{slug}/features`: every feature of one tenant, what its plan says, what staff said, what holds.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::SwitchFeature;
use crate::domain::last_day;
use crate::domain::slug::Slug;
use crate::domain::when;
use crate::store::tenant_features::{Switched, TenantFeature};
use crate::store::usage_report::Looked;
use crate::ui::field::{FormMessage, SelectField, TextArea, TextField};
use crate::ui::text::Notice;
use crate::ui::time::OnDay;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, at_own_address, query};
use crate::web::tenant_tabs::TenantTabs;

pub fn tenant_features_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (form, done) = (Form::of::<SwitchFeature>(), query("done").is_some_and(|done| done == "switched"));
        let asked = form.typed("feature").or_else(|| query("feature"));
        let (me, admin) = request::admin().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.look_at(&slug).await?;
        at_own_address(&slug, &tenant.slug)?;
        let (plan, features) = (read.get_plan_name(&tenant).await?, read.list_tenant_features(&tenant).await?);
        let chosen = asked.and_then(|key| features.iter().find(|feature| feature.key == key));
        let title = format!("Features of {}", tenant.name);
        let message = form.message().filter(|_| ["state", "reason", "until"].iter().all(|field| form.error(field).is_none()));
        let message = form.error("feature").or(message);
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p>{format!("Plan {plan}. A feature that is switched here is so from the next call on, whatever the plan says.")}</p>
            </div></div>
            <TenantTabs slug=tenant.slug.clone() status=tenant.status current="/features" />
            {(done && !form.failed()).then(|| view! { <Notice kind="ok"><b>"Switched. It holds from now on."</b></Notice> })}
            <FormMessage message=message />
            {chosen.map(|feature| switch_form(&form, &tenant, feature))}
            {table(&tenant, &features)}
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

fn on_off(enabled: bool) -> &'static str {
    if enabled { "on" } else { "off" }
}

fn said(switched: &Switched) -> impl IntoView + use<> {
    let until = switched.until.map(|end| format!(", until the end of {}", when::day(last_day::day_of(end)))).unwrap_or_default();
    view! {
        <b>{on_off(switched.enabled)}</b>{until}
        <small><bdi>{switched.reason.clone()}</bdi>" ("{switched.by.clone()}", "<OnDay at=switched.at />")"</small>
    }
}

fn row(tenant: &Looked, feature: &TenantFeature) -> impl IntoView + use<> {
    let (class, word) = if feature.enabled { ("state ok", "On") } else { ("state idle", "Off") };
    let href = format!("/admin/tenants/{}/features?feature={}#switch", tenant.slug, feature.key);
    let own = match &feature.switched {
        Some(switched) => view! { {said(switched)} }.into_any(),
        None => view! { <span class="muted">"as the plan"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=href>{feature.label.clone()}</a>" "<span>{feature.key.clone()}</span></td>
            <td role="cell" class="lead"><span class=class>{word}</span></td>
            <td role="cell" data-label="Plan">{on_off(feature.in_plan)}</td>
            <td role="cell" class="under long" data-label="Here">{own}</td>
        </tr>
    }
}

fn table(tenant: &Looked, features: &[TenantFeature]) -> impl IntoView + use<> {
    let rows = features.iter().map(|feature| row(tenant, feature)).collect_view();
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Features: what holds, what the plan says, what was switched for this tenant"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Feature"</th><th role="columnheader" scope="col">"Holds now"</th>
                    <th role="columnheader" scope="col">"Plan"</th><th role="columnheader" scope="col">"For this tenant"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

fn switch_form(form: &Form, tenant: &Looked, feature: &TenantFeature) -> impl IntoView + use<> {
    let options = vec![
        ("on".to_owned(), "On".to_owned()),
        ("off".to_owned(), "Off".to_owned()),
        ("plan".to_owned(), format!("As the plan says: {}", on_off(feature.in_plan))),
    ];
    let state = match &feature.switched {
        // What is most likely wanted: the other way round, or back.
        Some(_) => "plan",
        None if feature.enabled => "off",
        None => "on",
    };
    view! {
        <form class="form card pad narrow" id="switch" method="post" action=SwitchFeature::PATH>
            <h2>{format!("Switch {}", feature.label)}</h2>
            <input type="hidden" name="slug" value=tenant.slug.to_string() />
            <input type="hidden" name="feature" value=feature.key.clone() />
            <SelectField
                name="state"
                label="State"
                options=options
                value=form.typed("state").or_else(|| Some(state.to_owned()))
                error=form.error("state")
            />
            <TextArea
                name="reason"
                label="Reason"
                rows=2
                most=300
                required=true
                hint="It stands in the tenant's audit log."
                value=form.typed("reason")
                error=form.error("reason")
            />
            <TextField
                name="until"
                label="Last day"
                kind="date"
                required=false
                hint="Afterwards the plan holds again. Nothing for no end."
                value=form.typed("until")
                error=form.error("until")
            />
            <div class="actions">
                <button class="btn pri">"Switch"</button>
                <a class="btn" href=format!("/admin/tenants/{}/features", tenant.slug)>"Cancel"</a>
            </div>
        </form>
    }
}
