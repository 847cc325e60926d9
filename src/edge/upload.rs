//! What forms with files have in common: who sends one, its field, and the answer: to a browser's form a way on to a page, to a script a
//! status and JSON, like from a server function.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::multipart::Field;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use futures_util::{Stream, StreamExt as _};
use tower_sessions::Session;

use crate::domain::slug::Slug;
use crate::store::access::{Member, SignedIn, signed_in};
use crate::web::error::Kind;
use crate::web::request::member_of;
use crate::web::{RequestInfo, UiError};

/// What is read of a refused upload at most.
const DRAINED_BYTES: usize = 1_200_000_000;
const DRAINED_FOR: Duration = Duration::from_secs(60);

/// # Errors
/// As [`member_of`].
pub(super) async fn member(session: &Session, info: &RequestInfo, slug: &str) -> Result<(SignedIn, Slug, Member), UiError> {
    member_of(signed_in(session, &info.origin).await?, slug)
}

/// Whether a browser's form asks, and not a script.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// Where an upload came from and how its sender wants to hear of it.
pub(super) struct Form {
    wants_page: bool,
    base: String,
    /// By this name the page finds its upload's errors.
    name: &'static str,
}

impl Form {
    /// The form of the tenant's page at `path`, such as `/knowledge`.
    pub fn of(headers: &HeaderMap, info: &RequestInfo, slug: &str, path: &str, name: &'static str) -> Self {
        let base = slug.parse().map_or_else(|_| "/tenants".to_owned(), |slug| format!("{}{path}", info.portal_base(&slug)));
        Self { wants_page: wants_page(headers), base, name }
    }

    /// The form of the console's page at `path`.
    pub fn of_console(headers: &HeaderMap, path: &str, name: &'static str) -> Self {
        Self { wants_page: wants_page(headers), base: path.to_owned(), name }
    }

    /// `done` is what to add to the page's address after success.
    pub fn answer(self, done: Result<String, UiError>) -> Response {
        let done = done.map(|done| format!("{}{done}", self.base));
        self.lead(done)
    }

    /// `done` is the address of the page that shows what was done.
    pub fn lead(self, done: Result<String, UiError>) -> Response {
        let Self { wants_page, base, name } = self;
        match done {
            Ok(there) if wants_page => Redirect::to(&there).into_response(),
            Ok(_) => StatusCode::OK.into_response(),
            Err(error) if wants_page => Redirect::to(&format!("{base}?__path={name}&__err={}", error.sealed())).into_response(),
            Err(error) => (error.kind.status(), Json(error)).into_response(),
        }
    }
}

/// Reads on after a refusal, so that the sender listens to it: most wait until all is sent. Whether all was read.
pub(in crate::edge) async fn drain<E>(bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) -> bool {
    let mut left = DRAINED_BYTES;
    let read = async {
        while let Some(bytes) = bytes.next().await {
            match bytes.ok().and_then(|bytes| left.checked_sub(bytes.len())) {
                Some(less) => left = less,
                None => return false,
            }
        }
        true
    };
    // Nobody is left to tell when it takes longer.
    tokio::time::timeout(DRAINED_FOR, read).await.unwrap_or(false)
}

/// What stands in a field. Of a larger one somewhat more than `most` bytes: the rest is read and forgotten.
pub(super) async fn content(field: &mut Field<'_>, most: usize) -> Result<Vec<u8>, UiError> {
    let mut content = Vec::new();
    while let Some(bytes) = field.chunk().await.map_err(|_| broken())? {
        content.extend_from_slice(&bytes);
        if content.len() > most {
            drain(field).await;
            break;
        }
    }
    Ok(content)
}

pub(super) fn broken() -> UiError {
    UiError::new(Kind::Invalid, "The form was incomplete. Reload the page and try again.")
}
