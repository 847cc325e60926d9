//! A tenant's quotas, and what it gets besides its plan. Each change writes its audit event with the key as its actor.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::super::extract::{Admin, ApiJson, ApiPath, ApiQuery};
use super::super::problem::{BadBody, BadQuery, Conflicts, Missing, Problem, Refusals};
use super::change::refuse_blank;
use super::quota_words::{AddGrant, MeterQuota, SetQuota, TenantQuotas};
use super::words::{Why, reason, slug};
use crate::domain::FieldError;
use crate::domain::allowance::{NewGrant, Override};
use crate::domain::slug::Slug;
use crate::domain::staff::ManageQuotas;
use crate::edge::router::AppState;
use crate::store::PlatformRead;
use crate::store::overrides::QuotaChange;

/// The form's fields under the names that they have here.
fn renamed(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        let name = match error.field.as_str() {
            "quota" => "limit",
            "grant_reason" => "reason",
            "grant_until" => "until",
            _ => continue,
        };
        error.field = name.to_owned();
    }
    errors
}

/// One meter as this transaction sees it.
async fn one(read: &mut PlatformRead, slug: &Slug, meter: &str) -> Result<MeterQuota, Problem> {
    let tenant = read.look_at(slug).await?;
    let line = read.get_quota_line(&tenant, meter).await?;
    Ok(MeterQuota::new(line, &read.list_grants(&tenant).await?))
}

/// A tenant's quotas
///
/// What holds for each meter, and why: the plan, an override in its place, grants on top. Needs a platform key.
#[utoipa::path(
    get, path = "/platform/tenants/{slug}/quotas", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), responses((status = 200, body = TenantQuotas), Missing, Refusals)
)]
pub async fn list_quotas(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<TenantQuotas>, Problem> {
    let slug = slug(&path)?;
    let mut read = state.context.store.platform_read(&admin).await?;
    let tenant = read.look_at(&slug).await?;
    let (lines, grants) = (read.list_quota_lines(&tenant).await?, read.list_grants(&tenant).await?);
    let quotas = lines.into_iter().map(|line| MeterQuota::new(line, &grants)).collect();
    Ok(Json(TenantQuotas { slug: tenant.slug.to_string(), quotas }))
}

/// Set a quota in the plan's place
///
/// It holds from this call on, until the end of its last day or until it is changed again. Needs a platform key.
#[utoipa::path(
    put, path = "/platform/tenants/{slug}/quotas/{meter}", tag = "Platform",
    params(("slug" = String, Path, example = "acme"), ("meter" = String, Path, description = "A meter's key.", example = "tokens")),
    security(("platform_key" = [])), request_body = SetQuota,
    responses((status = 200, body = MeterQuota), Missing, BadBody, Refusals)
)]
pub async fn set_quota(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath((path, meter)): ApiPath<(String, String)>,
    ApiJson(set): ApiJson<SetQuota>,
) -> Result<Json<MeterQuota>, Problem> {
    let slug = slug(&path)?;
    refuse_blank(&[("until", &set.until)])?;
    let mut tx = state.context.store.platform::<ManageQuotas>(&admin).await?;
    let found = tx.get_meter(&meter).await?;
    // To the form, nothing is unlimited.
    let limit = set.limit.map(|limit| limit.to_string()).unwrap_or_default();
    let set = Override::parse(&limit, &set.reason, set.until.as_deref().unwrap_or_default(), found.unit, tx.now().await?)
        .map_err(|errors| Problem::invalid(renamed(errors)))?;
    let change = QuotaChange::Set { quota: set.quota, until: set.until };
    tx.change_quotas(&slug, &[(&found.key, change)], &set.reason).await?;
    let quota = one(&mut tx, &slug, &found.key).await?;
    tx.commit().await?;
    Ok(Json(quota))
}

/// Give a quota back to the plan
///
/// What the plan grants holds again. Needs a platform key.
#[utoipa::path(
    delete, path = "/platform/tenants/{slug}/quotas/{meter}", tag = "Platform",
    params(("slug" = String, Path, example = "acme"), ("meter" = String, Path, description = "A meter's key.", example = "tokens"), Why),
    security(("platform_key" = [])), responses((status = 200, body = MeterQuota), Missing, Conflicts, BadQuery, Refusals)
)]
pub async fn remove_override(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath((path, meter)): ApiPath<(String, String)>,
    ApiQuery(why): ApiQuery<Why>,
) -> Result<Json<MeterQuota>, Problem> {
    let slug = slug(&path)?;
    let reason = reason("reason", &why.reason)?;
    let mut tx = state.context.store.platform::<ManageQuotas>(&admin).await?;
    let found = tx.get_meter(&meter).await?;
    tx.remove_override(&slug, &found.key, &reason).await?;
    let quota = one(&mut tx, &slug, &found.key).await?;
    tx.commit().await?;
    Ok(Json(quota))
}

/// Grant more of a meter
///
/// On top of the quota, until it is used up or its last day is over. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/quotas/{meter}/grants", tag = "Platform",
    params(("slug" = String, Path, example = "acme"), ("meter" = String, Path, description = "A meter's key.", example = "tokens")),
    security(("platform_key" = [])), request_body = AddGrant,
    responses((status = 201, body = MeterQuota), Missing, BadBody, Refusals)
)]
pub async fn add_grant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath((path, meter)): ApiPath<(String, String)>,
    ApiJson(add): ApiJson<AddGrant>,
) -> Result<(StatusCode, Json<MeterQuota>), Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<ManageQuotas>(&admin).await?;
    let found = tx.get_meter(&meter).await?;
    let new = NewGrant::parse(&add.amount.to_string(), &add.reason, &add.until, found.unit, tx.now().await?)
        .map_err(|errors| Problem::invalid(renamed(errors)))?;
    tx.add_grant(&slug, &found.key, &new).await?;
    let quota = one(&mut tx, &slug, &found.key).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(quota)))
}
