//! How fast a tenant's keys may call: refusals, and the headers that say how much is left
//! (<https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.html>).

use axum::http::{Extensions, HeaderMap, HeaderValue};

use super::around;
use super::problem::{Code, Problem};
use crate::store::Store;
use crate::store::access::ApiKeyHolder;
use crate::store::api_rate::{Pace, Verdict};

/// Says in the answer how much is left, of the limit that binds: `minute` is the plan's, `key` the key's own.
pub fn say(pace: &Pace, headers: &mut HeaderMap) {
    let Some(limit) = pace.limit else { return };
    let name = if limit.own { "key" } else { "minute" };
    let policy = HeaderValue::try_from(format!("\"{name}\";q={};w=60", limit.calls));
    let left = HeaderValue::try_from(format!("\"{name}\";r={};t={}", pace.remaining, pace.resets_in));
    if let (Ok(policy), Ok(left)) = (policy, left) {
        headers.insert("ratelimit-policy", policy);
        headers.insert("ratelimit", left);
    }
}

/// Counts the call.
///
/// # Errors
/// `RATE_LIMITED` when the minute's calls are gone, `QUOTA_EXCEEDED` when the day's are.
pub async fn count(store: &Store, holder: &ApiKeyHolder, extensions: &Extensions) -> Result<(), Problem> {
    let pace = store.count_call(holder).await?;
    around::note_pace(extensions, pace);
    match pace.verdict {
        Verdict::LetIn => Ok(()),
        Verdict::TooFast => {
            let (whose, calls) = pace.limit.map_or(("plan", 0), |limit| (if limit.own { "key" } else { "plan" }, limit.calls));
            Err(Problem::new(Code::RateLimited, format!("The {whose} has {calls} calls a minute; they are used up."))
                .with("limit", calls)
                .with("limit_of", whose)
                .retry_after(pace.resets_in))
        }
        Verdict::DayFull { used, limit, resets_in } => {
            Err(Problem::new(Code::QuotaExceeded, format!("The plan has {limit} API calls a day; they are used up."))
                .with("meter", "api_calls")
                .with("used", used)
                .with("limit", limit)
                .retry_after(resets_in))
        }
    }
}
