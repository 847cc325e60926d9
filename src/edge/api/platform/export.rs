//! A tenant's archive, for scripts: ask for it, ask how far it is, get it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::extract::{Admin, ApiPath};
use super::super::knowledge::Bytes;
use super::super::problem::{Conflicts, Missing, Problem, Refusals};
use super::words::slug;
use crate::domain::staff::MoveTenants;
use crate::edge::exports::serve;
use crate::edge::router::AppState;
use crate::store::StoreError;
use crate::store::exports::Export;

/// An archive that staff asked for.
#[derive(Serialize, ToSchema)]
pub struct ExportFacts {
    id: Uuid,
    /// `waiting`, `making`, `ready`, `failed`, or `gone` when its 24 hours are over.
    #[schema(example = "ready")]
    state: String,
    requested_by: String,
    requested_at: DateTime<Utc>,
    /// Bytes so far; all of them when it is ready.
    bytes: i64,
    /// Of the archive, in hex.
    sha256: Option<String>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<Export> for ExportFacts {
    fn from(export: Export) -> Self {
        Self {
            id: export.id,
            state: export.state.as_str().to_owned(),
            requested_by: export.requested_by,
            requested_at: export.requested_at,
            bytes: export.size_bytes.unwrap_or(export.written),
            sha256: export.sha256,
            expires_at: export.expires_at,
        }
    }
}

/// Ask for a tenant's archive
///
/// Everything of the tenant: JSON Lines, files, and a manifest of hashes. A job makes it; it is kept for 24 hours. Needs a platform key.
#[utoipa::path(
    post, path = "/platform/tenants/{slug}/export", tag = "Platform", operation_id = "export_tenant", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), responses((status = 202, body = ExportFacts), Missing, Conflicts, Refusals)
)]
pub async fn ask(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<(StatusCode, Json<ExportFacts>), Problem> {
    let slug = slug(&path)?;
    let mut tx = state.context.store.platform::<MoveTenants>(&admin).await?;
    let export = tx.ask_for_export(&slug).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(export.into())))
}

/// How far a tenant's archive is
///
/// The last one that staff asked for. Needs a platform key.
#[utoipa::path(
    get, path = "/platform/tenants/{slug}/export", tag = "Platform", operation_id = "get_export", params(("slug" = String, Path, example = "acme")),
    security(("platform_key" = [])), responses((status = 200, body = ExportFacts), Missing, Refusals)
)]
pub async fn show(
    State(state): State<AppState>,
    Admin(admin): Admin,
    ApiPath(path): ApiPath<String>,
) -> Result<Json<ExportFacts>, Problem> {
    let mut read = state.context.store.platform_read(&admin).await?;
    let tenant = read.tenant_to_move(&slug(&path)?).await?;
    let newest = read.list_exports(&tenant).await?.into_iter().next().ok_or(StoreError::NotFound)?;
    Ok(Json(newest.into()))
}

/// A tenant's archive itself
///
/// The newest that is ready, as `.tar.gz`. Each download is an event in the tenant's audit log. Needs a platform key.
#[utoipa::path(
    get, path = "/platform/tenants/{slug}/export/archive", tag = "Platform", operation_id = "get_export_archive",
    params(("slug" = String, Path, example = "acme")), security(("platform_key" = [])),
    responses((status = 200, body = Bytes, content_type = "application/gzip"), Missing, Conflicts, Refusals)
)]
pub async fn download(State(state): State<AppState>, Admin(admin): Admin, ApiPath(path): ApiPath<String>) -> Result<Response, Problem> {
    Ok(serve(state.context.store.download_export_of(&admin, &slug(&path)?, None).await?))
}
