//! `/agents`: what a tenant runs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::extract::{ApiJson, ApiPath, ApiQuery, Caller};
use super::page::{Listed, PageQuery};
use super::problem::{BadBody, BadQuery, Code, Missing, OverQuota, Problem, Refusals, Taken};
use crate::domain::agent::{AgentChange, NewAgent, take};
use crate::domain::capability::ManageAgents;
use crate::domain::ids::AgentId;
use crate::edge::router::AppState;
use crate::store::agents::AgentRow;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_agents, create_agent)).routes(routes!(get_agent, change_agent, delete_agent))
}

/// An id of the path; what is no id names nothing.
pub(super) fn id<T: From<Uuid>>(text: &str) -> Result<T, Problem> {
    text.parse::<Uuid>().map(T::from).map_err(|_| Problem::new(Code::NotFound, "This does not exist, or not any more."))
}

#[derive(Serialize, ToSchema)]
pub struct Agent {
    id: Uuid,
    #[schema(example = "Support agent")]
    name: String,
    /// What it runs on, as the platform calls it.
    model: String,
    department: Option<String>,
    cost_center: Option<String>,
    /// A deactivated agent keeps its place among those that the plan allows.
    active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            model: row.model,
            department: row.department,
            cost_center: row.cost_center,
            active: row.active,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentToBe {
    /// No two agents of a tenant have the same, whatever its case. One line of left-to-right text.
    #[schema(min_length = 1, max_length = 120, format = "name", example = "Support agent")]
    name: String,
    #[schema(min_length = 1, max_length = 80, format = "name", example = "large")]
    model: String,
    #[schema(min_length = 1, max_length = 80, format = "name")]
    department: Option<String>,
    #[schema(min_length = 1, max_length = 80, format = "name")]
    cost_center: Option<String>,
    /// True without.
    active: Option<bool>,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 120, format = "name", nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 80, format = "name", nullable = false)]
    model: Option<String>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 80, format = "name")]
    department: Option<Option<String>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 80, format = "name")]
    cost_center: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// Tells a field that is null from one that is not there.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

/// The agents of this tenant, by name
///
/// Needs the scope `resources`.
#[utoipa::path(
    get, path = "/agents", tag = "Agents", params(PageQuery),
    responses((status = 200, body = Listed<Agent>), BadQuery, Refusals)
)]
async fn list_agents(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Listed<Agent>>, Problem> {
    let (after, limit) = query.parse(|after| Some(after.to_owned()))?;
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let page = tx.list_agents(after.as_deref(), limit).await?;
    tx.commit().await?;
    Ok(Json(Listed::of(page)))
}

/// Make an agent
///
/// Needs the scope `resources`. Counted on the meter `agents` as long as it exists.
#[utoipa::path(
    post, path = "/agents", tag = "Agents", request_body = AgentToBe,
    responses(
        (status = 201, body = Agent, links(
            ("get" = (operation_id = "get_agent", parameters(("id" = "$response.body#/id")))),
            ("change" = (operation_id = "change_agent", parameters(("id" = "$response.body#/id")))),
            ("delete" = (operation_id = "delete_agent", parameters(("id" = "$response.body#/id"))))
        )),
        Refusals, BadBody, Taken, OverQuota
    )
)]
async fn create_agent(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiJson(body): ApiJson<AgentToBe>,
) -> Result<(StatusCode, Json<Agent>), Problem> {
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let mut errors = Vec::new();
    let (name, model) = (take(&mut errors, "name", &body.name), take(&mut errors, "model", &body.model));
    let department = body.department.as_deref().and_then(|text| take(&mut errors, "department", text));
    let cost_center = body.cost_center.as_deref().and_then(|text| take(&mut errors, "cost_center", text));
    let (Some(name), Some(model), true) = (name, model, errors.is_empty()) else { return Err(Problem::invalid(errors)) };
    let new = NewAgent { name, model, department, cost_center, active: body.active.unwrap_or(true) };
    let agent = tx.create_agent(&new).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(agent.into())))
}

/// One agent
///
/// Needs the scope `resources`.
#[utoipa::path(
    get, path = "/agents/{id}", tag = "Agents", params(("id" = Uuid, Path)),
    responses((status = 200, body = Agent), Missing, Refusals)
)]
async fn get_agent(State(state): State<AppState>, Caller(caller): Caller, ApiPath(agent): ApiPath<String>) -> Result<Json<Agent>, Problem> {
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let agent = tx.get_agent(id::<AgentId>(&agent)?).await?;
    tx.commit().await?;
    Ok(Json(agent.into()))
}

/// Change an agent
///
/// Needs the scope `resources`.
#[utoipa::path(
    patch, path = "/agents/{id}", tag = "Agents", params(("id" = Uuid, Path)), request_body = AgentPatch,
    responses((status = 200, body = Agent), Missing, Refusals, BadBody, Taken)
)]
async fn change_agent(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiPath(agent): ApiPath<String>,
    ApiJson(body): ApiJson<AgentPatch>,
) -> Result<Json<Agent>, Problem> {
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let agent = id::<AgentId>(&agent)?;
    let mut errors = Vec::new();
    let change = AgentChange {
        name: body.name.and_then(|text| take(&mut errors, "name", &text)),
        model: body.model.and_then(|text| take(&mut errors, "model", &text)),
        department: body.department.map(|text| text.and_then(|text| take(&mut errors, "department", &text))),
        cost_center: body.cost_center.map(|text| text.and_then(|text| take(&mut errors, "cost_center", &text))),
        active: body.active,
    };
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let agent = tx.change_agent(agent, &change).await?;
    tx.commit().await?;
    Ok(Json(agent.into()))
}

/// Delete an agent
///
/// Needs the scope `resources`. Its threads stay, without an agent.
#[utoipa::path(
    delete, path = "/agents/{id}", tag = "Agents", params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is gone, and its place is free."), Missing, Refusals)
)]
async fn delete_agent(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiPath(agent): ApiPath<String>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    tx.delete_agent(id::<AgentId>(&agent)?).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
