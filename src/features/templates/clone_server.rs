//! Cloning a tenant, and trying the steps of one again that did not come to their end.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::clone_form::CloneForm;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageTenants;
use crate::store::provisioning::NewClone;
use crate::store::{Constraint, StoreError};
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

/// Begins a clone of the tenant `source`; with data its documents and conversations too.
#[server(prefix = "/fn", endpoint = "tenants/clone", input = PostUrl)]
pub async fn clone_tenant(
    source: String,
    name: String,
    slug: String,
    owner_email: String,
    #[server(default)] trial_days: String,
    #[server(default)] with_data: String,
) -> Result<(), UiError> {
    let form = CloneForm { name, slug, owner_email, trial_days, with_data: with_data == "on" };
    answer(try_clone(&source, &form).await.map_err(|error| {
        error.with_typed(&[
            ("name", &form.name),
            ("slug", &form.slug),
            ("owner_email", &form.owner_email),
            ("trial_days", &form.trial_days),
            ("with_data", if form.with_data { "on" } else { "" }),
        ])
    }))
}

async fn try_clone(source: &str, form: &CloneForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    let source: Slug = source.parse().map_err(|_| UiError::not_found())?;
    let new = form.parse().map_err(UiError::invalid)?;
    let new =
        NewClone { slug: new.slug, name: new.name, owner_email: new.owner_email, trial_days: new.trial_days, with_data: form.with_data };
    let begun = tx.clone_tenant(&source, &new).await.map_err(|error| match error {
        StoreError::Conflict(Constraint::TenantSlug) => UiError::field("slug", format!("“{}” is taken. Choose another.", new.slug)),
        error => error.into(),
    })?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{}/provisioning", begun.slug));
    Ok(())
}

/// Tries a tenant's steps again, from the one that did not succeed on.
#[server(prefix = "/fn", endpoint = "tenants/retry-steps", input = PostUrl)]
pub async fn retry_steps(slug: String) -> Result<(), UiError> {
    answer(try_retry(&slug).await)
}

async fn try_retry(slug: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
    tx.retry_provisioning(&slug).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{slug}/provisioning"));
    Ok(())
}
