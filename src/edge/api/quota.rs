//! `/quota/…`: may this tenant use so much more? Ask and count in one call, or hold first and settle later.

mod consume;
pub mod direct;
mod lease;
mod reserve;

use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::around;
use super::extract::key;
use super::json::{Object, parse, whole_or_none};
use super::problem::{Code, Problem};
use crate::domain::key::{KeyKind, KeyRefusal, Scope};
use crate::domain::metering::{Amount, Denial, Standing};
use crate::edge::host::address_of;
use crate::edge::router::AppState;
use crate::edge::tenant_calls::CallerId;
use crate::store::Store;
use crate::store::metering::Idempotency;
use crate::store::tokens::hash_key;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(consume::consume))
        .routes(routes!(reserve::reserve))
        .routes(routes!(reserve::commit))
        .routes(routes!(reserve::release))
        .routes(routes!(lease::open))
        .routes(routes!(lease::extend))
        .routes(routes!(lease::end))
}

/// Who asks, by the hash of the key alone: the statement that counts looks it up, so that no round trip lies before it.
struct Asker([u8; 32]);

impl axum::extract::FromRequestParts<AppState> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let key = key(&parts.headers)?;
        match key.kind() {
            KeyKind::Tenant => {
                let hash = hash_key(&key);
                around::note_caller(&parts.extensions, CallerId::Key(hash));
                Ok(Asker(hash))
            }
            KeyKind::Platform => {
                let address = address_of(&parts.extensions, &parts.headers, &state.trusted_proxies);
                state.context.store.platform_key_holder(&key, &address).await?;
                Err(KeyRefusal::WrongScope(None).into())
            }
        }
    }
}

/// A counter after the call.
#[derive(Serialize, ToSchema)]
struct Counter {
    used: i64,
    /// Null is unlimited.
    limit: Option<i64>,
    /// What is neither used nor held; null when unlimited.
    remaining: Option<i64>,
    /// When the count starts anew.
    resets_at: chrono::DateTime<chrono::Utc>,
}

impl From<Standing> for Counter {
    fn from(standing: Standing) -> Self {
        let Standing { used, limit, remaining, resets_at, .. } = standing;
        Self { used, limit, remaining, resets_at }
    }
}

/// A whole number that is asked for.
fn amount(n: i64) -> Result<Amount, Problem> {
    Amount::try_from(n).map_err(|error| Problem::field("amount", format!("{error}.")))
}

/// How long a client's name for a request may be, in characters.
const KEY_LENGTH: usize = 200;

fn idempotency(key: Option<&str>, request: &[&[u8]]) -> Result<Option<Idempotency>, Problem> {
    match key {
        None => Ok(None),
        Some(key) if (1..=KEY_LENGTH).contains(&key.chars().count()) => Ok(Some(Idempotency::new(key, request))),
        Some(_) => Err(Problem::field("idempotency_key", format!("must have 1 to {KEY_LENGTH} characters."))),
    }
}

/// A body that may be left out, or null.
fn optional<T: Default + serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let given: Option<Object<T>> = if body.is_empty() { None } else { parse(body)? };
    Ok(given.map(|Object(body)| body).unwrap_or_default())
}

/// How long something lives without another call.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Lifetime {
    /// Seconds from now.
    #[serde(default, deserialize_with = "whole_or_none")]
    #[schema(minimum = 5, maximum = 3600, example = 60)]
    ttl_seconds: Option<i32>,
}

impl Lifetime {
    fn seconds(&self) -> Result<i32, Problem> {
        match self.ttl_seconds.unwrap_or(60) {
            seconds @ 5..=3_600 => Ok(seconds),
            _ => Err(Problem::field("ttl_seconds", "must be a whole number from 5 to 3600.")),
        }
    }
}

async fn denied(store: &Store, denial: Denial, meter: &str) -> Problem {
    match denial {
        Denial::KeyInvalid => KeyRefusal::Unknown.into(),
        Denial::KeyRevoked => KeyRefusal::Revoked.into(),
        Denial::KeyExpired => KeyRefusal::Expired.into(),
        Denial::WrongScope => KeyRefusal::WrongScope(Some(Scope::Usage)).into(),
        Denial::TenantSuspended => {
            Problem::new(Code::TenantSuspended, "This tenant is suspended: nothing can be used until it is resumed.")
        }
        Denial::KeyReused => Problem::new(
            Code::IdempotencyKeyReused,
            "Another request had this idempotency key. Send the same request again, or this one with a key of its own.",
        ),
        Denial::NotMetered => {
            Problem::new(Code::WrongMeterKind, format!("{meter} is not counted by period: it cannot be consumed or reserved."))
        }
        Denial::NotConcurrent => {
            Problem::new(Code::WrongMeterKind, format!("{meter} is not a concurrent meter: there are no leases of it."))
        }
        Denial::UnknownMeter => match store.list_meter_keys().await {
            Ok(known) => {
                Problem::new(Code::UnknownMeter, "There is no meter of this name; `known` lists those that there are.").with("known", known)
            }
            Err(error) => error.into(),
        },
    }
}

/// At the limit: how much of how much, and when it starts anew.
fn exceeded(meter: &str, asked: i64, standing: Standing) -> Problem {
    let Standing { used, limit, remaining, resets_at, at } = standing;
    let limit_text = limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string());
    Problem::new(
        Code::QuotaExceeded,
        format!(
            "{used} of {limit_text} {meter} are used, {} are left; {asked} were asked for. Upgrade the plan, or wait.",
            remaining.unwrap_or(0)
        ),
    )
    .with("meter", meter)
    .with("used", used)
    .with("limit", limit)
    .with("remaining", remaining)
    .with("resets_at", resets_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    .retry_after(u64::try_from((resets_at - at).num_seconds()).unwrap_or(0).max(1))
}

/// JSON that was written by hand.
fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
