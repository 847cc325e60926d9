//! The models of the settings page, and `settings/models`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;
use maud::{Markup, html};

use crate::domain::capability::ManageSettings;
use crate::domain::label::Label;
use crate::domain::model_rules::{MOST, ModelRules};
use crate::store::access::TenantHead;
use crate::ui::field::{Area, Input, form_message};
use crate::ui::text::notice;
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::request::{acting_member, query};
use crate::web::{Context, RequestInfo, UiError};

pub fn section(rules: &ModelRules, head: &TenantHead) -> Markup {
    let form = Form::of::<ChangeModels>();
    let done = query("done").is_some_and(|done| done == "models") && !form.failed();
    let now = rules.allowed.iter().map(Label::as_str).collect::<Vec<_>>().join("\n");
    let (allowed_error, default_error) = (form.error("allowed_models"), form.error("default_model"));
    let message = form.message().filter(|_| allowed_error.is_none() && default_error.is_none());
    html! {
        section class="card pad stack" id="models" {
            h2 { "Models" }
            @if done { (notice("ok", html! { "Saved. Agents that run on something else keep it." })) }
            (form_message(message.as_deref()))
            form class="form" method="post" action=(ChangeModels::PATH) {
                input type="hidden" name="tenant" value=(head.slug);
                (form.area(Area {
                    name: "allowed_models",
                    label: "Allowed models",
                    hint: &format!("One a line, at most {MOST}, by the names that your platform has for them. Nothing allows every model."),
                    value: Some(&now),
                    ..Area::default()
                }))
                (form.input(Input {
                    name: "default_model",
                    label: "Default model",
                    optional: true,
                    hint: "What a new agent gets unless another is chosen.",
                    value: rules.default.as_ref().map(Label::as_str),
                    ..Input::default()
                }))
                div class="actions" { button class="btn" { "Save models" } }
            }
        }
    }
}

/// Keeps which models agents may run on; empty fields allow all and set no default.
#[server(prefix = "/fn", endpoint = "settings/models", input = PostUrl)]
pub async fn change_models(
    tenant: String,
    #[server(default)] allowed_models: String,
    #[server(default)] default_model: String,
) -> Result<(), UiError> {
    let typed = [("allowed_models", allowed_models.as_str()), ("default_model", default_model.as_str())];
    answer(try_change(&tenant, &allowed_models, &default_model).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_change(tenant: &str, allowed: &str, default: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageSettings>(&member).await?;
    let rules = ModelRules::parse(allowed, default).map_err(UiError::invalid)?;
    tx.set_model_rules(&rules).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/settings?done=models#models", RequestInfo::get().portal_base(&slug)));
    Ok(())
}
