//! Taking chunks of calls from the database, and saying what became of them.

use std::time::{Duration, Instant};

use chrono::NaiveDate;

use super::bucket::{Bucket, seconds};
use super::{Limit, Pace, Verdict};
use crate::store::access::stored;
use crate::store::guarded::Guarded;
use crate::store::{Result, Store};

/// What leaves no call to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// The tenant's minute.
    Minute,
    Key,
    Day,
}

#[derive(Debug, thiserror::Error)]
#[error("a bound that this version does not know")]
struct UnknownBound;

#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub granted: i64,
    /// Why nothing was granted.
    pub bound: Option<Bound>,
    rate: Option<i64>,
    rate_left: Option<i64>,
    key_rate: Option<i64>,
    key_left: Option<i64>,
    pub minute_left: f64,
    pub daily: Option<i64>,
    pub day_used: i64,
    day_left: f64,
    pub day: NaiveDate,
}

impl Chunk {
    /// The minute's limit that leaves fewer calls, and how many it leaves besides this chunk.
    pub fn binds(&self) -> (Option<Limit>, i64) {
        let tenant = self.rate.zip(self.rate_left).map(|(calls, left)| (Limit { calls, own: false }, left));
        let key = self.key_rate.zip(self.key_left).map(|(calls, left)| (Limit { calls, own: true }, left));
        match (tenant, key) {
            (Some(tenant), Some(key)) if key.1 <= tenant.1 => (Some(key.0), key.1),
            (Some(tenant), _) => (Some(tenant.0), tenant.1),
            (None, Some(key)) => (Some(key.0), key.1),
            (None, None) => (None, 0),
        }
    }

    pub fn refusal(&self) -> Option<Verdict> {
        self.bound.map(|bound| match bound {
            Bound::Day => Verdict::DayFull {
                used: self.day_used,
                limit: self.daily.unwrap_or(0),
                resets_in: seconds(Duration::try_from_secs_f64(self.day_left).unwrap_or_default()),
            },
            Bound::Minute | Bound::Key => Verdict::TooFast,
        })
    }
}

impl Store {
    /// Reports what became of the chunk before and takes the next one, for a call.
    pub(super) async fn take_chunk(&self, bucket: &mut Bucket) -> Result<Pace> {
        let now = Instant::now();
        let size = bucket.next_size(now);
        let mut tx = Guarded::begin(self.app_pool(), Some(bucket.tenant)).await?;
        let row = sqlx::query!(
            r#"
            select granted as "granted!", bound, rate, rate_left, key_rate, key_left, minute_left as "minute_left!", daily,
              day_used as "day_used!", day_left as "day_left!", day as "day!"
            from api_lease($1, $2, $3, $4, $5)
            "#,
            bucket.key,
            size,
            (bucket.made + bucket.left > 0).then_some(bucket.day),
            bucket.made,
            bucket.left,
        )
        .fetch_one(tx.conn())
        .await?;
        let bound = match row.bound.as_deref() {
            None => None,
            Some("minute") => Some(Bound::Minute),
            Some("key") => Some(Bound::Key),
            Some("day") => Some(Bound::Day),
            Some(_) => return stored(Err(UnknownBound)),
        };
        self.close_chunk(bucket, tx).await?;
        let chunk = Chunk {
            granted: row.granted,
            bound,
            rate: row.rate,
            rate_left: row.rate_left,
            key_rate: row.key_rate,
            key_left: row.key_left,
            minute_left: row.minute_left,
            daily: row.daily,
            day_used: row.day_used,
            day_left: row.day_left,
            day: row.day,
        };
        Ok(bucket.fill(chunk, size, now))
    }

    /// Reports what became of the chunk.
    pub(super) async fn settle_chunk(&self, bucket: &mut Bucket) -> Result<()> {
        let mut tx = Guarded::begin(self.app_pool(), Some(bucket.tenant)).await?;
        sqlx::query!("select api_settle($1, $2, $3)", bucket.day, bucket.made, bucket.left).execute(tx.conn()).await?;
        self.close_chunk(bucket, tx).await
    }

    /// What was reported is forgotten before it is committed: if the commit's answer is lost, it is not reported again.
    async fn close_chunk(&self, bucket: &mut Bucket, tx: Guarded) -> Result<()> {
        (bucket.made, bucket.left) = (0, 0);
        tx.commit().await
    }
}
