//! `/admin/tenants/new`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{CheckSlug, CreateTenant};
use crate::domain::staff::{ManageTenants, MoveTenants};
use crate::store::plans::Plan;
use crate::store::templates::Template;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::ui::slug::SlugProposal;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::Islands;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, may, query};

pub fn new_tenant_page() -> PageText {
    page(async {
        let (me, admin) = request::admin_with::<ManageTenants>().await?;
        let form = Form::of::<CreateTenant>();
        let mut read = Context::get().store.platform_read(&admin).await?;
        let (plans, templates) = (read.list_plans().await?, read.list_templates().await?);
        let asked = query("template");
        Ok(console(&me, "New tenant", "/admin/tenants", body(&form, &plans, &templates, asked).into_any()))
    })
}

/// What a tenant can begin with; nothing is an empty one.
fn template_fields(form: &Form, templates: &[Template], chosen: Option<String>) -> impl IntoView + use<> {
    let mut options = vec![(String::new(), "None: an empty tenant".to_owned())];
    options.extend(templates.iter().map(|template| (template.key.clone(), template.name.clone())));
    let ticked = form.typed("sample_data").is_some_and(|typed| typed == "on");
    view! {
        <SelectField name="template" label="Template" options=options value=chosen error=form.error("template") />
        <div class="field">
            <label class="check">
                <input type="checkbox" name="sample_data" value="on" checked=ticked />
                <span>"Sample data"<small class="hint">"Made-up documents and conversations, to try things out. They count towards its quotas."</small></span>
            </label>
            {form.error("sample_data").map(|error| view! { <p class="error" id="sample_data-error">{error}</p> })}
        </div>
    }
}

fn body(form: &Form, plans: &[Plan], templates: &[Template], asked: Option<String>) -> impl IntoView + use<> {
    let mut options: Vec<_> =
        plans.iter().map(|plan| (plan.key.clone(), format!("{}, {} a month", plan.name, plan.price.short()))).collect();
    options.push((String::new(), "As the template says".to_owned()));
    let template = form.typed("template").or(asked);
    // Whoever comes from a template that names a plan means that one.
    let named = template.as_deref().and_then(|key| templates.iter().find(|template| template.key == key)).is_some_and(|t| t.plan.is_some());
    let plan = form.typed("plan").or_else(|| query("plan")).or_else(|| Some(if named { String::new() } else { "starter".to_owned() }));
    let name_and_slug = view! {
        <TextField name="name" label="Name" value=form.typed("name").or_else(|| query("name")) error=form.error("name") hint="As its people know it." />
        <TextField
            name="slug"
            label="Slug"
            value=form.typed("slug")
            error=form.error("slug")
            hint="In addresses: lower-case letters, digits and hyphens."
        />
    };
    view! {
        <div class="head">
            <div class="grow"><h1>"New tenant"</h1><p>"Its owner gets a link that works once to set it up."</p></div>
            {may::<MoveTenants>().then(|| view! { <a class="btn" href="/admin/tenants/import">"Import an archive"</a> })}
        </div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CreateTenant::PATH>
                <SlugProposal check=CheckSlug::PATH.to_owned()>{name_and_slug}</SlugProposal>
                <SelectField name="plan" label="Plan" options=options value=plan error=form.error("plan") />
                {template_fields(form, templates, template)}
                <TextField
                    name="owner_email"
                    label="Owner email"
                    kind="email"
                    value=form.typed("owner_email")
                    error=form.error("owner_email")
                    hint="Bills go there too, until another address is set."
                />
                <div class="cols">
                    <TextField
                        name="trial_days"
                        label="Trial days"
                        inputmode="numeric"
                        required=false
                        value=form.typed("trial_days").or_else(|| Some("14".to_owned()))
                        error=form.error("trial_days")
                        hint="0 or nothing starts the plan at once."
                    />
                    <TextField
                        name="monthly_budget"
                        label="Monthly budget"
                        inputmode="decimal"
                        required=false
                        value=form.typed("monthly_budget")
                        error=form.error("monthly_budget")
                        hint="In US dollars; nothing for none."
                    />
                </div>
                <div class="actions"><button class="btn pri">"Create tenant"</button><a class="btn" href="/admin/tenants">"Cancel"</a></div>
            </form>
        </div>
        <Islands />
    }
}
