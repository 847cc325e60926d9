//! The direct way to consume: past routers and layers, which cost more than the call itself. A call that is plainly one with a tenant's key
//! goes here; any other, and whatever is odd about it, goes the long way. Either way it gets the same answer.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tower::Service;

use super::consume::{self, Answered};
use crate::domain::key::KeyKind;
use crate::edge::api::extract::{is_json, key};
use crate::edge::api::problem::{Code, Problem};
use crate::edge::api::{BODY_LIMIT, panicked};
use crate::edge::router::AppState;
use crate::edge::tenant_calls::CallerId;
use crate::edge::{headers, metrics};
use crate::store::tokens::hash_key;

/// The whole server, with the direct way beside it.
#[derive(Clone)]
pub struct Direct {
    state: Arc<AppState>,
    long: Router,
}

impl Direct {
    pub fn new(state: AppState, long: Router) -> Self {
        Self { state: Arc::new(state), long }
    }
}

impl Service<Request> for Direct {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match plain(&request) {
            Some((key_hash, meter)) => {
                let state = Arc::clone(&self.state);
                Box::pin(async move { Ok(answer(&state, key_hash, meter, request.into_body()).await) })
            }
            None => {
                let mut long = self.long.clone();
                Box::pin(async move { long.call(request).await })
            }
        }
    }
}

/// Whose key asks for which meter, if nothing is odd about the call.
fn plain(request: &Request) -> Option<([u8; 32], String)> {
    let meter = request.uri().path().strip_prefix("/api/v1/quota/")?.strip_suffix("/consume")?;
    let named = !meter.is_empty() && meter.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !named || request.method() != Method::POST || !is_json(request.headers()) {
        return None;
    }
    // With its length known the body cannot turn out larger.
    let length: usize = request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    let key = key(request.headers()).ok()?;
    (length <= BODY_LIMIT && key.kind() == KeyKind::Tenant).then(|| (hash_key(&key), meter.to_owned()))
}

async fn answer(state: &AppState, key_hash: [u8; 32], meter: String, body: Body) -> Response {
    let begun = Instant::now();
    let asked = async {
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| Problem::new(Code::Malformed, "The body broke off."))?;
        consume::answer(&state.context.store, key_hash, meter, &body).await
    };
    let response = match AssertUnwindSafe(asked).catch_unwind().await {
        Ok(Ok(Answered(json))) => done(json),
        Ok(Err(problem)) => headers::harden(problem.into_response()),
        Err(panic) => headers::harden(panicked(panic)),
    };
    state.calls.add(CallerId::Key(key_hash), response.status());
    metrics::note_consume(state.context.store.traffic(), response.status(), begun.elapsed());
    response
}

/// An answer with the headers that every answer has.
fn done(json: String) -> Response {
    static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
        let mut headers = headers::harden(StatusCode::OK.into_response()).headers().clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers
    });
    let mut response = Response::new(Body::from(json));
    *response.headers_mut() = HEADERS.clone();
    response
}
