//! Figures for Prometheus: requests by route and status, how long they took, calls of the machine API by tenant. Labels are bounded: a
//! route's pattern, never an address; the busiest tenants and no more.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use metrics::{Counter, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::api::extract::Admin;
use super::api::problem::Problem;
use super::router::AppState;
use crate::domain::traffic::BUCKETS;
use crate::store::traffic::Traffic;

/// The recorder of this process; `None` when another one was set before.
fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let seconds = Matcher::Full("tenantry_http_request_seconds".to_owned());
            let recorder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &BUCKETS).ok()?.build_recorder();
            let handle = recorder.handle();
            metrics::set_global_recorder(recorder).ok()?;
            Some(handle)
        })
        .as_ref()
}

/// The pattern of the route that answered, left in the answer by a router whose layers the measuring one cannot look through.
#[derive(Clone)]
struct Route(String);

/// Around the routes of pages and functions.
pub async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| Route(path.as_str().to_owned()));
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Around everything.
pub async fn measure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    recorder();
    let begun = Instant::now();
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let route = response.extensions().get::<Route>().map(|route| route.0.clone()).or(matched).unwrap_or_else(|| "other".to_owned());
    let (status, took) = (response.status(), begun.elapsed());
    state.context.store.traffic().note(&route, status.as_u16(), took.as_secs_f64());
    let (requests, seconds) = series(method, route, status);
    requests.increment(1);
    record(&seconds, took);
    response
}

fn series(method: String, route: String, status: StatusCode) -> (Counter, Histogram) {
    (
        counter!("tenantry_http_requests_total", "method" => method, "route" => route.clone(), "status" => status.as_str().to_owned()),
        histogram!("tenantry_http_request_seconds", "route" => route),
    )
}

/// How many durations are kept before they are sorted into buckets.
const KEPT: u32 = 16_384;

/// Durations wait one by one until somebody reads the figures, who may never come: every so many of them are sorted in here.
fn record(seconds: &Histogram, took: Duration) {
    static RECORDED: AtomicU32 = AtomicU32::new(0);
    seconds.record(took.as_secs_f64());
    if RECORDED.fetch_add(1, Ordering::Relaxed) % KEPT == KEPT - 1
        && let Some(recorder) = recorder()
    {
        recorder.run_upkeep();
    }
}

/// A call to consume that came past the measuring layer. The series of those that were answered are kept at hand.
pub fn note_consume(traffic: &Traffic, status: StatusCode, took: Duration) {
    const ROUTE: &str = "/api/v1/quota/{meter}/consume";
    static ANSWERED: OnceLock<(Counter, Histogram)> = OnceLock::new();
    let find = || {
        recorder();
        series("POST".to_owned(), ROUTE.to_owned(), status)
    };
    let found;
    let (requests, seconds) = if status == StatusCode::OK {
        ANSWERED.get_or_init(find)
    } else {
        found = find();
        &found
    };
    traffic.note(ROUTE, status.as_u16(), took.as_secs_f64());
    requests.increment(1);
    record(seconds, took);
}

/// With a platform key: how much is asked of a platform, and which tenants it has, is nobody else's business.
pub async fn show(State(state): State<AppState>, Admin(admin): Admin) -> Result<Response, Problem> {
    let (open, idle) = state.context.store.app_connections();
    let count = |n: usize| u32::try_from(n).map_or(f64::MAX, f64::from);
    gauge!("tenantry_database_connections", "state" => "idle").set(count(idle));
    gauge!("tenantry_database_connections", "state" => "used").set(count(open.saturating_sub(idle)));
    let mut text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    text += &state.calls.render(&mut state.context.store.platform_read(&admin).await?).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
