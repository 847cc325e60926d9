//! `/admin/tenants/new`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::{CheckSlug, CreateTenant};
use crate::store::plans::Plan;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::ui::slug::SlugProposal;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page;
use crate::web::page::Islands;
use crate::web::request::{self, Context};

#[component]
pub fn NewTenantPage() -> impl IntoView {
    page(async {
        let (me, admin) = request::admin().await?;
        let form = Form::of::<CreateTenant>();
        let mut read = Context::get().store.platform_read(&admin).await?;
        let plans = read.list_plans().await?;
        Ok(console(&me, "New tenant", "/admin/tenants", body(&form, &plans).into_any()))
    })
}

fn body(form: &Form, plans: &[Plan]) -> impl IntoView + use<> {
    let options = plans.iter().map(|plan| (plan.key.clone(), format!("{}, {} a month", plan.name, plan.price.short()))).collect();
    let plan = form.typed("plan").or_else(|| Some("starter".to_owned()));
    let name_and_slug = view! {
        <TextField name="name" label="Name" value=form.typed("name") error=form.error("name") hint="As its people know it." />
        <TextField
            name="slug"
            label="Slug"
            value=form.typed("slug")
            error=form.error("slug")
            hint="In addresses: lower-case letters, digits and hyphens."
        />
    };
    view! {
        <div class="head"><div class="grow"><h1>"New tenant"</h1><p>"Its owner gets a link that works once to set it up."</p></div></div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CreateTenant::PATH>
                <SlugProposal check=CheckSlug::PATH.to_owned()>{name_and_slug}</SlugProposal>
                <SelectField name="plan" label="Plan" options=options value=plan error=form.error("plan") />
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
