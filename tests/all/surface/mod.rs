//! The isolation prover on the server's whole surface, and the bugs that it must find.

mod extra_fields;
mod keyed;
mod keyed_prover;
mod keys;
mod probes;
mod prover;
mod round_trips;
mod staff;
mod support;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use keyed::KEYED;
use probes::{Least, PROBES, Probe};

use crate::world::scene::{Actor, CANARY, Scene};

const NOTHING: [String; 0] = [];

#[test]
fn everything_that_the_server_answers_has_a_probe_and_no_probe_is_stale() {
    assert_eq!(prover::uncovered(&prover::surface(), &prover::probed(PROBES, KEYED)), NOTHING);
}

#[tokio::test]
async fn everybody_gets_what_is_theirs_and_nothing_else() {
    let scene = Scene::set().await;
    assert_eq!(prover::wrong_answers(&scene, PROBES).await, NOTHING);
    // The refused were refused for who they are: their sessions still work where they should.
    for actor in Actor::ALL.into_iter().filter(|actor| actor.is_signed_in()) {
        assert_eq!(scene.browser(actor).get("/account").await.status, 200, "{actor:?}");
    }
    scene.finish().await;
}

#[tokio::test]
async fn what_belongs_to_others_is_answered_like_what_nobody_has() {
    let scene = Scene::set().await;
    assert_eq!(prover::distinguishable(&scene, PROBES).await, NOTHING);
    let own = scene.browser(Actor::Foreign).get(&format!("/t/{CANARY}")).await;
    assert!(own.status == 200 && own.body.contains(CANARY), "its own owner sees it");
    scene.finish().await;
}

#[tokio::test]
async fn headers_that_a_client_makes_up_change_nothing() {
    let scene = Scene::set().await;
    assert_eq!(prover::misled_by_headers(&scene, PROBES).await, NOTHING);
    scene.finish().await;
}

#[tokio::test]
async fn another_site_changes_nothing_and_leads_nowhere() {
    let scene = Scene::set().await;
    assert_eq!(prover::cross_site_effects(&scene, PROBES).await, NOTHING);
    scene.finish().await;
}

// ---------------------------------------------------------------------------------------------------------------------
// The prover itself is tried: planted around the real server, each of these bugs must be found.

fn of(routes: &[&str]) -> Vec<Probe> {
    PROBES.iter().copied().filter(|probe| routes.contains(&probe.route)).collect()
}

const DASHBOARD: &[&str] = &["GET /t/{slug}"];

#[test]
fn a_function_without_probe_and_a_stale_probe_are_found() {
    let surface = prover::surface();
    let fewer: Vec<Probe> = PROBES.iter().copied().filter(|probe| probe.route != "POST /fn/team/remove").collect();
    assert_eq!(prover::uncovered(&surface, &prover::probed(&fewer, KEYED)), ["POST /fn/team/remove has no probe"]);
    assert_eq!(prover::uncovered(&surface, &prover::probed(PROBES, &KEYED[1..])), [format!("{} has no probe", KEYED[0].route)]);
    let mut more = PROBES.to_vec();
    more.push(Probe {
        route: "GET /gone",
        least: Least::Anybody,
        input: &[],
        done: (200, 200),
        uses_up_session: false,
        file: false,
        stage: None,
    });
    assert_eq!(prover::uncovered(&surface, &prover::probed(&more, KEYED)), ["the probe of GET /gone is stale"]);
}

/// Sends the request for the tenant that a header names.
async fn trust_a_header(mut request: Request, next: Next) -> Response {
    let named = request.headers().get("x-tenant").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if let (Some(tenant), true) = (named, request.uri().path().starts_with("/t/")) {
        *request.uri_mut() = format!("/t/{tenant}").parse().expect("a path");
    }
    next.run(request).await
}

#[tokio::test]
async fn a_header_that_is_trusted_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(trust_a_header))).await;
    assert_ne!(prover::misled_by_headers(&scene, &of(DASHBOARD)).await, NOTHING);
    scene.finish().await;
}

/// Lets GET do what POST does.
async fn write_behind_get(mut request: Request, next: Next) -> Response {
    if request.method() == Method::GET && request.uri().path().starts_with("/fn/") {
        let host = request.headers()[header::HOST].to_str().expect("text").to_owned();
        let fields = request.uri().query().unwrap_or_default().to_owned();
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(header::ORIGIN, HeaderValue::try_from(format!("http://{host}")).expect("text"));
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        *request.body_mut() = Body::from(fields);
    }
    next.run(request).await
}

#[tokio::test]
async fn a_writer_behind_get_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(write_behind_get))).await;
    let found = prover::cross_site_effects(&scene, &of(&["POST /fn/tenants/suspend"])).await;
    assert!(found.iter().any(|finding| finding.contains("changes something")), "{found:?}");
    scene.finish().await;
}

/// Takes every origin for its own.
async fn forget_the_origin(mut request: Request, next: Next) -> Response {
    request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    next.run(request).await
}

#[tokio::test]
async fn a_missing_cross_site_guard_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(forget_the_origin))).await;
    assert_ne!(prover::cross_site_effects(&scene, &of(&["POST /fn/tenants/suspend"])).await, NOTHING);
    scene.finish().await;
}

/// Says "forbidden" where somebody else's tenant exists.
async fn reveal_tenants(request: Request, next: Next) -> Response {
    let known = request.uri().path().contains(CANARY);
    let mut reply = next.run(request).await;
    if known && reply.status() == StatusCode::NOT_FOUND {
        *reply.status_mut() = StatusCode::FORBIDDEN;
    }
    reply
}

#[tokio::test]
async fn a_403_that_reveals_a_tenant_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(reveal_tenants))).await;
    assert_ne!(prover::distinguishable(&scene, &of(DASHBOARD)).await, NOTHING);
    scene.finish().await;
}

/// Keeps the first good answer of a path for everybody.
async fn cache_by_path(request: Request, next: Next) -> Response {
    type Kept = std::sync::Mutex<std::collections::HashMap<(String, String), axum::body::Bytes>>;
    static KEPT: std::sync::LazyLock<Kept> = std::sync::LazyLock::new(Kept::default);
    let key = (format!("{:?}", request.headers().get(header::HOST)), request.uri().path().to_owned());
    if let Some(body) = KEPT.lock().expect("no panic while held").get(&key).cloned() {
        return Response::new(Body::from(body));
    }
    let reply = next.run(request).await;
    if reply.status() != StatusCode::OK || !key.1.starts_with("/t/") {
        return reply;
    }
    let body = axum::body::to_bytes(reply.into_body(), usize::MAX).await.expect("a body");
    KEPT.lock().expect("no panic while held").insert(key, body.clone());
    Response::new(Body::from(body))
}

#[tokio::test]
async fn a_cache_without_the_tenant_in_its_key_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(cache_by_path))).await;
    assert_ne!(prover::wrong_answers(&scene, &of(DASHBOARD)).await, NOTHING);
    scene.finish().await;
}

/// Shows a word of another tenant in a header.
async fn leak_a_word(request: Request, next: Next) -> Response {
    let mut reply = next.run(request).await;
    reply.headers_mut().insert("x-neighbour", HeaderValue::from_static(CANARY));
    reply
}

#[tokio::test]
async fn a_word_of_another_tenant_in_a_header_is_found() {
    let scene = Scene::set_with(|app| app.layer(from_fn(leak_a_word))).await;
    assert_ne!(prover::wrong_answers(&scene, &of(DASHBOARD)).await, NOTHING);
    scene.finish().await;
}

/// A function that does not ask who is calling: as if everybody were the platform's admin.
#[tokio::test]
async fn a_function_that_forgets_to_ask_is_found() {
    let scene = Scene::set().await;
    scene.world.sql("insert into platform_admins (user_id) select id from users on conflict do nothing").await;
    let found = prover::wrong_answers(&scene, &of(&["POST /fn/tenants/suspend"])).await;
    assert!(found.iter().any(|finding| finding.contains("changes something though it refuses Foreign")), "{found:?}");
    scene.finish().await;
}

/// A policy that is gone shows in pages too, not only in the catalog.
#[tokio::test]
async fn a_missing_policy_shows_on_the_surface() {
    let scene = Scene::set().await;
    scene.world.sql("alter table agents disable row level security").await;
    let found = prover::wrong_answers(&scene, &of(&["GET /t/{slug}/agents"])).await;
    assert!(found.iter().any(|finding| finding.contains("something of another tenant")), "{found:?}");
    scene.abandon().await;
}
