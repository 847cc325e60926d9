//! The plans that are sold, and which one a tenant has.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::extract::{Admin, ApiJson, ApiPath};
use super::super::problem::{BadBody, Conflicts, Missing, Problem, Refusals};
use super::words::{slug, usd};
use crate::domain::entitlement::Entitlement;
use crate::domain::staff::ManageTenantPlans;
use crate::edge::router::AppState;
use crate::store::entitlements::PlanSheet;

#[derive(Serialize, ToSchema)]
pub struct PlanList {
    /// Cheapest first.
    plans: Vec<PlanLine>,
}

/// A plan in the version that is sold now.
#[derive(Serialize, ToSchema)]
pub struct PlanLine {
    #[schema(example = "pro")]
    key: String,
    #[schema(example = "Pro")]
    name: String,
    version: i32,
    /// A month, US dollars.
    #[schema(example = "49.00")]
    price_usd: String,
    /// One a meter.
    limits: Vec<PlanLimit>,
}

#[derive(Serialize, ToSchema)]
pub struct PlanLimit {
    #[schema(example = "tokens")]
    meter: String,
    /// Null is unlimited.
    limit: Option<i64>,
    /// `block`, `degrade` or `overage`.
    #[schema(example = "block")]
    at_limit: String,
}

impl From<(String, Entitlement)> for PlanLimit {
    fn from((meter, granted): (String, Entitlement)) -> Self {
        Self { meter, limit: granted.quota, at_limit: granted.rule.as_str().to_owned() }
    }
}

impl From<PlanSheet> for PlanLine {
    fn from(plan: PlanSheet) -> Self {
        Self {
            key: plan.key,
            name: plan.name,
            version: plan.version,
            price_usd: usd(plan.price),
            limits: plan.entitlements.into_iter().map(PlanLimit::from).collect(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePlan {
    /// The new plan's key.
    #[schema(format = "plan", example = "pro")]
    plan: String,
}

#[derive(Serialize, ToSchema)]
pub struct ChangedPlan {
    slug: String,
    /// Keys of the plan before, and of the one that holds now.
    #[schema(example = "starter")]
    before: String,
    #[schema(example = "pro")]
    after: String,
}

/// Plans that are sold
///
/// Each with price and limits of its newest version. Needs a platform key.
#[utoipa::path(
    get, path = "/platform/plans", tag = "Platform", security(("platform_key" = [])),
    responses((status = 200, body = PlanList), Refusals)
)]
pub async fn list_plans(State(state): State<AppState>, Admin(admin): Admin) -> Result<Json<PlanList>, Problem> {
    let mut read = state.context.store.platform_read(&admin).await?;
    let plans = read.list_plan_sheets().await?;
    Ok(Json(PlanList { plans: plans.into_iter().map(PlanLine::from).collect() }))
}

/// Give a tenant another plan
///
/// At once, dearer or cheaper, in the version that is sold now; a price by contract stays. A change that waited is taken back. Needs a platform
/// key.
#[utoipa::path(
    put, path = "/platform/tenants/{slug}/plan", tag = "Platform", operation_id = "change_tenant_plan",
    params(("slug" = String, Path, example = "acme")), security(("platform_key" = [])), request_body = ChangePlan,
    responses((status = 200, body = ChangedPlan), Missing, Conflicts, BadBody, Refusals)
)]
pub async fn change_plan(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiJson(change): ApiJson<ChangePlan>,
) -> Result<Json<ChangedPlan>, Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<ManageTenantPlans>(&admin).await?;
    // Changing says of either that it is not there.
    if !tx.list_plans().await?.iter().any(|plan| plan.key == change.plan) {
        return Err(Problem::field("plan", "There is no such plan."));
    }
    let (before, after) = tx.change_plan(&slug, &change.plan).await?;
    tx.commit().await?;
    Ok(Json(ChangedPlan { slug: slug.to_string(), before: before.key, after: after.key }))
}
