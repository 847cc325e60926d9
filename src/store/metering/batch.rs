//! A batch of requests as one statement.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::metering::{Amount, Denial, Standing};
use crate::store::{Result, StoreError};

/// A client's own name for one request; a repetition gets the first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Idempotency {
    pub(super) key: Uuid,
    pub(super) request: Uuid,
}

impl Idempotency {
    /// `request` is everything that makes it this request and no other.
    pub fn new(key: &str, request: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in request {
            // With their lengths, so that no two lists of parts read the same.
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        Self { key: half(Sha256::digest(key.as_bytes()).into()), request: half(hash.finalize().into()) }
    }
}

/// 128 bits: enough that nobody finds two of the same, and a column of fixed size.
fn half(hash: [u8; 32]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(bytes)
}

/// One request to count.
#[derive(Debug, Clone)]
pub struct Consume {
    /// SHA-256 of the key that asks.
    pub key_hash: [u8; 32],
    pub meter: String,
    pub amount: Amount,
    pub idempotency: Option<Idempotency>,
}

/// Its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumed {
    Allowed(Standing),
    /// Past the limit, counted, and billed.
    Overage(Standing),
    /// Past the limit, not counted: free models only.
    Degraded(Standing),
    Refused(Standing),
    Denied(Denial),
    /// The database is away and the meter's rule is to allow meanwhile; nothing is counted.
    Uncounted,
}

impl Consumed {
    fn of(outcome: &str, standing: Standing) -> Option<Self> {
        Some(match outcome {
            "allowed" => Consumed::Allowed(standing),
            "overage" => Consumed::Overage(standing),
            "degraded" => Consumed::Degraded(standing),
            "refused" => Consumed::Refused(standing),
            _ => return None,
        })
    }
}

/// The arrays of the statement.
#[derive(Default)]
struct Columns<'a> {
    key_hashes: Vec<&'a [u8]>,
    meters: Vec<&'a str>,
    accounts: Vec<i32>,
    amounts: Vec<i64>,
    keys: Vec<Option<Uuid>>,
    requests: Vec<Option<Uuid>>,
}

impl<'a> Columns<'a> {
    fn of(batch: impl ExactSizeIterator<Item = &'a Consume>) -> Self {
        let mut columns = Columns::default();
        let mut known: HashMap<(&[u8; 32], &str), i32> = HashMap::with_capacity(batch.len());
        for consume in batch {
            let account = *known.entry((&consume.key_hash, consume.meter.as_str())).or_insert_with(|| {
                columns.key_hashes.push(consume.key_hash.as_slice());
                columns.meters.push(consume.meter.as_str());
                // Arrays of PostgreSQL begin with 1; a batch is a few hundred requests.
                i32::try_from(columns.meters.len()).unwrap_or(i32::MAX)
            });
            columns.accounts.push(account);
            columns.amounts.push(consume.amount.get());
            columns.keys.push(consume.idempotency.map(|name| name.key));
            columns.requests.push(consume.idempotency.map(|name| name.request));
        }
        columns
    }
}

fn garbled(what: &str) -> StoreError {
    StoreError::Db(sqlx::Error::Decode(format!("quota_consume answered something else than asked: {what}").into()))
}

/// Counts the batch in the order given, in a transaction of its own; committed when this returns. One answer each.
pub(super) async fn write<'a>(conn: &mut PgConnection, batch: impl ExactSizeIterator<Item = &'a Consume>) -> Result<Vec<Consumed>> {
    let columns = Columns::of(batch);
    let named = columns.keys.iter().any(Option::is_some);
    let row = sqlx::query!(
        r#"
        select
          instant as "instant!", outcomes, used as "used!: Vec<Option<i64>>",
          quotas as "quotas: Vec<Option<i64>>", reserved as "reserved: Vec<Option<i64>>", resets as "resets: Vec<Option<DateTime<Utc>>>",
          first_at, first_outcomes, first_used, first_quotas as "first_quotas: Vec<Option<i64>>",
          first_remaining as "first_remaining: Vec<Option<i64>>", first_resets
        from quota_consume($1, $2, $3, $4, $5, $6)
        "#,
        columns.key_hashes.as_slice() as _,
        columns.meters.as_slice() as _,
        columns.accounts.as_slice(),
        columns.amounts.as_slice(),
        named.then_some(columns.keys.as_slice()) as _,
        named.then_some(columns.requests.as_slice()) as _,
    )
    .fetch_one(conn)
    .await?;
    let (quotas, reserved, resets) = (row.quotas.unwrap_or_default(), row.reserved.unwrap_or_default(), row.resets.unwrap_or_default());
    let mut answers = Vec::with_capacity(columns.accounts.len());
    for n in 0..columns.accounts.len() {
        let outcome = match &row.outcomes {
            // Whoever asked was allowed.
            None => "allowed",
            Some(outcomes) => outcomes.get(n).ok_or_else(|| garbled("outcomes"))?,
        };
        if let Some(denial) = Denial::of_outcome(outcome) {
            answers.push(Consumed::Denied(denial));
            continue;
        }
        if outcome == "replayed" {
            // Filled in below.
            answers.push(Consumed::Uncounted);
            continue;
        }
        let account = columns.accounts.get(n).and_then(|account| usize::try_from(account - 1).ok()).ok_or_else(|| garbled("accounts"))?;
        let used = row.used.get(n).copied().flatten().ok_or_else(|| garbled("used"))?;
        let limit = quotas.get(account).copied().flatten();
        let held = reserved.get(account).copied().flatten().unwrap_or(0);
        let resets_at = resets.get(account).copied().flatten().ok_or_else(|| garbled("resets"))?;
        let remaining = limit.map(|limit| (limit - used - held).max(0));
        let standing = Standing { used, limit, remaining, resets_at, at: row.instant };
        answers.push(Consumed::of(outcome, standing).ok_or_else(|| garbled(outcome))?);
    }
    if let (Some(at), Some(outcomes), Some(used), Some(resets)) = (row.first_at, row.first_outcomes, row.first_used, row.first_resets) {
        let (limits, remaining) = (row.first_quotas.unwrap_or_default(), row.first_remaining.unwrap_or_default());
        for (f, n) in at.iter().enumerate() {
            let answer = usize::try_from(n - 1).ok().and_then(|n| answers.get_mut(n)).ok_or_else(|| garbled("first_at"))?;
            let outcome = outcomes.get(f).map_or("", String::as_str);
            if outcome != "reused" {
                let standing = Standing {
                    used: used.get(f).copied().ok_or_else(|| garbled("first_used"))?,
                    limit: limits.get(f).copied().flatten(),
                    remaining: remaining.get(f).copied().flatten(),
                    resets_at: resets.get(f).copied().ok_or_else(|| garbled("first_resets"))?,
                    at: row.instant,
                };
                *answer = Consumed::of(outcome, standing).ok_or_else(|| garbled(outcome))?;
            }
        }
    }
    Ok(answers)
}
