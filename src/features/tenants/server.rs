//! What platform admins do to tenants.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::new_tenant::NewTenantForm;
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::slug::Slug;
use crate::store::{Constraint, StoreError};
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn parse_slug(slug: &str) -> Result<Slug, UiError> {
    slug.parse().map_err(|_| UiError::not_found())
}

/// Creates a tenant and its owner's set-up link.
#[server(prefix = "/fn", endpoint = "tenants/create", input = PostUrl)]
pub async fn create_tenant(
    name: String,
    slug: String,
    plan: String,
    owner_email: String,
    #[server(default)] trial_days: String,
    #[server(default)] monthly_budget: String,
) -> Result<(), UiError> {
    let form = NewTenantForm { name, slug, plan, owner_email, trial_days, monthly_budget, billing_email: String::new() };
    answer(try_create(&form).await.map_err(|error| {
        error.with_typed(&[
            ("name", &form.name),
            ("slug", &form.slug),
            ("plan", &form.plan),
            ("owner_email", &form.owner_email),
            ("trial_days", &form.trial_days),
            ("monthly_budget", &form.monthly_budget),
        ])
    }))
}

async fn try_create(form: &NewTenantForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let new = form.parse().map_err(UiError::invalid)?;
    let mut tx = Context::get().store.platform(&admin).await?;
    let created = tx.create_tenant(&new).await.map_err(|error| match error {
        StoreError::NotFound => UiError::field("plan", "There is no such plan."),
        StoreError::Conflict(Constraint::TenantSlug) => UiError::field("slug", format!("“{}” is taken. Choose another.", new.slug)),
        StoreError::Conflict(
            Constraint::DomainHeld
            | Constraint::UserEmail
            | Constraint::InviteOpen
            | Constraint::Member
            | Constraint::AgentName
            | Constraint::ThreadAgent
            | Constraint::MeterKey
            | Constraint::MeterLabel,
        )
        | StoreError::Forbidden
        | StoreError::Suspended(_)
        | StoreError::SecondFactorNeeded(_)
        | StoreError::Key(_)
        | StoreError::LastOwner
        | StoreError::WrongState(_)
        | StoreError::Invalid(_)
        | StoreError::AtLimit(_)
        | StoreError::TooLarge(_)
        | StoreError::StorageFull
        | StoreError::FilesAway(_)
        | StoreError::Unavailable(_)
        | StoreError::Db(_) => error.into(),
    })?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{}?done=created", created.slug));
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

/// Suspends a tenant; its people see the reason.
#[server(prefix = "/fn", endpoint = "tenants/suspend", input = PostUrl)]
pub async fn suspend_tenant(slug: String, reason: String) -> Result<(), UiError> {
    answer(try_suspend(&slug, &reason).await.map_err(|error| error.with_typed(&[("reason", &reason)])))
}

async fn try_suspend(slug: &str, reason: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let reason: Reason = reason.parse().map_err(|error: ReasonError| UiError::field("reason", error.to_string()))?;
    let mut tx = Context::get().store.platform(&admin).await?;
    tx.suspend_tenant(&slug, &reason).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{slug}?done=suspended"));
    Ok(())
}

/// Resumes a suspended tenant in the state it had.
#[server(prefix = "/fn", endpoint = "tenants/resume", input = PostUrl)]
pub async fn resume_tenant(slug: String) -> Result<(), UiError> {
    answer(try_resume(&slug).await)
}

async fn try_resume(slug: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform(&admin).await?;
    tx.resume_tenant(&slug).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{slug}?done=resumed"));
    Ok(())
}
