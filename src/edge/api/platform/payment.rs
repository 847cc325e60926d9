//! What a tenant owes, and that it is paid. A suspension by staff is another matter: neither lifts the other.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::extract::{Admin, ApiJson, ApiPath};
use super::super::problem::{BadBody, Conflicts, Missing, Problem, Refusals};
use super::words::{Status, reason, slug};
use crate::domain::staff::ManageTenantPlans;
use crate::domain::status::TenantStatus;
use crate::edge::router::AppState;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unpaid {
    /// The tenant's people read it.
    #[schema(min_length = 1, max_length = 300, format = "prose", example = "Two invoices, since May.")]
    owed: String,
}

/// Suspend a tenant for non-payment
///
/// From the next statement on its people and keys are refused and shown what is owed, until the payment has arrived. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/unpaid", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), request_body = Unpaid,
    responses(
        (status = 200, body = Status, links(("paid" = (operation_id = "payment_arrived", parameters(("slug" = "$response.body#/slug")))))),
        Missing, Conflicts, BadBody, Refusals
    )
)]
pub async fn suspend_unpaid(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiJson(unpaid): ApiJson<Unpaid>,
) -> Result<Json<Status>, Problem> {
    let slug = slug(&path)?;
    let owed = reason("owed", &unpaid.owed)?;
    let mut tx = state.context.store.platform::<ManageTenantPlans>(&admin).await?;
    tx.suspend_unpaid(&slug, &owed).await?;
    tx.commit().await?;
    Ok(Json(Status { slug: slug.to_string(), status: TenantStatus::Suspended.as_str().to_owned() }))
}

/// Note that a payment arrived
///
/// Nothing is owed any more; the tenant is open again unless staff hold it. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/paid", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), responses((status = 200, body = Status), Missing, Conflicts, Refusals)
)]
pub async fn payment_arrived(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<Status>, Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<ManageTenantPlans>(&admin).await?;
    let status = tx.payment_arrived(&slug).await?;
    tx.commit().await?;
    Ok(Json(Status { slug: slug.to_string(), status: status.as_str().to_owned() }))
}
