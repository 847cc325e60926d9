//! `/internal/tls-allowed?domain=`: whether a certificate may be asked for, for proxies that get theirs on demand (Caddy's `ask`). 200 for a
//! name that is answered and for the platform's own, else 404; from memory, also while the database is away.

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::router::AppState;

pub async fn allowed(State(state): State<AppState>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut asked = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == "domain");
    let name = match (asked.next(), asked.next()) {
        (Some((_, name)), None) => name.to_ascii_lowercase(),
        (_, _) => String::new(),
    };
    let context = &state.context;
    let known = context.site.base_url.host_str() == Some(name.as_str()) || context.store.routes().tenant_of(&name).is_some();
    let (status, text) = if known { (StatusCode::OK, "allowed\n") } else { (StatusCode::NOT_FOUND, "not a name of this server\n") };
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}
