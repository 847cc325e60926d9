//! Archives as files: of one's own tenant, for owners, and of any, for staff. Got by a form with the password once more, since everything of
//! a tenant is in them; and receipts of purges, which are no secret to staff.

use axum::body::Body;
use axum::extract::{Extension, Form as Fields, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tower_sessions::Session;
use uuid::Uuid;

use super::download;
use super::router::AppState;
use super::upload::{member, wants_page};
use crate::domain::capability::ExportTenant;
use crate::domain::slug::Slug;
use crate::domain::staff::MoveTenants;
use crate::store::StoreError;
use crate::store::access::signed_in;
use crate::store::exports::Download;
use crate::web::confirm::check_password;
use crate::web::{RequestInfo, UiError};

/// By these names pages find the errors of their forms, see `features/moving`.
pub const OWN: &str = "export/download";
pub const ANY: &str = "export/download-any";

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    export: String,
    #[serde(default)]
    download_password: String,
}

pub fn routes(state: AppState) -> Router {
    Router::new()
        .route("/t/{slug}/export/download", post(own))
        .route("/admin/tenants/{slug}/export/download", post(any))
        .route("/admin/purged/{purge}/receipt.json", get(receipt))
        .with_state(state)
}

pub(in crate::edge) fn serve(archive: Download) -> Response {
    let name = format!("attachment; filename=\"{}\"", archive.name);
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/gzip")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_LENGTH, HeaderValue::from(archive.size)),
        // A slug and a day: ASCII.
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    (headers, Body::from_stream(archive.bytes)).into_response()
}

/// The archive, or the way back to the page with what was wrong.
fn answer(done: Result<Download, UiError>, headers: &HeaderMap, page: &str, form: &str) -> Response {
    match done {
        Ok(archive) => serve(archive),
        Err(error) if wants_page(headers) => Redirect::to(&format!("{page}?__path={form}&__err={}", error.sealed())).into_response(),
        Err(error) => (error.kind.status(), Json(error)).into_response(),
    }
}

async fn own(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
    headers: HeaderMap,
    Fields(asked): Fields<Asked>,
) -> Response {
    let page = slug.parse::<Slug>().map_or_else(|_| "/tenants".to_owned(), |slug| format!("{}/export", info.portal_base(&slug)));
    let done = async {
        let (me, _, member) = member(&session, &info, &slug).await?;
        // The right to it at all comes before what is wrong with the form.
        state.context.store.tenant::<ExportTenant>(&member).await?.commit().await?;
        check_password(&state.context, &info, &me, "download_password", &asked.download_password).await?;
        Ok(state.context.store.download_export(&member, asked.export.parse().unwrap_or(Uuid::nil())).await?)
    };
    answer(done.await, &headers, &page, OWN)
}

async fn any(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
    headers: HeaderMap,
    Fields(asked): Fields<Asked>,
) -> Response {
    let page = slug.parse::<Slug>().map_or_else(|_| "/admin/tenants".to_owned(), |slug| format!("/admin/tenants/{slug}/export"));
    let done = async {
        let me = signed_in(&session, &info.origin).await?.ok_or_else(UiError::signed_out)?;
        let admin = me.platform_admin().ok_or_else(UiError::not_found)?;
        let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
        state.context.store.platform::<MoveTenants>(&admin).await?.commit().await?;
        check_password(&state.context, &info, &me, "download_password", &asked.download_password).await?;
        let export = asked.export.parse().unwrap_or(Uuid::nil());
        Ok(state.context.store.download_export_of(&admin, &slug, Some(export)).await?)
    };
    answer(done.await, &headers, &page, ANY)
}

async fn receipt(State(state): State<AppState>, session: Session, info: Extension<RequestInfo>, Path(purge): Path<String>) -> Response {
    let me = match download::me(&session, &info, &format!("/admin/purged/{purge}/receipt.json")).await {
        Ok(me) => me,
        Err(refused) => return refused,
    };
    let (Some(admin), Ok(purge)) = (me.platform_admin(), purge.parse::<Uuid>()) else { return download::refuse(&StoreError::NotFound) };
    let found = async { state.context.store.platform_read(&admin).await?.get_receipt(purge).await };
    match found.await {
        Ok((text, slug)) => {
            let name = format!("attachment; filename=\"receipt-{slug}.json\"");
            let headers: [(HeaderName, HeaderValue); 2] = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                (header::CONTENT_DISPOSITION, HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"))),
            ];
            (StatusCode::OK, headers, text).into_response()
        }
        Err(error) => download::refuse(&error),
    }
}
