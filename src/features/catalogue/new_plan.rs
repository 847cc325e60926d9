//! `/admin/plans/new`: a plan to be. It is not sold before its first version is published.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::plan_server::CreatePlan;
use crate::domain::staff::ManageCatalogue;
use crate::store::entitlements::PlanSheet;
use crate::ui::field::{FormMessage, SelectField, TextField};
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context};

pub fn new_plan_page() -> PageText {
    page(async {
        let form = Form::of::<CreatePlan>();
        let (me, admin) = request::admin_with::<ManageCatalogue>().await?;
        let plans = Context::get().store.platform_read(&admin).await?.list_plan_sheets().await?;
        Ok(console(&me, "New plan", "/admin/plans", body(&form, &plans).into_any()))
    })
}

fn body(form: &Form, plans: &[PlanSheet]) -> impl IntoView + use<> {
    let options = plans.iter().map(|plan| (plan.key.clone(), format!("{} version {}", plan.name, plan.version))).collect();
    let ticked = !form.failed() || form.typed("self_service").is_some_and(|typed| typed == "on");
    view! {
        <div class="head"><div class="grow">
            <h1>"New plan"</h1>
            <p>"It begins as a draft with the limits and features of another plan. Nobody can buy it before you publish it."</p>
        </div></div>
        <div class="narrow stack">
            <FormMessage message=form.message() />
            <form class="form card pad" method="post" action=CreatePlan::PATH>
                <div class="cols">
                    <TextField name="name" label="Name" value=form.typed("name") error=form.error("name") hint="As people read it: Team." />
                    <TextField
                        name="key"
                        label="Key"
                        value=form.typed("key")
                        error=form.error("key")
                        hint="As programs call it: lower-case letters, digits and hyphens. It stays."
                    />
                </div>
                <div class="cols">
                    <TextField
                        name="price"
                        label="Price a month"
                        inputmode="decimal"
                        value=form.typed("price")
                        error=form.error("price")
                        hint="In US dollars, such as 29 or 29.50."
                    />
                    <TextField
                        name="position"
                        label="Position"
                        inputmode="numeric"
                        value=form.typed("position").or_else(|| Some((plans.len() + 1).to_string()))
                        error=form.error("position")
                        hint="1 comes first in lists."
                    />
                </div>
                <SelectField name="like" label="Begin with the limits and features of" options=options value=form.typed("like") error=form.error("like") />
                <label class="check">
                    <input type="checkbox" name="self_service" value="on" checked=ticked />
                    <span>"People may choose it themselves"<small class="hint">"Else sign-up and portal show it with “talk to us”."</small></span>
                </label>
                <div class="actions"><button class="btn pri">"Create plan"</button><a class="btn" href="/admin/plans">"Cancel"</a></div>
            </form>
        </div>
    }
}
