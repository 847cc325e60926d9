//! Deleting a tenant, and taking that back. Each writes its audit event with the key as its actor.

use axum::Json;
use axum::extract::State;

use super::super::extract::{Admin, ApiPath};
use super::super::problem::{Conflicts, Missing, Problem, Refusals};
use super::words::{DeletedTenant, Status, slug};
use crate::domain::staff::DeleteTenants;
use crate::edge::router::AppState;

/// Delete a tenant
///
/// From the next statement on its people and keys are refused as if it had never been. Nothing of it is lost for 30 days, in which it can
/// be restored; its slug stays taken until it is removed for good. Needs a platform key.
#[utoipa::path(
    delete, path = "/platform/tenants/{slug}", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])),
    responses(
        (status = 200, body = DeletedTenant, links(("restore" = (
            operation_id = "restore_tenant",
            parameters(("slug" = "$response.body#/slug"))
        )))),
        Missing, Refusals
    )
)]
pub async fn delete_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<DeletedTenant>, Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<DeleteTenants>(&admin).await?;
    let restorable_until = tx.delete_tenant(&slug).await?;
    tx.commit().await?;
    Ok(Json(DeletedTenant { slug: slug.to_string(), status: "deleted".to_owned(), restorable_until }))
}

/// Restore a deleted tenant
///
/// Within 30 days, to the state that it had. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/restore", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), responses((status = 200, body = Status), Missing, Conflicts, Refusals)
)]
pub async fn restore_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<Status>, Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<DeleteTenants>(&admin).await?;
    let status = tx.restore_tenant(&slug).await?;
    tx.commit().await?;
    Ok(Json(Status { slug: slug.to_string(), status: status.as_str().to_owned() }))
}
