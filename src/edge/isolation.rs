//! The result of a check of isolation as a file: `/admin/isolation/{check}/result.json`.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use tower_sessions::Session;
use uuid::Uuid;

use super::download::{me, refuse};
use super::router::AppState;
use crate::store::access::PlatformAdmin;
use crate::store::isolation::as_document;
use crate::store::{Store, StoreError};
use crate::web::RequestInfo;

pub async fn download(state: State<AppState>, session: Session, info: Extension<RequestInfo>, Path(check): Path<String>) -> Response {
    let me = match me(&session, &info, &format!("/admin/isolation/{check}/result.json")).await {
        Ok(me) => me,
        Err(answer) => return answer,
    };
    let Some((admin, check)) = me.platform_admin().zip(check.parse().ok()) else { return refuse(&StoreError::NotFound) };
    match document(&state.context.store, &admin, check).await {
        Ok((name, text)) => {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            // A date: ASCII.
            let named = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
            headers.insert(header::CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment")));
            (headers, text).into_response()
        }
        Err(error) => refuse(&error),
    }
}

/// Its name and text.
async fn document(store: &Store, admin: &PlatformAdmin, id: Uuid) -> Result<(String, String), StoreError> {
    let check = store.platform_read(admin).await?.get_isolation_check(id).await?;
    let report = check.report().ok_or(StoreError::NotFound)?;
    let name = format!("isolation-{}.json", report.finished_at.format("%Y-%m-%dT%H-%M-%SZ"));
    Ok((name, format!("{:#}\n", as_document(&check, report))))
}
