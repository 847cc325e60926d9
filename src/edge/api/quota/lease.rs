//! `POST /quota/{meter}/leases`, `…/{id}/heartbeat` and `…/{id}/release`: how many run at the same time.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Asker, Lifetime, denied, optional};
use crate::edge::api::extract::{ApiPath, unread};
use crate::edge::api::problem::{BadBody, Code, MeterRefusals, Problem, Refusals};
use crate::edge::router::AppState;
use crate::store::metering::{Lease, Leasing};

#[derive(Serialize, ToSchema)]
#[schema(as = Lease)]
pub(super) struct Answer {
    lease: Uuid,
    /// When it ends unless it is extended; null when it has ended.
    expires_at: Option<DateTime<Utc>>,
    /// How many run now, this one too.
    used: i64,
    /// Null is unlimited.
    limit: Option<i64>,
    remaining: Option<i64>,
}

/// Open a lease
///
/// Needs the scope `usage`. Send a heartbeat before it expires; a lease without one no longer counts.
#[utoipa::path(
    post, path = "/quota/{meter}/leases", tag = "Quota", operation_id = "open_lease",
    params(("meter" = String, Path, description = "A concurrent meter's key.", example = "sessions")),
    request_body(content = Option<Lifetime>, description = "May be left out: 60 seconds."),
    responses(
        (status = 200, body = Answer, links(
            ("extend" = (
                operation_id = "extend_lease",
                parameters(("meter" = "$request.path.meter"), ("id" = "$response.body#/lease"))
            )),
            ("end" = (
                operation_id = "end_lease",
                parameters(("meter" = "$request.path.meter"), ("id" = "$response.body#/lease"))
            ))
        )),
        MeterRefusals, BadBody, Refusals
    )
)]
pub(super) async fn open(
    State(state): State<AppState>,
    Asker(key_hash): Asker,
    ApiPath(meter): ApiPath<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, Problem> {
    let seconds = optional::<Lifetime>(&body.map_err(unread)?)?.seconds()?;
    ask(&state, &key_hash, &meter, Leasing::Open { seconds }).await
}

/// Extend a lease
///
/// Needs the scope `usage`. A lease that has expired is gone: open another.
#[utoipa::path(
    post, path = "/quota/{meter}/leases/{id}/heartbeat", tag = "Quota", operation_id = "extend_lease",
    params(("meter" = String, Path, description = "The meter's key.", example = "sessions"), ("id" = String, Path, description = "The lease.")),
    request_body(content = Option<Lifetime>, description = "May be left out: 60 seconds."),
    responses((status = 200, body = Answer), MeterRefusals, BadBody, Refusals)
)]
pub(super) async fn extend(
    State(state): State<AppState>,
    Asker(key_hash): Asker,
    ApiPath((meter, id)): ApiPath<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, Problem> {
    let seconds = optional::<Lifetime>(&body.map_err(unread)?)?.seconds()?;
    ask(&state, &key_hash, &meter, Leasing::Extend { lease: id.parse().unwrap_or(Uuid::nil()), seconds }).await
}

/// End a lease
///
/// Needs the scope `usage`.
#[utoipa::path(
    post, path = "/quota/{meter}/leases/{id}/release", tag = "Quota", operation_id = "end_lease",
    params(("meter" = String, Path, description = "The meter's key.", example = "sessions"), ("id" = String, Path, description = "The lease.")),
    responses((status = 200, body = Answer), MeterRefusals, Refusals)
)]
pub(super) async fn end(
    State(state): State<AppState>,
    Asker(key_hash): Asker,
    ApiPath((meter, id)): ApiPath<(String, String)>,
) -> Result<Json<Answer>, Problem> {
    ask(&state, &key_hash, &meter, Leasing::End { lease: id.parse().unwrap_or(Uuid::nil()) }).await
}

async fn ask(state: &AppState, key_hash: &[u8; 32], meter: &str, leasing: Leasing) -> Result<Json<Answer>, Problem> {
    let store = &state.context.store;
    let remaining = |used: i64, limit: Option<i64>| limit.map(|limit| (limit - used).max(0));
    match (store.lease(key_hash, meter, leasing).await?, leasing) {
        (Lease::Lives { lease, expires_at, used, limit }, _) => {
            Ok(Json(Answer { lease, expires_at: Some(expires_at), used, limit, remaining: remaining(used, limit) }))
        }
        (Lease::Ended { used, limit }, Leasing::End { lease }) => {
            Ok(Json(Answer { lease, expires_at: None, used, limit, remaining: remaining(used, limit) }))
        }
        (Lease::Ended { .. } | Lease::NotFound, _) => Err(Problem::new(Code::NotFound, "There is no such lease, or it has ended.")),
        (Lease::Refused { used, limit, frees_in }, _) => {
            let limit_text = limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string());
            let problem = Problem::new(Code::QuotaExceeded, format!("{used} of {limit_text} {meter} run now. Upgrade the plan, or wait."))
                .with("meter", meter)
                .with("used", used)
                .with("limit", limit)
                .with("remaining", 0);
            Err(problem.retry_after(u64::try_from(frees_in).unwrap_or(0).max(1)))
        }
        (Lease::Denied(denial), _) => Err(denied(store, denial, meter).await),
    }
}
