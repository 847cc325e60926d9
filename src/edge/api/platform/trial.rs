//! A tenant's trial. Each writes its audit event with the key as its actor.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::extract::{Admin, ApiJson, ApiPath};
use super::super::problem::{BadBody, Conflicts, Missing, Problem, Refusals};
use super::words::{Status, slug};
use crate::domain::last_day;
use crate::domain::staff::ManageTenants;
use crate::domain::status::TenantStatus;
use crate::edge::router::AppState;
use crate::store::StoreError;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendTrial {
    /// The last day of the trial, UTC: after the one on which it ends now, and within a year.
    #[schema(format = "last-day", example = "2027-12-31")]
    until: String,
}

#[derive(Serialize, ToSchema)]
pub struct Trial {
    slug: String,
    #[schema(example = "trial")]
    status: String,
    trial_ends_at: DateTime<Utc>,
}

/// Extend a trial
///
/// It goes on until the end of that day, and nothing is billed for that time. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/trial/extend", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), request_body = ExtendTrial,
    responses((status = 200, body = Trial), Missing, Conflicts, BadBody, Refusals)
)]
pub async fn extend_trial(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiJson(extend): ApiJson<ExtendTrial>,
) -> Result<Json<Trial>, Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    let until = last_day::parse_required(&extend.until, tx.now().await?).map_err(|error| Problem::field("until", error))?;
    match tx.extend_trial(&slug, until).await {
        // The console's form has another name for it.
        Err(StoreError::Invalid(wrong)) => return Err(Problem::field("until", wrong.message)),
        extended => extended?,
    }
    tx.commit().await?;
    Ok(Json(Trial { slug: slug.to_string(), status: TenantStatus::Trial.as_str().to_owned(), trial_ends_at: until }))
}

/// End a trial early
///
/// The plan holds and is billed from today on. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/trial/convert", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), responses((status = 200, body = Status), Missing, Conflicts, Refusals)
)]
pub async fn convert_trial(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<Status>, Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    tx.convert_trial(&slug).await?;
    tx.commit().await?;
    Ok(Json(Status { slug: slug.to_string(), status: TenantStatus::Active.as_str().to_owned() }))
}
