//! Whether the process lives, and whether it can work.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::router::AppState;

/// 200 as long as the process answers, also while the database is away.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// 200 when both logins reach the database, else 503.
pub async fn ready(State(state): State<AppState>) -> Response {
    match state.context.store.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], "the database is away\n").into_response()
        }
    }
}
