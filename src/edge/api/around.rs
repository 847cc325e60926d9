//! Around every route that asks for a key: what the extractors learn of a call, and the answer says or figures count.

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::Response;

use super::rate;
use crate::edge::router::AppState;
use crate::edge::tenant_calls::CallerId;
use crate::store::api_rate::Pace;

/// Where the extractors leave it. Each is set once: a request has one key.
#[derive(Clone, Default)]
struct Slot(Arc<(OnceLock<CallerId>, OnceLock<Pace>)>);

pub fn note_caller(extensions: &Extensions, caller: CallerId) {
    if let Some(slot) = extensions.get::<Slot>() {
        let _ = slot.0.0.set(caller);
    }
}

pub fn note_pace(extensions: &Extensions, pace: Pace) {
    if let Some(slot) = extensions.get::<Slot>() {
        let _ = slot.0.1.set(pace);
    }
}

pub async fn call(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    let (caller, pace) = &*slot.0;
    if let Some(pace) = pace.get() {
        rate::say(pace, response.headers_mut());
    }
    if let Some(caller) = caller.get() {
        state.calls.add(*caller, response.status());
    }
    response
}
