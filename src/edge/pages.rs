//! The app's pages as routes. A page finds the parameters of its path in the request, as the router matched them.

use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::{FromRequestParts as _, RawPathParams, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use hydration_context::SsrSharedContext;
use leptos::nonce::provide_nonce;
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use leptos::reactive::owner::Sandboxed;
use leptos_axum::ResponseOptions;

use super::router::AppState;
use crate::app::{NOT_FOUND, PAGES, View, document};
use crate::web::request::{PathParams, ShownPath};

pub fn routes() -> Router<AppState> {
    PAGES.iter().fold(Router::new(), |router, (path, view)| {
        router.route(path, get(move |State(state): State<AppState>, request: Request| show(state, *view, request)))
    })
}

async fn show(state: AppState, view: View, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    match RawPathParams::from_request_parts(&mut parts, &()).await {
        Ok(params) => {
            let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            render(state, view, params, Request::from_parts(parts, body)).await
        }
        // No UTF-8: nothing of ours is called like that.
        Err(_) => not_found(State(state), Request::from_parts(parts, body)).await,
    }
}

/// Unknown paths: a page of its own says so.
pub async fn not_found(State(state): State<AppState>, request: Request) -> Response {
    let mut response = render(state, NOT_FOUND, Vec::new(), request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// The page at this path of [`PAGES`], with these parameters, as the answer to another request, whose address people go on to see.
pub async fn answer_with(state: AppState, path: &str, params: &[(&str, &str)], mut request: Request) -> Response {
    let here = params.iter().fold(path.to_owned(), |here, (name, value)| here.replace(&format!("{{{name}}}"), value));
    let Ok(here) = here.parse::<PathAndQuery>() else { return not_found(State(state), request).await };
    if request.extensions().get::<ShownPath>().is_none() {
        let asked = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        request.extensions_mut().insert(ShownPath(asked));
    }
    *request.uri_mut() = Uri::from(here);
    let view = PAGES.iter().find(|(other, _)| *other == path).map_or(NOT_FOUND, |(_, view)| *view);
    render(state, view, params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), request).await
}

/// Inside of what a page's views need: an owner for their contexts, the request, a nonce, and what they say about the answer.
async fn render(state: AppState, view: View, params: Vec<(String, String)>, mut request: Request) -> Response {
    request.extensions_mut().insert(PathParams(params));
    let options = ResponseOptions::default();
    // Nothing but islands wakes up in the browser.
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let written = owner.with(|| {
        provide_context(request.into_parts().0);
        provide_context(options.clone());
        provide_context(state.context.clone());
        provide_nonce();
        Sandboxed::new(ScopedFuture::new(document(view)))
    });
    let mut response = Html(written.await).into_response();
    owner.unset_with_forced_cleanup();
    let said = std::mem::take(&mut *options.0.write().unwrap_or_else(PoisonError::into_inner));
    if let Some(status) = said.status {
        *response.status_mut() = status;
    }
    response.headers_mut().extend(said.headers);
    response
}
