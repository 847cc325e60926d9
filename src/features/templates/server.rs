//! What platform admins do to templates.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::slug::Slug;
use crate::domain::staff::ManageCatalogue;
use crate::domain::template::{TemplateContent, TemplateForm};
use crate::store::{Constraint, StoreError};
use crate::web::error::{Kind, answer};
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn refusal(error: StoreError) -> UiError {
    match error {
        StoreError::Conflict(Constraint::TemplateKey) => {
            UiError::field("key", "There is a template with this key already. Choose another.")
        }
        StoreError::Conflict(Constraint::TemplateName) => {
            UiError::field("name", "There is a template with this name already. Choose another.")
        }
        error => error.into(),
    }
}

fn keep(error: UiError, form: &TemplateForm) -> UiError {
    error.with_typed(&[
        ("key", &form.key),
        ("name", &form.name),
        ("description", &form.description),
        ("plan", &form.plan),
        ("agents", &form.agents),
        ("accent", &form.accent),
        ("sign_in_text", &form.sign_in_text),
        ("allowed_models", &form.allowed_models),
        ("default_model", &form.default_model),
        ("sample", &form.sample),
    ])
}

/// Makes a template; what the form does not show comes from the tenant `of`, if one is named: CSS and the words of mails.
#[server(prefix = "/fn", endpoint = "templates/create", input = PostUrl)]
#[allow(clippy::too_many_arguments, reason = "a function's arguments are the form's fields")]
pub async fn create_template(
    key: String,
    name: String,
    #[server(default)] description: String,
    #[server(default)] plan: String,
    #[server(default)] agents: String,
    #[server(default)] accent: String,
    #[server(default)] sign_in_text: String,
    #[server(default)] allowed_models: String,
    #[server(default)] default_model: String,
    #[server(default)] sample: String,
    #[server(default)] of: String,
) -> Result<(), UiError> {
    let form = TemplateForm { key, name, description, plan, agents, accent, sign_in_text, allowed_models, default_model, sample };
    answer(try_create(&form, &of).await.map_err(|error| keep(error, &form)))
}

async fn try_create(form: &TemplateForm, of: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let extra = match of {
        "" => TemplateContent::default(),
        of => {
            let slug: Slug = of.parse().map_err(|_| UiError::not_found())?;
            tx.content_of_tenant(&slug).await?.0
        }
    };
    let new = form.parse_new(&extra).map_err(UiError::invalid)?;
    tx.create_template(&new).await.map_err(refusal)?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/templates?done=created");
    Ok(())
}

/// Changes a template; tenants that were made from it stay as they are. `revision` is what the page showed.
#[server(prefix = "/fn", endpoint = "templates/change", input = PostUrl)]
#[allow(clippy::too_many_arguments, reason = "a function's arguments are the form's fields")]
pub async fn change_template(
    template: String,
    revision: String,
    name: String,
    #[server(default)] description: String,
    #[server(default)] plan: String,
    #[server(default)] agents: String,
    #[server(default)] accent: String,
    #[server(default)] sign_in_text: String,
    #[server(default)] allowed_models: String,
    #[server(default)] default_model: String,
    #[server(default)] sample: String,
) -> Result<(), UiError> {
    let key = template.clone();
    let form = TemplateForm { key, name, description, plan, agents, accent, sign_in_text, allowed_models, default_model, sample };
    answer(try_change(&template, &revision, &form).await.map_err(|error| keep(error, &form)))
}

async fn try_change(template: &str, revision: &str, form: &TemplateForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let before = tx.get_template(template).await?;
    let facts = form.parse(&before.content).map_err(UiError::invalid)?;
    let seen = revision.parse().map_err(|_| UiError::new(Kind::Invalid, "The form was incomplete. Reload the page and try again."))?;
    tx.change_template(template, seen, &facts).await.map_err(refusal)?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/templates?done=changed");
    Ok(())
}

/// Deletes a template; tenants that were made from it stay as they are.
#[server(prefix = "/fn", endpoint = "templates/delete", input = PostUrl)]
pub async fn delete_template(template: String) -> Result<(), UiError> {
    answer(try_delete(&template).await)
}

async fn try_delete(template: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    tx.delete_template(template).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/templates?done=deleted");
    Ok(())
}
