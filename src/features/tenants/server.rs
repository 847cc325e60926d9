//! What platform admins do to tenants.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::new_tenant::NewTenantForm;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageTenants;
use crate::store::{Constraint, StoreError};
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

/// Creates a tenant and its owner's set-up link; with a template, or with sample data, in steps.
#[server(prefix = "/fn", endpoint = "tenants/create", input = PostUrl)]
#[allow(clippy::too_many_arguments, reason = "a function's arguments are the form's fields")]
pub async fn create_tenant(
    name: String,
    slug: String,
    plan: String,
    owner_email: String,
    #[server(default)] trial_days: String,
    #[server(default)] monthly_budget: String,
    #[server(default)] template: String,
    #[server(default)] sample_data: String,
) -> Result<(), UiError> {
    let form = NewTenantForm { name, slug, plan, owner_email, trial_days, monthly_budget, billing_email: String::new() };
    answer(try_create(&form, &template, sample_data == "on").await.map_err(|error| {
        error.with_typed(&[
            ("name", &form.name),
            ("slug", &form.slug),
            ("plan", &form.plan),
            ("owner_email", &form.owner_email),
            ("trial_days", &form.trial_days),
            ("monthly_budget", &form.monthly_budget),
            ("template", &template),
            ("sample_data", &sample_data),
        ])
    }))
}

async fn try_create(form: &NewTenantForm, template: &str, sample: bool) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    let template = tx.find_template(template, sample).await?;
    let mut form = form.clone();
    if let Some(plan) = template.as_ref().and_then(|template| template.plan.clone()).filter(|_| form.plan.trim().is_empty()) {
        form.plan = plan;
    }
    let new = form.parse().map_err(UiError::invalid)?;
    let made = match &template {
        Some(template) => tx.create_from_template(&new, template, sample).await.map(|begun| format!("{}/provisioning", begun.slug)),
        None => tx.create_tenant(&new).await.map(|created| format!("{}?done=created", created.slug)),
    };
    let leads_to = made.map_err(|error| match error {
        StoreError::NotFound => UiError::field("plan", "There is no such plan."),
        StoreError::Conflict(Constraint::TenantSlug) => UiError::field("slug", format!("“{}” is taken. Choose another.", new.slug)),
        error => error.into(),
    })?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{leads_to}"));
    Ok(())
}

/// Whether a slug could be used: an empty text when it could, else what is wrong with it.
#[server(prefix = "/fn", endpoint = "tenants/check-slug", input = PostUrl)]
pub async fn check_slug(slug: String) -> Result<String, UiError> {
    answer(try_check(&slug).await)
}

async fn try_check(slug: &str) -> Result<String, UiError> {
    let admin = acting_admin().await?;
    let slug: Slug = match slug.parse() {
        Ok(slug) => slug,
        Err(error) => return Ok(error.to_string()),
    };
    let free = Context::get().store.platform_read(&admin).await?.is_slug_free(&slug).await?;
    Ok(if free { String::new() } else { format!("“{slug}” is taken. Choose another.") })
}
