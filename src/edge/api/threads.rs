//! `/threads`: conversations and what is said in them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::agents::id;
use super::extract::{ApiJson, ApiPath, ApiQuery, Caller};
use super::page::{Listed, PageQuery};
use super::problem::{BadBody, BadQuery, Missing, OverQuota, Problem, Refusals};
use super::schema::agent_or_null;
use crate::domain::agent::take;
use crate::domain::capability::ManageAgents;
use crate::domain::ids::{AgentId, ThreadId};
use crate::domain::name::Name;
use crate::domain::thread::{Content, Speaker};
use crate::edge::router::AppState;
use crate::store::threads::{MessageRow, ThreadRow};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_threads, create_thread)).routes(routes!(list_messages, post_message))
}

#[derive(Serialize, ToSchema)]
pub struct Thread {
    id: Uuid,
    title: String,
    /// The agent that answers; null without one, and when it was deleted.
    agent: Option<Uuid>,
    /// How many messages there are.
    messages: i64,
    created_at: DateTime<Utc>,
}

impl From<ThreadRow> for Thread {
    fn from(row: ThreadRow) -> Self {
        Self { id: row.id.0, title: row.title, agent: row.agent.map(|agent| agent.0), messages: row.messages, created_at: row.created_at }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThreadToBe {
    /// One line of left-to-right text.
    #[schema(min_length = 1, max_length = 120, format = "name", example = "An order that is late")]
    title: String,
    /// An agent of this tenant.
    #[schema(schema_with = agent_or_null)]
    agent: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub struct Message {
    /// 1, 2, 3 … within its thread.
    number: i64,
    /// `user`, `assistant`, `system` or `tool`.
    #[schema(example = "user")]
    role: &'static str,
    content: String,
    created_at: DateTime<Utc>,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self { number: row.number, role: row.role.as_str(), content: row.content, created_at: row.created_at }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageToBe {
    /// `user`, `assistant`, `system` or `tool`.
    #[schema(pattern = "^(user|assistant|system|tool)$", example = "user")]
    role: String,
    #[schema(min_length = 1, max_length = 100000, pattern = "^[^\\x00]*$")]
    content: String,
}

/// The threads of this tenant, newest first
///
/// Needs the scope `resources`.
#[utoipa::path(
    get, path = "/threads", tag = "Threads", params(PageQuery),
    responses((status = 200, body = Listed<Thread>), BadQuery, Refusals)
)]
async fn list_threads(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Listed<Thread>>, Problem> {
    let (after, limit) = query.parse(|after| after.parse().ok().map(ThreadId))?;
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let page = tx.list_threads(after, limit).await?;
    tx.commit().await?;
    Ok(Json(Listed::of(page)))
}

/// Begin a thread
///
/// Needs the scope `resources`.
#[utoipa::path(
    post, path = "/threads", tag = "Threads", request_body = ThreadToBe,
    responses(
        (status = 201, body = Thread, links(
            ("messages" = (operation_id = "list_messages", parameters(("id" = "$response.body#/id")))),
            ("say" = (operation_id = "post_message", parameters(("id" = "$response.body#/id"))))
        )),
        Refusals, BadBody
    )
)]
async fn create_thread(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiJson(body): ApiJson<ThreadToBe>,
) -> Result<(StatusCode, Json<Thread>), Problem> {
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let mut errors = Vec::new();
    let title = take::<Name>(&mut errors, "title", &body.title).ok_or_else(|| Problem::invalid(errors))?;
    let thread = tx.create_thread(&title, body.agent.map(AgentId)).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(thread.into())))
}

/// What was said in a thread, in its order
///
/// Needs the scope `resources`.
#[utoipa::path(
    get, path = "/threads/{id}/messages", tag = "Threads", params(("id" = Uuid, Path), PageQuery),
    responses((status = 200, body = Listed<Message>), Missing, BadQuery, Refusals)
)]
async fn list_messages(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiPath(thread): ApiPath<String>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Listed<Message>>, Problem> {
    let (after, limit) = query.parse(|after| after.parse::<i64>().ok().filter(|number| *number >= 0))?;
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let page = tx.list_messages(id::<ThreadId>(&thread)?, after.unwrap_or(0), limit).await?;
    tx.commit().await?;
    Ok(Json(Listed::of(page)))
}

/// Say something in a thread
///
/// Needs the scope `resources`. Counted on the meter `messages`.
#[utoipa::path(
    post, path = "/threads/{id}/messages", tag = "Threads", params(("id" = Uuid, Path)), request_body = MessageToBe,
    responses((status = 201, body = Message), Missing, Refusals, BadBody, OverQuota)
)]
async fn post_message(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiPath(thread): ApiPath<String>,
    ApiJson(body): ApiJson<MessageToBe>,
) -> Result<(StatusCode, Json<Message>), Problem> {
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let thread = id::<ThreadId>(&thread)?;
    let mut errors = Vec::new();
    let role = take::<Speaker>(&mut errors, "role", &body.role);
    let content = take::<Content>(&mut errors, "content", &body.content);
    let (Some(role), Some(content)) = (role, content) else { return Err(Problem::invalid(errors)) };
    let message = tx.post_message(thread, role, &content).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(message.into())))
}
