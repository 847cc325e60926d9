//! Which tenants there are, and one of them.

use axum::Json;
use axum::extract::State;

use super::super::extract::{Admin, ApiPath, ApiQuery};
use super::super::problem::{BadQuery, Missing, Problem, Refusals};
use super::super::usage::read::{UsageOf, Wanted};
use super::words::{ListQuery, TenantFacts, TenantLine, TenantPage, slug};
use crate::domain::FieldError;
use crate::domain::listing::TenantQuery;
use crate::edge::router::AppState;

/// List tenants
///
/// 50 at a time. Needs a platform key.
#[utoipa::path(
    get, path = "/platform/tenants", tag = "Platform", params(ListQuery), security(("platform_key" = [])),
    responses((status = 200, body = TenantPage), BadQuery, Refusals)
)]
pub async fn list_tenants(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<TenantPage>, Problem> {
    // A filter that cannot be read must not widen what a script gets; nor one that says nothing.
    let given = [("status", &query.status), ("plan", &query.plan), ("sort", &query.sort), ("after", &query.after)];
    let blank = given.iter().filter(|(_, value)| value.as_ref().is_some_and(|value| value.trim().is_empty()));
    let mut errors: Vec<FieldError> = blank.map(|(field, _)| FieldError::new(field, "Leave this out, or fill it in.")).collect();
    let (query, wrong) = TenantQuery::parse(|key| match key {
        "q" => query.q.clone(),
        "status" => query.status.clone(),
        "plan" => query.plan.clone(),
        "sort" => query.sort.clone(),
        "after" => query.after.clone(),
        _ => None,
    });
    errors.extend(wrong);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let list = state.context.store.tenant_list(&admin, &query).await?;
    if !list.unknown_plans.is_empty() {
        return Err(Problem::invalid(vec![FieldError::new("plan", "There is no such plan.")]));
    }
    let next = list.next.map(|cursor| cursor.to_string());
    Ok(Json(TenantPage { tenants: list.rows.into_iter().map(TenantLine::from).collect(), next }))
}

/// One tenant
///
/// Needs a platform key.
#[utoipa::path(
    get, path = "/platform/tenants/{slug}", tag = "Platform", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), responses((status = 200, body = TenantFacts), Missing, Refusals)
)]
pub async fn get_tenant(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<TenantFacts>, Problem> {
    let mut read = state.context.store.platform_read(&admin).await?;
    Ok(Json(read.get_tenant(&slug(&path)?).await?.into()))
}

/// Usage and cost of a tenant's period
///
/// As the tenant's own `GET /usage` says it. Needs a platform key.
#[utoipa::path(
    get, path = "/platform/tenants/{slug}/usage", tag = "Platform", operation_id = "get_tenant_usage",
    params(("slug" = String, Path, example = "acme"), Wanted), security(("platform_key" = [])),
    responses((status = 200, body = UsageOf), Missing, BadQuery, Refusals)
)]
pub async fn get_usage(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Json<UsageOf>, Problem> {
    let mut read = state.context.store.platform_read(&admin).await?;
    let tenant = read.look_at(&slug(&path)?).await?;
    let span = wanted.span(tenant.today);
    let report = read.usage_report(&tenant, span, wanted.breakdown().as_slice()).await?;
    Ok(Json(UsageOf::new(&wanted, &report)))
}
