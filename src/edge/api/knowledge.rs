//! `/knowledge`: documents and their bytes. Bytes stream both ways; a document is never in memory as a whole.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::agents::id;
use super::extract::{ApiPath, ApiQuery, Caller};
use super::page::{Listed, PageQuery};
use super::problem::{BadFile, BadQuery, Code, Missing, Problem, Refusals};
use crate::domain::capability::ManageAgents;
use crate::domain::document::{FileName, content_type};
use crate::domain::ids::DocumentId;
use crate::edge::knowledge::{Interrupted, pour, serve};
use crate::edge::router::AppState;
use crate::edge::upload::drain;
use crate::store::documents::DocumentRow;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_documents, create_document))
        .routes(routes!(get_document, delete_document))
        .routes(routes!(get_content))
}

#[derive(Serialize, ToSchema)]
pub struct Document {
    id: Uuid,
    #[schema(example = "handbook.pdf")]
    name: String,
    #[schema(example = "application/pdf")]
    content_type: String,
    size_bytes: i64,
    /// An e-mail, or a key's name.
    created_by: String,
    created_at: DateTime<Utc>,
}

impl From<DocumentRow> for Document {
    fn from(row: DocumentRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            content_type: row.content_type,
            size_bytes: row.size_bytes,
            created_by: row.created_by,
            created_at: row.created_at,
        }
    }
}

/// A file as it is.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "for the document alone: bytes stream by")]
pub struct Bytes(Vec<u8>);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// The file's name; folders before it are left out.
    #[param(min_length = 1, max_length = 120, format = "file-name", example = "handbook.pdf")]
    name: String,
}

/// The documents of this tenant, newest first
///
/// Needs the scope `resources`.
#[utoipa::path(
    get, path = "/knowledge", tag = "Knowledge", params(PageQuery),
    responses((status = 200, body = Listed<Document>), BadQuery, Refusals)
)]
async fn list_documents(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Listed<Document>>, Problem> {
    let (after, limit) = query.parse(|after| after.parse().ok().map(DocumentId))?;
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let page = tx.list_documents(after, limit).await?;
    tx.commit().await?;
    Ok(Json(Listed::of(page)))
}

/// Bring a document
///
/// Needs the scope `resources`. The body is the file as it is, at most 50 MB, of the type that `Content-Type` says. Its bytes are counted
/// on the meter `storage` as long as it exists.
#[utoipa::path(
    post, path = "/knowledge", tag = "Knowledge", params(Named),
    request_body(content = Option<Bytes>, content_type = "application/octet-stream", description = "Without one the document is empty."),
    responses(
        (status = 201, body = Document, links(
            ("get" = (operation_id = "get_document", parameters(("id" = "$response.body#/id")))),
            ("content" = (operation_id = "get_content", parameters(("id" = "$response.body#/id")))),
            ("delete" = (operation_id = "delete_document", parameters(("id" = "$response.body#/id"))))
        )),
        Refusals, BadFile
    )
)]
async fn create_document(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiQuery(named): ApiQuery<Named>,
    request: Request,
) -> Result<(StatusCode, Json<Document>), Problem> {
    let kind = content_type(request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()));
    let mut bytes = request.into_body().into_data_stream();
    let received = async {
        let mut upload = state.context.store.begin_upload(&caller).await?;
        let name = named.name.parse::<FileName>().map_err(|wrong| Problem::field("name", wrong));
        let poured = match &name {
            Ok(_) => pour(&mut upload, &caller, &mut bytes).await.map_err(|interrupted| match interrupted {
                Interrupted::Refused(error) => error.into(),
                Interrupted::BrokenOff => Problem::new(Code::Malformed, "The body broke off."),
            }),
            Err(_) => Ok(()),
        };
        match (name, poured) {
            (Ok(name), Ok(())) => Ok(upload.finish(&caller, &name, &kind, None).await?),
            (Err(problem), _) | (_, Err(problem)) => {
                upload.abort().await;
                Err(problem)
            }
        }
    };
    match received.await {
        Ok(document) => Ok((StatusCode::CREATED, Json(document.into()))),
        Err(problem) => {
            drain::<axum::Error>(&mut bytes).await;
            Err(problem)
        }
    }
}

/// What is known of a document
///
/// Needs the scope `resources`.
#[utoipa::path(
    get, path = "/knowledge/{id}", tag = "Knowledge", params(("id" = Uuid, Path)),
    responses((status = 200, body = Document), Missing, Refusals)
)]
async fn get_document(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiPath(document): ApiPath<String>,
) -> Result<Json<Document>, Problem> {
    let mut tx = state.context.store.tenant::<ManageAgents>(&caller).await?;
    let document = tx.get_document(id::<DocumentId>(&document)?).await?;
    tx.commit().await?;
    Ok(Json(document.into()))
}

/// A document's bytes
///
/// Needs the scope `resources`. Sent with the type that it came with, to be kept and not to be shown.
#[utoipa::path(
    get, path = "/knowledge/{id}/content", tag = "Knowledge", params(("id" = Uuid, Path)),
    responses((status = 200, body = Bytes, content_type = "*/*"), Missing, Refusals)
)]
async fn get_content(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiPath(document): ApiPath<String>,
) -> Result<Response, Problem> {
    let document = id::<DocumentId>(&document).unwrap_or(DocumentId(Uuid::nil()));
    let (document, bytes) = state.context.store.open_document::<ManageAgents>(&caller, document).await?;
    Ok(serve(&document, bytes))
}

/// Delete a document
///
/// Needs the scope `resources`.
#[utoipa::path(
    delete, path = "/knowledge/{id}", tag = "Knowledge", params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is gone, and its room is free."), Missing, Refusals)
)]
async fn delete_document(
    State(state): State<AppState>,
    Caller(caller): Caller,
    ApiPath(document): ApiPath<String>,
) -> Result<StatusCode, Problem> {
    let document = id::<DocumentId>(&document).unwrap_or(DocumentId(Uuid::nil()));
    state.context.store.delete_document(&caller, document).await?;
    Ok(StatusCode::NO_CONTENT)
}
