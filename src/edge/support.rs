//! A session that looks at a tenant as support changes nothing, whatever it sends: here, before any function or route is asked, and whoever
//! writes the next one. The types say the same of portal pages (store/access/support.rs).

use axum::extract::{Extension, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tower_sessions::Session;

use super::download;
use crate::store::access::signed_in;
use crate::web::RequestInfo;
use crate::web::frame::{END_SUPPORT, SIGN_OUT};

/// What it may send all the same.
const ALLOWED: &[&str] = &[END_SUPPORT, SIGN_OUT];

pub async fn refuse_changes(session: Session, Extension(info): Extension<RequestInfo>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || ALLOWED.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    match signed_in(&session, &info.origin).await {
        Ok(me) => match me.as_ref().and_then(|me| me.support()) {
            Some(access) => {
                let why = format!("You look at {} as support: nothing can be changed. End that first, on any page.\n", access.slug);
                (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], why).into_response()
            }
            None => next.run(request).await,
        },
        Err(error) => download::refuse(&error),
    }
}
