//! `POST /quota/{meter}/reserve`, `/quota/reservations/{id}/commit` and `/release`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Asker, Counter, amount, denied, exceeded, idempotency, optional};
use crate::edge::api::extract::{ApiJson, ApiPath, unread};
use crate::edge::api::json::{whole, whole_or_none};
use crate::edge::api::problem::{BadBody, Code, MeterRefusals, Missing, Problem, Refusals, SettleRefusals};
use crate::edge::router::AppState;
use crate::store::metering::{Hold, Reserved, Settled, Settling};

/// The longest that a quantity can be held.
const LONGEST: i32 = 24 * 60 * 60;

/// How much is to be held, and for how long.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReserveRequest)]
pub(super) struct Request {
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64, example = 1000)]
    amount: i64,
    /// Seconds until the reservation ends by itself.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 86_400, example = 120)]
    ttl_seconds: i32,
    /// As with consume.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    idempotency_key: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Reserved)]
pub(super) struct Held {
    reservation: Uuid,
    /// When it ends by itself; null when it was settled since (a repeated request).
    expires_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    counter: Counter,
}

/// Hold an amount
///
/// Needs the scope `usage`. What is held counts against the limit until it is committed or released, or its time is over.
#[utoipa::path(
    post, path = "/quota/{meter}/reserve", tag = "Quota",
    params(("meter" = String, Path, description = "A metered meter's key.", example = "tokens")),
    request_body = Request,
    responses(
        (status = 200, body = Held, links(
            ("commit" = (operation_id = "commit_reservation", parameters(("id" = "$response.body#/reservation")))),
            ("release" = (operation_id = "release_reservation", parameters(("id" = "$response.body#/reservation"))))
        )),
        MeterRefusals, BadBody, Refusals
    )
)]
pub(super) async fn reserve(
    State(state): State<AppState>,
    Asker(key_hash): Asker,
    ApiPath(meter): ApiPath<String>,
    ApiJson(request): ApiJson<Request>,
) -> Result<Json<Held>, Problem> {
    let amount = amount(request.amount)?;
    if !(1..=LONGEST).contains(&request.ttl_seconds) {
        return Err(Problem::field("ttl_seconds", format!("must be a whole number from 1 to {LONGEST}.")));
    }
    let of = [b"reserve", meter.as_bytes(), &request.amount.to_le_bytes(), &request.ttl_seconds.to_le_bytes()];
    let idempotency = idempotency(request.idempotency_key.as_deref(), &of)?;
    let store = &state.context.store;
    let hold = Hold { key_hash, meter, amount, seconds: request.ttl_seconds, idempotency };
    match store.reserve(&hold).await? {
        Reserved::Held { reservation, expires_at, standing } => Ok(Json(Held { reservation, expires_at, counter: standing.into() })),
        Reserved::Refused(standing) => Err(exceeded(&hold.meter, amount.get(), standing)),
        Reserved::Denied(denial) => Err(denied(store, denial, &hold.meter).await),
    }
}

/// How much of what is held was used.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Commit {
    /// At most what is held, and all of it when left out.
    #[serde(default, deserialize_with = "whole_or_none")]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64, example = 840)]
    amount: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Settled)]
pub(super) struct Done {
    meter: String,
    /// What was counted of it; 0 when it was released.
    committed: i64,
    #[serde(flatten)]
    counter: Counter,
}

/// Count what was held
///
/// Needs the scope `usage`. It counts in the period in which it was reserved; the rest is free again. The same call again finds it done.
#[utoipa::path(
    post, path = "/quota/reservations/{id}/commit", tag = "Quota", operation_id = "commit_reservation",
    params(("id" = String, Path, description = "The reservation.")),
    request_body(content = Option<Commit>, description = "May be left out."),
    responses((status = 200, body = Done), SettleRefusals, Missing, BadBody, Refusals)
)]
pub(super) async fn commit(
    State(state): State<AppState>,
    Asker(key_hash): Asker,
    ApiPath(id): ApiPath<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Done>, Problem> {
    let commit: Commit = optional(&body.map_err(unread)?)?;
    let used = commit.amount.map(amount).transpose()?;
    settle(&state, &key_hash, &id, Settling::Commit(used)).await
}

/// Give back what was held
///
/// Needs the scope `usage`. The same call again finds it done, also when its time was over before.
#[utoipa::path(
    post, path = "/quota/reservations/{id}/release", tag = "Quota", operation_id = "release_reservation",
    params(("id" = String, Path, description = "The reservation.")),
    responses((status = 200, body = Done), SettleRefusals, Missing, Refusals)
)]
pub(super) async fn release(
    State(state): State<AppState>,
    Asker(key_hash): Asker,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Done>, Problem> {
    settle(&state, &key_hash, &id, Settling::Release).await
}

async fn settle(state: &AppState, key_hash: &[u8; 32], id: &str, settling: Settling) -> Result<Json<Done>, Problem> {
    let missing = || Problem::new(Code::NotFound, "There is no such reservation, or it was settled more than seven days ago.");
    // Something else than an id is the name of nothing; the key is asked about all the same.
    let id = id.parse().unwrap_or(Uuid::nil());
    let store = &state.context.store;
    match store.settle(key_hash, id, settling).await? {
        Settled::Done { meter, amount, standing } => Ok(Json(Done { meter, committed: amount, counter: standing.into() })),
        Settled::TooMuch => Err(Problem::field("amount", "must be at most what is held.")),
        Settled::Expired => Err(Problem::new(Code::ReservationExpired, "Its time was over: what it held is free again. Consume instead.")),
        Settled::Otherwise => Err(Problem::new(Code::ReservationSettled, "This reservation was settled in another way before.")),
        Settled::NotFound => Err(missing()),
        Settled::Denied(denial) => Err(denied(store, denial, "").await),
    }
}
