//! What platform admins do to one tenant's quotas.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::allowance::{NewGrant, Override};
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::slug::Slug;
use crate::domain::staff::ManageQuotas;
use crate::store::overrides::QuotaChange;
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn parse_slug(slug: &str) -> Result<Slug, UiError> {
    slug.parse().map_err(|_| UiError::not_found())
}

fn back(slug: &Slug, meter: &str, done: &str) {
    leptos_axum::redirect(&format!("/admin/tenants/{slug}/quotas/{meter}?done={done}"));
}

/// Sets or changes a tenant's own quota. `quota` of nothing is unlimited, `until` of nothing has no end.
#[server(prefix = "/fn", endpoint = "quotas/override", input = PostUrl)]
pub async fn set_override(
    slug: String,
    meter: String,
    #[server(default)] quota: String,
    reason: String,
    #[server(default)] until: String,
) -> Result<(), UiError> {
    let set = try_set(&slug, &meter, &quota, &reason, &until).await;
    answer(set.map_err(|error| error.with_typed(&[("quota", &quota), ("reason", &reason), ("until", &until)])))
}

async fn try_set(slug: &str, meter: &str, quota: &str, reason: &str, until: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<ManageQuotas>(&admin).await?;
    let found = tx.get_meter(meter).await?;
    let set = Override::parse(quota, reason, until, found.unit, tx.now().await?).map_err(UiError::invalid)?;
    let change = QuotaChange::Set { quota: set.quota, until: set.until };
    tx.change_quotas(&slug, &[(&found.key, change)], &set.reason).await?;
    tx.commit().await?;
    back(&slug, &found.key, "set");
    Ok(())
}

/// Removes a tenant's own quota: the plan's holds again.
#[server(prefix = "/fn", endpoint = "quotas/plan", input = PostUrl)]
pub async fn give_back(slug: String, meter: String, removal_reason: String) -> Result<(), UiError> {
    let given = try_give_back(&slug, &meter, &removal_reason).await;
    answer(given.map_err(|error| error.with_typed(&[("removal_reason", &removal_reason)])))
}

async fn try_give_back(slug: &str, meter: &str, reason: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let reason: Reason = reason.parse().map_err(|error: ReasonError| UiError::field("removal_reason", error))?;
    let mut tx = Context::get().store.platform::<ManageQuotas>(&admin).await?;
    let found = tx.get_meter(meter).await?;
    tx.remove_override(&slug, &found.key, &reason).await?;
    tx.commit().await?;
    back(&slug, &found.key, "plan");
    Ok(())
}

/// Grants a tenant more of a meter until a day is over.
#[server(prefix = "/fn", endpoint = "quotas/grant", input = PostUrl)]
pub async fn add_grant(slug: String, meter: String, amount: String, grant_until: String, grant_reason: String) -> Result<(), UiError> {
    let added = try_grant(&slug, &meter, &amount, &grant_until, &grant_reason).await;
    answer(added.map_err(|error| error.with_typed(&[("amount", &amount), ("grant_until", &grant_until), ("grant_reason", &grant_reason)])))
}

async fn try_grant(slug: &str, meter: &str, amount: &str, until: &str, reason: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<ManageQuotas>(&admin).await?;
    let found = tx.get_meter(meter).await?;
    let new = NewGrant::parse(amount, reason, until, found.unit, tx.now().await?).map_err(UiError::invalid)?;
    tx.add_grant(&slug, &found.key, &new).await?;
    tx.commit().await?;
    back(&slug, &found.key, "granted");
    Ok(())
}

/// Takes back what a grant still holds.
#[server(prefix = "/fn", endpoint = "quotas/end-grant", input = PostUrl)]
pub async fn end_grant(slug: String, grant: String) -> Result<(), UiError> {
    answer(try_end(&slug, &grant).await)
}

async fn try_end(slug: &str, grant: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let grant = grant.parse().map_err(|_| UiError::not_found())?;
    let mut tx = Context::get().store.platform::<ManageQuotas>(&admin).await?;
    let meter = tx.end_grant(&slug, grant).await?;
    tx.commit().await?;
    back(&slug, &meter, "ended");
    Ok(())
}
