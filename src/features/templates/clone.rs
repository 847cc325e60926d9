//! `/admin/tenants/{slug}/clone`: another tenant like this one.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::clone_server::CloneTenant;
use crate::domain::quantity::{self, Unit, short};
use crate::domain::slug::Slug;
use crate::domain::staff::ManageTenants;
use crate::store::provisioning::CloneSource;
use crate::ui::field::{FormMessage, TextField};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context};

pub fn clone_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let form = Form::of::<CloneTenant>();
        let (me, admin) = request::admin_with::<ManageTenants>().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let source = Context::get().store.platform_read(&admin).await?.get_clone_source(&slug).await?;
        let title = format!("Clone {}", source.name);
        Ok(console(&me, &title, "/admin/tenants", body(&form, &source, &title).into_any()))
    })
}

fn body(form: &Form, source: &CloneSource, title: &str) -> impl IntoView + use<> {
    let here = format!("/admin/tenants/{}", source.slug);
    let data = format!(
        "{} ({}) and {}. What was said this month counts towards the clone’s quota of messages.",
        quantity::plural(source.documents, "document", "documents"),
        short(source.document_bytes, Unit::Bytes),
        quantity::plural(source.threads, "conversation", "conversations")
    );
    let brings = format!(
        "Plan {} in version {}, settings, published branding, quotas of its own and {}.",
        source.plan,
        source.plan_version,
        quantity::plural(source.agents, "agent", "agents")
    );
    let ticked = form.typed("with_data").is_some_and(|typed| typed == "on");
    view! {
        <div class="head"><div class="grow">
            <h1><bdi>{title.to_owned()}</bdi></h1>
            <p><a href=here.clone()><bdi>{source.name.clone()}</bdi></a>" stays as it is."</p>
        </div></div>
        <div class="narrow stack">
            <section class="card pad">
                <dl class="facts">
                    <dt>"Brings along"</dt><dd>{brings}</dd>
                    <dt>"Never"</dt><dd>"Members, invites, keys, domains, audit log, usage, bills, and a price by contract."</dd>
                </dl>
            </section>
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CloneTenant::PATH>
                <input type="hidden" name="source" value=source.slug.to_string() />
                <TextField name="name" label="Name" value=form.typed("name") error=form.error("name") hint="As its people know it." />
                <TextField
                    name="slug"
                    label="Slug"
                    value=form.typed("slug")
                    error=form.error("slug")
                    hint="In addresses: lower-case letters, digits and hyphens."
                />
                <TextField
                    name="owner_email"
                    label="Owner email"
                    kind="email"
                    value=form.typed("owner_email")
                    error=form.error("owner_email")
                    hint="Gets a link that works once, when the clone is ready. Bills go there too."
                />
                <TextField
                    name="trial_days"
                    label="Trial days"
                    inputmode="numeric"
                    required=false
                    value=form.typed("trial_days")
                    error=form.error("trial_days")
                    hint="0 or nothing starts the plan at once."
                />
                <div class="field">
                    <label class="check">
                        <input type="checkbox" name="with_data" value="on" checked=ticked />
                        <span>"With data"<small class="hint">{data}</small></span>
                    </label>
                    {form.error("with_data").map(|error| view! { <p class="error" id="with_data-error">{error}</p> })}
                </div>
                <div class="actions"><button class="btn pri">"Clone tenant"</button><a class="btn" href=here>"Cancel"</a></div>
            </form>
        </div>
    }
}
