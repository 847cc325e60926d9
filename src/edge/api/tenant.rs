//! `GET /tenant`, `GET /features/{key}`: what a key may know of its own tenant.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{ApiPath, Caller};
use super::problem::{Code, Missing, Problem, Refusals};
use crate::domain::capability::ViewTenant;
use crate::domain::model_rules::ModelRules;
use crate::edge::router::AppState;
use crate::store::tenant_sheet::{MeterLine, TenantSheet};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_tenant)).routes(routes!(get_feature))
}

/// A tenant as its own keys see it.
#[derive(Serialize, ToSchema)]
pub struct Tenant {
    #[schema(example = "acme")]
    slug: String,
    name: String,
    /// `trial`, `active` or `past_due`: in every other state keys are refused.
    #[schema(example = "active")]
    status: String,
    /// The plan's key.
    #[schema(example = "pro")]
    plan: String,
    /// When the trial ends, of a tenant on trial.
    trial_ends_at: Option<DateTime<Utc>>,
    /// Keys of the features that the plan has.
    features: Vec<String>,
    models: Models,
    quotas: Vec<Quota>,
}

/// What agents may run on.
#[derive(Serialize, ToSchema)]
pub struct Models {
    /// Null allows every model.
    allowed: Option<Vec<String>>,
    /// What a new agent gets unless another is chosen.
    #[schema(example = "large")]
    default: Option<String>,
}

impl From<ModelRules> for Models {
    fn from(rules: ModelRules) -> Self {
        let allowed = Some(rules.allowed).filter(|allowed| !allowed.is_empty());
        Self { allowed: allowed.map(|allowed| allowed.into_iter().map(String::from).collect()), default: rules.default.map(String::from) }
    }
}

/// One meter: how much is used of how much.
#[derive(Serialize, ToSchema)]
pub struct Quota {
    #[schema(example = "tokens")]
    meter: String,
    label: String,
    /// `allocated`, `metered`, `rate` or `concurrent`.
    kind: String,
    /// `count` or `bytes`.
    unit: String,
    /// Null for what is counted nowhere but in its own answers: rates and concurrent uses.
    used: Option<i64>,
    /// Null is unlimited.
    limit: Option<i64>,
    /// Null when unlimited, or when `used` is null.
    remaining: Option<i64>,
    /// When the count starts anew; null for what is not counted by period.
    resets_at: Option<DateTime<Utc>>,
}

impl From<MeterLine> for Quota {
    fn from(line: MeterLine) -> Self {
        let remaining = line.used.zip(line.limit).map(|(used, limit)| limit.saturating_sub(used).max(0));
        let MeterLine { meter, label, kind, unit, used, limit, resets_at } = line;
        Self { meter, label, kind, unit, used, limit, remaining, resets_at }
    }
}

impl From<TenantSheet> for Tenant {
    fn from(sheet: TenantSheet) -> Self {
        Self {
            slug: sheet.slug.to_string(),
            name: sheet.name,
            status: sheet.status.as_str().to_owned(),
            plan: sheet.plan,
            trial_ends_at: sheet.trial_ends_at,
            features: sheet.features,
            models: sheet.models.into(),
            quotas: sheet.meters.into_iter().map(Quota::from).collect(),
        }
    }
}

/// The tenant of this key
///
/// Needs the scope `read`.
#[utoipa::path(
    get, path = "/tenant", tag = "Tenant", operation_id = "get_own_tenant",
    responses((status = 200, body = Tenant), Refusals)
)]
async fn get_tenant(State(state): State<AppState>, Caller(caller): Caller) -> Result<Json<Tenant>, Problem> {
    let mut tx = state.context.store.tenant::<ViewTenant>(&caller).await?;
    let sheet = tx.get_sheet().await?;
    tx.commit().await?;
    Ok(Json(sheet.into()))
}

#[derive(Serialize, ToSchema)]
pub struct Feature {
    /// Whether the tenant's plan has it.
    enabled: bool,
}

/// Whether the tenant has a feature
///
/// Needs the scope `read`. For a key that no feature has, the refusal's `known` lists those that there are.
#[utoipa::path(
    get, path = "/features/{key}", tag = "Tenant",
    params(("key" = String, Path, description = "A feature's key.", example = "webhooks")),
    responses((status = 200, body = Feature), Missing, Refusals)
)]
async fn get_feature(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiPath(key): ApiPath<String>,
) -> Result<Json<Feature>, Problem> {
    let mut tx = state.context.store.tenant::<ViewTenant>(&caller).await?;
    let features = tx.list_features().await?;
    tx.commit().await?;
    match features.iter().find(|feature| feature.key == key) {
        Some(feature) => Ok(Json(Feature { enabled: feature.enabled })),
        None => {
            let known: Vec<String> = features.into_iter().map(|feature| feature.key).collect();
            Err(Problem::new(Code::NotFound, "There is no feature of this name.").with("known", known))
        }
    }
}
