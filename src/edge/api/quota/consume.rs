//! `POST /quota/{meter}/consume`. The busiest route of all: what it costs is mostly what it does besides the statement, so it does little.

use std::borrow::Cow;
use std::fmt::Write as _;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::Timelike as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Asker, amount, denied, exceeded, idempotency, json};
use crate::domain::metering::Standing;
use crate::edge::api::extract::{ApiPath, is_json, unread, wrong_type};
use crate::edge::api::json::{Object, parse, whole};
use crate::edge::api::problem::{BadBody, MeterRefusals, Problem, Refusals};
use crate::edge::router::AppState;
use crate::store::Store;
use crate::store::metering::{Consume, Consumed};

/// How much is to be used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request<'a> {
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64, example = 1)]
    amount: i64,
    /// A name for this request. For 24 hours the same request with the same name gets the first answer again and is not
    /// counted again. A refusal is not kept.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, example = "order-4711")]
    idempotency_key: Option<Cow<'a, str>>,
}

/// It may be used, and is counted.
#[derive(Serialize, ToSchema)]
#[schema(as = Consumed)]
#[allow(dead_code, reason = "the document's description of what `allowed` writes")]
pub(super) struct Answer {
    #[schema(example = true)]
    allowed: bool,
    /// Null when the database was away and the meter's rule is to allow meanwhile: then nothing was counted.
    used: Option<i64>,
    /// Null is unlimited.
    limit: Option<i64>,
    /// What is neither used nor held.
    remaining: Option<i64>,
    /// When the count starts anew.
    resets_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Past the limit, where the plan degrades: use free models only. This amount is not counted.
    degraded: Option<bool>,
    /// Past the limit, where the plan allows that at a price.
    overage: Option<bool>,
    /// False when the database was away.
    counted: Option<bool>,
}

/// Use an amount
///
/// Needs the scope `usage`. Checks the limit and counts in one step: what was allowed is counted, to the unit, whatever crashes or repeats.
#[utoipa::path(
    post, path = "/quota/{meter}/consume", tag = "Quota",
    params(("meter" = String, Path, description = "A metered meter's key.", example = "tokens")),
    request_body = Request,
    responses((status = 200, body = Answer), MeterRefusals, BadBody, Refusals)
)]
pub(super) async fn consume(
    State(state): State<AppState>,
    Asker(key_hash): Asker,
    ApiPath(meter): ApiPath<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    if !is_json(&headers) {
        return Err(wrong_type());
    }
    let body = body.map_err(unread)?;
    answer(&state.context.store, key_hash, meter, &body).await.map(|Answered(text)| json(text))
}

/// What is answered with 200.
pub(super) struct Answered(pub String);

/// What a call with this key and body is answered, whichever way it came.
pub(super) async fn answer(store: &Store, key_hash: [u8; 32], meter: String, body: &[u8]) -> Result<Answered, Problem> {
    let request: Request = match serde_json::from_slice(body) {
        Ok(Object(request)) => request,
        // Read again, for the name of the field.
        Err(_) => {
            return Err(match parse::<Object<Owned>>(body) {
                Err(problem) => problem,
                Ok(_) => Problem::field("", "cannot be read"),
            });
        }
    };
    let amount = amount(request.amount)?;
    let of = [b"consume", meter.as_bytes(), &request.amount.to_le_bytes()];
    let idempotency = idempotency(request.idempotency_key.as_deref(), &of)?;
    match store.consume(Consume { key_hash, meter: meter.clone(), amount, idempotency }).await? {
        Consumed::Allowed(standing) => Ok(Answered(allowed(standing, ""))),
        Consumed::Overage(standing) => Ok(Answered(allowed(standing, ",\"overage\":true"))),
        Consumed::Degraded(standing) => Ok(Answered(allowed(standing, ",\"degraded\":true"))),
        Consumed::Refused(standing) => Err(exceeded(&meter, amount.get(), standing)),
        Consumed::Denied(denial) => Err(denied(store, denial, &meter).await),
        Consumed::Uncounted => Ok(Answered(UNCOUNTED.to_owned())),
    }
}

const UNCOUNTED: &str = r#"{"allowed":true,"used":null,"limit":null,"remaining":null,"resets_at":null,"counted":false}"#;

/// The request as an owned value, which is how a wrong field is found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its reading matters")]
struct Owned {
    #[serde(deserialize_with = "whole")]
    amount: i64,
    #[serde(default)]
    idempotency_key: Option<String>,
}

// Writing to a String cannot fail.
fn allowed(standing: Standing, more: &str) -> String {
    let mut text = String::with_capacity(160);
    let _ = write!(text, "{{\"allowed\":true,\"used\":{}", standing.used);
    for (name, value) in [("limit", standing.limit), ("remaining", standing.remaining)] {
        let _ = match value {
            Some(value) => write!(text, ",\"{name}\":{value}"),
            None => write!(text, ",\"{name}\":null"),
        };
    }
    let (day, time) = (standing.resets_at.date_naive(), standing.resets_at.time());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let _ = write!(text, ",\"resets_at\":\"{day}T{hour:02}:{minute:02}:{second:02}Z\"{more}}}");
    text
}
