//! Calls of the machine API a minute and a day, counted for all servers in one row a tenant.
//!
//! A server takes a chunk of the minute's calls from that row and answers from it without asking again. A chunk is taken before its calls are
//! let in and is good only within its minute by the database's clock, so that all servers together never let in more than the limit: the
//! overshoot is 0. They may let in fewer, by what other servers hold of their chunks when the minute's calls are gone: at most a twentieth
//! of the limit each. Chunks begin at one call and double while they are used up, so that a day's count is off by at most as many calls as
//! were made since the chunk before, and only until the next chunk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::NaiveDate;

use super::access::ApiKeyHolder;
use super::guarded::Guarded;
use super::{Result, Store};
use crate::domain::ids::TenantId;

/// Chunks in a minute's limit, at least.
const PARTS: i64 = 20;
/// The largest chunk of a tenant without a limit.
const UNLIMITED_CHUNK: i64 = 1_000;
/// Most tenants that are kept in mind.
const MOST: usize = 10_000;

/// How a call stands to the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub verdict: Verdict,
    /// Calls a minute; `None` is unlimited.
    pub limit: Option<i64>,
    /// Calls that are left in this minute, as far as this server knows.
    pub remaining: i64,
    /// Seconds until the next minute.
    pub resets_in: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    LetIn,
    /// The minute's calls are gone.
    TooFast,
    /// The day's calls are gone; the next day begins in so many seconds.
    DayFull {
        used: i64,
        limit: i64,
        resets_in: u64,
    },
}

/// What a server holds of one tenant's calls.
#[derive(Debug)]
struct Bucket {
    left: i64,
    until: Instant,
    chunk: i64,
    day: NaiveDate,
    lease: Option<Lease>,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    granted: i64,
    rate: Option<i64>,
    rate_left: Option<i64>,
    minute_left: f64,
    daily: Option<i64>,
    day_used: i64,
    day_left: f64,
    day: NaiveDate,
}

type Buckets = HashMap<TenantId, Arc<tokio::sync::Mutex<Bucket>>>;

#[derive(Default)]
pub(super) struct ApiRates(Mutex<Buckets>);

impl ApiRates {
    fn bucket(&self, tenant: TenantId, now: Instant) -> Arc<tokio::sync::Mutex<Bucket>> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&tenant) {
            // Whoever is asked about right now is held by somebody and stays.
            buckets.retain(|_, bucket| bucket.try_lock().is_err() || Arc::strong_count(bucket) > 1);
        }
        let fresh = || Bucket { left: 0, until: now, chunk: 0, day: NaiveDate::MIN, lease: None };
        buckets.entry(tenant).or_insert_with(|| Arc::new(tokio::sync::Mutex::new(fresh()))).clone()
    }
}

impl Bucket {
    fn pace(&self, lease: &Lease, now: Instant, verdict: Verdict) -> Pace {
        let resets_in = seconds(self.until.saturating_duration_since(now));
        let remaining = if verdict == Verdict::LetIn { self.left + lease.rate_left.unwrap_or(0) } else { 0 };
        Pace { verdict, limit: lease.rate, remaining, resets_in }
    }

    /// The answer without asking the database, while there is one.
    fn known(&mut self, now: Instant) -> Option<Pace> {
        let lease = self.lease.filter(|_| now < self.until)?;
        if self.left > 0 {
            self.left -= 1;
            return Some(self.pace(&lease, now, Verdict::LetIn));
        }
        (lease.granted == 0).then(|| self.pace(&lease, now, lease.refusal()))
    }

    /// How many calls to ask for: twice as many as the last time in the same minute.
    fn next_chunk(&self, now: Instant) -> i64 {
        let most = self.lease.map_or(1, |lease| lease.rate.map_or(UNLIMITED_CHUNK, |rate| (rate / PARTS).max(1)));
        if now < self.until { (self.chunk * 2).clamp(1, most) } else { 1 }
    }
}

impl Lease {
    fn refusal(&self) -> Verdict {
        match self.daily {
            Some(limit) if self.day_used >= limit => Verdict::DayFull {
                used: self.day_used,
                limit,
                resets_in: seconds(Duration::try_from_secs_f64(self.day_left).unwrap_or_default()),
            },
            Some(_) | None => Verdict::TooFast,
        }
    }
}

/// Whole seconds, begun ones counted, at least one.
fn seconds(left: Duration) -> u64 {
    (left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1)
}

impl Store {
    /// Counts one call of this key's tenant, if minute and day have one left.
    ///
    /// # Errors
    /// `Unavailable` when a chunk has to be taken and the database is away.
    pub async fn count_call(&self, holder: &ApiKeyHolder) -> Result<Pace> {
        let bucket = self.rates.bucket(holder.tenant(), Instant::now());
        // One of the callers takes the next chunk, the others wait for it.
        let mut bucket = bucket.lock().await;
        let now = Instant::now();
        if let Some(pace) = bucket.known(now) {
            return Ok(pace);
        }
        let want = bucket.next_chunk(now);
        let lease = self.lease_calls(holder.tenant(), want, bucket.left, bucket.day).await?;
        // From when it was asked for: the minute may end a little early here, never late.
        bucket.until = now + Duration::try_from_secs_f64(lease.minute_left).unwrap_or_default();
        (bucket.left, bucket.chunk, bucket.day, bucket.lease) = (lease.granted, want, lease.day, Some(lease));
        if lease.granted > 0 {
            bucket.left -= 1;
        }
        let verdict = if lease.granted > 0 { Verdict::LetIn } else { lease.refusal() };
        Ok(bucket.pace(&lease, now, verdict))
    }

    async fn lease_calls(&self, tenant: TenantId, want: i64, unused: i64, unused_day: NaiveDate) -> Result<Lease> {
        let mut tx = Guarded::begin(self.app_pool(), Some(tenant)).await?;
        // A bucket that never held a chunk gives nothing back.
        let unused_day = (unused > 0).then_some(unused_day);
        let row = sqlx::query!(
            r#"
            select granted as "granted!", rate, rate_left, minute_left as "minute_left!", daily, day_used as "day_used!",
              day_left as "day_left!", day as "day!"
            from api_lease($1, $2, $3, $4)
            "#,
            tenant.0,
            want,
            unused,
            unused_day,
        )
        .fetch_one(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(Lease {
            granted: row.granted,
            rate: row.rate,
            rate_left: row.rate_left,
            minute_left: row.minute_left,
            daily: row.daily,
            day_used: row.day_used,
            day_left: row.day_left,
            day: row.day,
        })
    }
}
