//! What a server holds of the calls of one key, and the answers that it gives from that without the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use uuid::Uuid;

use super::chunk::{Bound, Chunk};
use super::{Due, Limit, Pace, Verdict};
use crate::domain::ids::TenantId;
use crate::store::refusals::Refused;

/// Chunks in a minute's limit, at least.
const PARTS: i64 = 20;
/// The largest chunk of a tenant without a limit.
const UNLIMITED_CHUNK: i64 = 1_000;
/// Most keys that are kept in mind.
const MOST: usize = 10_000;
/// A key's refusals are written down that often at most.
const NOTE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Bucket {
    pub tenant: TenantId,
    pub key: Uuid,
    /// Calls of the chunk that may still be made, and those that were made and are not reported.
    pub left: i64,
    pub made: i64,
    until: Instant,
    size: i64,
    pub day: NaiveDate,
    chunk: Option<Chunk>,
    /// Calls that were refused and are not written down, the chunk that refused the last of them, and when some were written down last.
    refused: i64,
    refused_by: Option<Chunk>,
    noted_at: Option<Instant>,
}

type Shared = Arc<tokio::sync::Mutex<Bucket>>;
pub(super) type Held = tokio::sync::OwnedMutexGuard<Bucket>;

#[derive(Default)]
pub(in crate::store) struct ApiRates(Mutex<HashMap<Uuid, Shared>>);

impl ApiRates {
    pub(super) fn bucket(&self, tenant: TenantId, key: Uuid, now: Instant) -> Shared {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            // Whoever is asked about right now is held by somebody and stays, and so does who has something to report.
            buckets.retain(|_, bucket| {
                Arc::strong_count(bucket) > 1 || bucket.try_lock().map_or(true, |bucket| bucket.unreported() || bucket.refused > 0)
            });
        }
        let fresh = || Bucket {
            tenant,
            key,
            left: 0,
            made: 0,
            until: now,
            size: 0,
            day: NaiveDate::MIN,
            chunk: None,
            refused: 0,
            refused_by: None,
            noted_at: None,
        };
        buckets.entry(key).or_insert_with(|| Arc::new(tokio::sync::Mutex::new(fresh()))).clone()
    }

    pub(super) fn all(&self) -> Vec<Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

impl Bucket {
    fn unreported(&self) -> bool {
        self.made > 0 || self.left > 0
    }

    pub fn to_settle(&self, due: Due, now: Instant) -> bool {
        self.unreported() && (due == Due::All || now >= self.until)
    }

    fn pace(&self, chunk: &Chunk, now: Instant, verdict: Verdict) -> Pace {
        let resets_in = seconds(self.until.saturating_duration_since(now));
        let (limit, left) = chunk.binds();
        let remaining = if verdict == Verdict::LetIn { self.left + left } else { 0 };
        Pace { verdict, limit, remaining, resets_in }
    }

    fn refuse(&mut self, chunk: &Chunk, now: Instant, verdict: Verdict) -> Pace {
        self.refused += 1;
        self.refused_by = Some(*chunk);
        self.pace(chunk, now, verdict)
    }

    /// The answer without asking the database, while there is one.
    pub fn known(&mut self, now: Instant) -> Option<Pace> {
        let chunk = self.chunk.filter(|_| now < self.until)?;
        if self.left > 0 {
            self.left -= 1;
            self.made += 1;
            return Some(self.pace(&chunk, now, Verdict::LetIn));
        }
        chunk.refusal().map(|verdict| self.refuse(&chunk, now, verdict))
    }

    /// How many calls to ask for: twice as many as the last time in the same minute.
    pub fn next_size(&self, now: Instant) -> i64 {
        let most = self.chunk.map_or(1, |chunk| chunk.binds().0.map_or(UNLIMITED_CHUNK, |limit| (limit.calls / PARTS).max(1)));
        if now < self.until { (self.size * 2).clamp(1, most) } else { 1 }
    }

    /// A new chunk, and the first call made of it. `asked` is when it was asked for: the minute may end a little early here, never late.
    pub fn fill(&mut self, chunk: Chunk, size: i64, asked: Instant) -> Pace {
        self.until = asked + Duration::try_from_secs_f64(chunk.minute_left).unwrap_or_default();
        (self.left, self.size, self.day, self.chunk) = (chunk.granted, size, chunk.day, Some(chunk));
        if let Some(verdict) = chunk.refusal() {
            return self.refuse(&chunk, asked, verdict);
        }
        self.left -= 1;
        self.made += 1;
        self.pace(&chunk, asked, Verdict::LetIn)
    }

    /// What is to be written down of refused calls.
    pub fn note(&mut self, due: Due, now: Instant) -> Option<(TenantId, Refused<'static>)> {
        let lately = due == Due::Past && self.noted_at.is_some_and(|at| now.duration_since(at) < NOTE);
        if self.refused == 0 || lately {
            return None;
        }
        let chunk = self.refused_by?;
        let (meter, used, limit, own) = match (chunk.bound, chunk.binds().0) {
            (Some(Bound::Day), _) => ("api_calls", chunk.day_used, chunk.daily.unwrap_or(0), false),
            (_, Some(Limit { calls, own })) => ("api_rate", calls, calls, own),
            (_, None) => return None,
        };
        self.noted_at = Some(now);
        let times = std::mem::take(&mut self.refused);
        Some((self.tenant, Refused { meter, used, limit, key: Some(self.key), own, times }))
    }
}

/// Whole seconds, begun ones counted, at least one.
pub(super) fn seconds(left: Duration) -> u64 {
    (left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1)
}
