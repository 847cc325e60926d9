//! Moving tenants to another version of their plan.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use crate::domain::slug::Slug;
use crate::domain::staff::ManageTenantPlans;
use crate::store::plan_moves::NewMove;
use crate::web::error::{Kind, answer};
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn incomplete() -> UiError {
    UiError::new(Kind::Invalid, "The form was incomplete. Reload the page and try again.")
}

/// Begins to move all tenants of a version (`from`; nothing is all others) to another one. `request` makes it happen once.
#[server(prefix = "/fn", endpoint = "plans/move", input = PostUrl)]
pub async fn move_tenants(
    plan: String,
    to: String,
    request: String,
    #[server(default)] from: String,
    #[server(default)] spare_over: String,
) -> Result<(), UiError> {
    let new = || {
        let from = if from.is_empty() { None } else { Some(from.parse().ok()?) };
        Some(NewMove { id: request.parse().ok()?, plan: plan.clone(), from, to: to.parse().ok()?, spare_over: spare_over == "on" })
    };
    answer(try_move(new()).await)
}

async fn try_move(new: Option<NewMove>) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageTenantPlans>(&admin).await?;
    let new = new.ok_or_else(incomplete)?;
    let id = tx.begin_move(&new).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{}/moves/{id}", new.plan));
    Ok(())
}

/// Moves one tenant. `seen` is the version that it had on the page.
#[server(prefix = "/fn", endpoint = "plans/move-one", input = PostUrl)]
pub async fn move_tenant(plan: String, slug: String, seen: String, to: String) -> Result<(), UiError> {
    answer(try_move_one(&plan, &slug, seen.parse().ok().zip(to.parse().ok())).await)
}

async fn try_move_one(plan: &str, slug: &str, versions: Option<(i32, i32)>) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageTenantPlans>(&admin).await?;
    let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
    let (seen, to) = versions.ok_or_else(incomplete)?;
    tx.move_tenant(plan, &slug, seen, to).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{plan}?done=moved"));
    Ok(())
}

/// Goes on with a move that was given up.
#[server(prefix = "/fn", endpoint = "plans/resume-move", input = PostUrl)]
pub async fn resume_move(plan: String, moving: String) -> Result<(), UiError> {
    answer(try_resume(&plan, &moving).await)
}

async fn try_resume(plan: &str, moving: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageTenantPlans>(&admin).await?;
    let id: Uuid = moving.parse().map_err(|_| UiError::not_found())?;
    tx.resume_move(id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{plan}/moves/{id}"));
    Ok(())
}
