//! The prover on the machine API, and the bugs that it must find there.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::keyed::{KEYED, KeyProbe};
use super::keyed_prover as prover;
use crate::world::keys::KeyActor;
use crate::world::scene::{CANARY, Scene};

const NOTHING: [String; 0] = [];

#[tokio::test]
async fn every_key_gets_what_is_its_own_and_nothing_else() {
    let scene = Scene::set().await;
    assert_eq!(prover::wrong_answers(&scene, KEYED).await, NOTHING);
    let browser = scene.server.browser();
    let own = browser.ask(reqwest::Method::GET, "/api/v1/tenant").bearer(&KeyActor::Foreign.key().expect("a key"));
    assert!(own.send().await.body.contains(CANARY), "its own key sees it");
    scene.finish().await;
}

#[tokio::test]
async fn what_belongs_to_others_is_answered_to_a_key_like_what_nobody_has() {
    let scene = Scene::set().await;
    assert_eq!(prover::distinguishable(&scene, KEYED).await, NOTHING);
    scene.finish().await;
}

#[tokio::test]
async fn headers_beside_the_key_change_nothing() {
    let scene = Scene::set().await;
    assert_eq!(prover::misled_by_headers(&scene, KEYED).await, NOTHING);
    scene.finish().await;
}

// ---------------------------------------------------------------------------------------------------------------------
// Planted bugs.

fn of(route: &str) -> Vec<KeyProbe> {
    KEYED.iter().copied().filter(|probe| probe.route == route).collect()
}

const OWN: &str = "GET /api/v1/tenant";

#[tokio::test]
async fn a_revoked_key_that_still_works_is_found() {
    let scene = Scene::set().await;
    scene.world.sql("update api_keys set revoked_at = null").await;
    let found = prover::wrong_answers(&scene, &of(OWN)).await;
    assert!(found.iter().any(|finding| finding.contains("answers 200 to Revoked")), "{found:?}");
    scene.finish().await;
}

#[tokio::test]
async fn a_scope_that_is_not_asked_for_is_found() {
    let scene = Scene::set().await;
    scene.world.sql("update api_keys set scopes = '{read,usage,resources}'").await;
    let found = prover::wrong_answers(&scene, &of(OWN)).await;
    assert!(found.iter().any(|finding| finding.contains("answers 200 to Only(Usage)")), "{found:?}");
    scene.finish().await;
}

/// Takes the key of another header when there is one.
async fn trust_another_header(mut request: Request, next: Next) -> Response {
    if let Some(key) = request.headers().get("x-api-key").and_then(|key| key.to_str().ok()).map(str::to_owned) {
        let value = HeaderValue::try_from(format!("Bearer {key}")).expect("text");
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    next.run(request).await
}

#[tokio::test]
async fn a_second_place_for_keys_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(trust_another_header))).await;
    assert_ne!(prover::misled_by_headers(&scene, &of(OWN)).await, NOTHING);
    scene.finish().await;
}

/// Keeps the first good answer of a path, whatever key it was for.
async fn cache_without_the_key(request: Request, next: Next) -> Response {
    static KEPT: std::sync::Mutex<Option<axum::body::Bytes>> = std::sync::Mutex::new(None);
    if request.uri().path() != "/api/v1/tenant" {
        return next.run(request).await;
    }
    if let Some(body) = KEPT.lock().expect("no panic while held").clone() {
        return Response::new(Body::from(body));
    }
    let reply = next.run(request).await;
    if reply.status() != StatusCode::OK {
        return reply;
    }
    let body = axum::body::to_bytes(reply.into_body(), usize::MAX).await.expect("a body");
    *KEPT.lock().expect("no panic while held") = Some(body.clone());
    Response::new(Body::from(body))
}

#[tokio::test]
async fn a_cache_without_the_key_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(cache_without_the_key))).await;
    assert_ne!(prover::wrong_answers(&scene, &of(OWN)).await, NOTHING);
    scene.finish().await;
}

/// Tells keys of others' tenants apart from none.
async fn tell_who_is_deleted(request: Request, next: Next) -> Response {
    let deleted = request
        .headers()
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value.as_bytes().ends_with(&[b'-'; 36]) && value.as_bytes().starts_with(b"Bearer tk_deleted"));
    let mut reply = next.run(request).await;
    if deleted {
        *reply.status_mut() = StatusCode::GONE;
    }
    reply
}

#[tokio::test]
async fn a_deleted_tenant_that_is_told_of_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(tell_who_is_deleted))).await;
    let found = prover::wrong_answers(&scene, &of(OWN)).await;
    assert!(found.iter().any(|finding| finding.contains("answers 410 to Deleted")), "{found:?}");
    scene.finish().await;
}
