//! What routes for signed-in people that are no pages (files, streams) have in common: who asks, and refusals as plain text.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tower_sessions::Session;

use crate::domain::listing::encode;
use crate::store::StoreError;
use crate::store::access::{SignedIn, signed_in};
use crate::web::RequestInfo;

/// Who is signed in, or the answer that leads to the sign-in page and back `here`.
pub(super) async fn me(session: &Session, info: &RequestInfo, here: &str) -> Result<SignedIn, Response> {
    match signed_in(session, &info.origin).await {
        Ok(Some(me)) => Ok(me),
        Ok(None) => {
            let to = HeaderValue::try_from(format!("/login?next={}", encode(here))).unwrap_or(HeaderValue::from_static("/login"));
            Err((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
        }
        Err(error) => Err(refuse(&error)),
    }
}

pub(super) fn refuse(error: &StoreError) -> Response {
    let (status, text) = match error {
        StoreError::NotFound => (StatusCode::NOT_FOUND, "There is nothing at this address, or it is not for your account.\n"),
        StoreError::Forbidden => (StatusCode::FORBIDDEN, "Your role in this tenant does not include this file.\n"),
        StoreError::Suspended(_) => (StatusCode::FORBIDDEN, "This tenant is suspended; its start page says why.\n"),
        StoreError::SecondFactorNeeded(_) => {
            (StatusCode::FORBIDDEN, "This tenant asks everybody for a second factor: set one up on the page of your account.\n")
        }
        StoreError::Unavailable(cause) => {
            tracing::warn!(%cause, "the database is away");
            (StatusCode::SERVICE_UNAVAILABLE, "The database cannot be reached right now. Try again in a few seconds.\n")
        }
        StoreError::Conflict(_)
        | StoreError::Key(_)
        | StoreError::LastOwner
        | StoreError::WrongState(_)
        | StoreError::Invalid(_)
        | StoreError::AtLimit(_)
        | StoreError::TooLarge(_)
        | StoreError::StorageFull
        | StoreError::FilesAway(_)
        | StoreError::Db(_) => {
            tracing::error!(%error, "a download failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here. Please try again.\n")
        }
    };
    let mut response = (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
    }
    response
}
