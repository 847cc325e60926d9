//! The machine API: `/api/v1`, JSON, `Authorization: Bearer tk_…` (a tenant's key) or `pk_…` (a platform key).
//!
//! A route is a function with `#[utoipa::path]` in the file of its noun, which lists it in its own `routes()`; that file's router is merged
//! in [`v1`]. The document at `/api/openapi.json` and the prover's list come from the same routers. A handler takes [`extract::Caller`] or
//! [`extract::Admin`] first, then path, query, body; it opens the store with that evidence and answers `Result<_, Problem>`.

mod agents;
mod around;
mod docs;
pub mod extract;
mod json;
mod knowledge;
mod page;
pub mod platform;
pub mod problem;
pub mod quota;
mod rate;
mod schema;
mod tenant;
mod threads;
mod usage;

use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

use self::problem::{Code, Problem};
use super::router::AppState;

/// Of a call's body; routes that take files set their own.
const BODY_LIMIT: usize = 1024 * 1024;

/// One line a file.
fn v1() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(agents::routes())
        .merge(knowledge::routes())
        .merge(platform::routes())
        .merge(quota::routes())
        .merge(tenant::routes())
        .merge(threads::routes())
        .merge(usage::routes())
}

/// What stands at `/api`.
pub fn router(state: AppState) -> Router {
    let (routed, _) = OpenApiRouter::new().nest("/v1", v1()).split_for_parts();
    routed
        .layer(axum::middleware::from_fn_with_state(state.clone(), around::call))
        .route("/docs", get(docs::show))
        .route("/openapi.json", get(openapi))
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .with_state(state)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(panicked))
}

/// The OpenAPI document of all routes that ask for a key.
pub fn document() -> OpenApi {
    let about = InfoBuilder::new()
        .title("Tenantry")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Ask before you use, report what you used. Every refusal is a problem document (RFC 9457) with a `code` that stays as it is.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let bearer = |text: &str| SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build());
    let components = ComponentsBuilder::new()
        .security_scheme("key", bearer("A tenant's key, `tk_…`. It acts for its own tenant, within its scopes."))
        .schema_from::<problem::Body>()
        .schema_from::<problem::ProblemField>()
        .security_scheme("platform_key", bearer("A platform key, `pk_…`. It acts for the platform's admins."))
        .build();
    let empty = OpenApiBuilder::new()
        .info(about)
        .components(Some(components))
        .security(Some([SecurityRequirement::new("key", Vec::<String>::new())]))
        .build();
    OpenApiRouter::<AppState>::with_openapi(empty).nest("/api/v1", v1()).into_openapi()
}

/// Method and path of every route that asks for a key.
pub fn routes() -> Vec<(&'static str, String)> {
    let mut routes = Vec::new();
    for (path, item) in document().paths.paths {
        let methods = [("GET", item.get), ("POST", item.post), ("PUT", item.put), ("PATCH", item.patch), ("DELETE", item.delete)];
        routes.extend(methods.into_iter().filter(|(_, operation)| operation.is_some()).map(|(method, _)| (method, path.clone())));
    }
    routes
}

async fn openapi() -> Response {
    static TEXT: LazyLock<Bytes> =
        LazyLock::new(|| document().to_pretty_json().expect("a document of strings, maps and lists has a JSON form").into());
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], TEXT.clone()).into_response()
}

pub async fn not_found() -> Problem {
    Problem::new(Code::NotFound, "There is nothing at this address. The document at /api/openapi.json lists all that there is.")
}

async fn wrong_method() -> Problem {
    Problem::new(Code::MethodNotAllowed, "This address does not take this method; the header Allow lists those that it takes.")
}

/// A defect, logged by the panic hook; the process lives.
fn panicked(_panic: Box<dyn std::any::Any + Send>) -> Response {
    Problem::new(Code::Internal, "Something went wrong here. Please try again.").into_response()
}
