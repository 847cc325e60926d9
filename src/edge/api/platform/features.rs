//! A tenant's features: what its plan has, and what is switched for it alone.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::extract::{Admin, ApiJson, ApiPath, ApiQuery};
use super::super::problem::{BadBody, BadQuery, Missing, Problem, Refusals};
use super::super::schema::last_day_or_null;
use super::change::refuse_blank;
use super::words::{Why, slug};
use crate::domain::feature_switch::Switch;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageTenants;
use crate::edge::router::AppState;
use crate::store::tenant_features::{Switched, TenantFeature};
use crate::store::{PlatformTx, StoreError};

#[derive(Serialize, ToSchema)]
pub struct TenantFeatures {
    slug: String,
    /// Every feature that there is.
    features: Vec<FeatureState>,
}

#[derive(Serialize, ToSchema)]
pub struct FeatureState {
    #[schema(example = "sso")]
    key: String,
    label: String,
    /// Whether the plan has it.
    in_plan: bool,
    /// What holds.
    enabled: bool,
    /// What holds in the plan's place.
    #[serde(rename = "override")]
    switched: Option<FeatureOverride>,
}

#[derive(Serialize, ToSchema)]
pub struct FeatureOverride {
    enabled: bool,
    reason: String,
    set_by: String,
    set_at: DateTime<Utc>,
    /// From then on the plan holds again; null for no end.
    expires_at: Option<DateTime<Utc>>,
}

impl From<Switched> for FeatureOverride {
    fn from(switched: Switched) -> Self {
        Self { enabled: switched.enabled, reason: switched.reason, set_by: switched.by, set_at: switched.at, expires_at: switched.until }
    }
}

impl From<TenantFeature> for FeatureState {
    fn from(feature: TenantFeature) -> Self {
        Self {
            key: feature.key,
            label: feature.label,
            in_plan: feature.in_plan,
            enabled: feature.enabled,
            switched: feature.switched.map(FeatureOverride::from),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchFeature {
    enabled: bool,
    /// Stands in the tenant's audit log.
    #[schema(min_length = 1, max_length = 300, format = "prose", example = "A pilot until they buy.")]
    reason: String,
    #[serde(default)]
    #[schema(schema_with = last_day_or_null)]
    until: Option<String>,
}

/// A tenant's features
///
/// Needs a platform key.
#[utoipa::path(
    get, path = "/platform/tenants/{slug}/features", tag = "Platform", operation_id = "list_tenant_features",
    params(("slug" = String, Path, example = "acme")), security(("platform_key" = [])),
    responses((status = 200, body = TenantFeatures), Missing, Refusals)
)]
pub async fn list_features(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<TenantFeatures>, Problem> {
    let slug = slug(&path)?;
    let mut read = state.context.store.platform_read(&admin).await?;
    let tenant = read.look_at(&slug).await?;
    let features = read.list_tenant_features(&tenant).await?;
    Ok(Json(TenantFeatures { slug: tenant.slug.to_string(), features: features.into_iter().map(FeatureState::from).collect() }))
}

/// Switches, and answers how the feature stands then.
async fn switch(mut tx: PlatformTx, slug: &Slug, feature: &str, to: &Switch) -> Result<Json<FeatureState>, Problem> {
    match tx.switch_feature(slug, feature, to.enabled, &to.reason, to.until).await {
        // The address names it, not a field.
        Err(StoreError::Invalid(_)) => return Err(StoreError::NotFound.into()),
        switched => switched?,
    }
    let tenant = tx.look_at(slug).await?;
    let features = tx.list_tenant_features(&tenant).await?;
    let state = features.into_iter().find(|known| known.key == feature).ok_or(StoreError::NotFound)?;
    tx.commit().await?;
    Ok(Json(state.into()))
}

/// Switch a feature
///
/// On or off for this tenant alone, whatever its plan has, until the end of its last day or until it is changed again. Needs a platform key.
#[utoipa::path(
    put, path = "/platform/tenants/{slug}/features/{key}", tag = "Platform",
    params(("slug" = String, Path, example = "acme"), ("key" = String, Path, description = "A feature's key.", example = "sso")),
    security(("platform_key" = [])), request_body = SwitchFeature,
    responses((status = 200, body = FeatureState), Missing, BadBody, Refusals)
)]
pub async fn switch_feature(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath((path, feature)): ApiPath<(String, String)>,
    ApiJson(to): ApiJson<SwitchFeature>,
) -> Result<Json<FeatureState>, Problem> {
    let slug = slug(&path)?;
    refuse_blank(&[("until", &to.until)])?;
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    let enabled = if to.enabled { "on" } else { "off" };
    let to = Switch::parse(enabled, &to.reason, to.until.as_deref().unwrap_or_default(), tx.now().await?).map_err(Problem::invalid)?;
    switch(tx, &slug, &feature, &to).await
}

/// Give a feature back to the plan
///
/// What the plan has holds again; also where nothing was switched. Needs a platform key.
#[utoipa::path(
    delete, path = "/platform/tenants/{slug}/features/{key}", tag = "Platform",
    params(("slug" = String, Path, example = "acme"), ("key" = String, Path, description = "A feature's key.", example = "sso"), Why),
    security(("platform_key" = [])), responses((status = 200, body = FeatureState), Missing, BadQuery, Refusals)
)]
pub async fn unswitch_feature(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath((path, feature)): ApiPath<(String, String)>,
    ApiQuery(why): ApiQuery<Why>,
) -> Result<Json<FeatureState>, Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<ManageTenants>(&admin).await?;
    let to = Switch::parse("plan", &why.reason, "", tx.now().await?).map_err(Problem::invalid)?;
    switch(tx, &slug, &feature, &to).await
}
