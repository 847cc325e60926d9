//! What is done later, by the job runner of whichever server comes first.

use std::time::Duration;

use crate::store::Result;
use crate::store::guarded::Guarded;
use crate::store::handle::Store;

/// How often what was consumed is brought into `usage_days`, which pages read.
pub const FOLD: Duration = Duration::from_secs(1);
/// Counters of one turn. Pages lag by a second, and by another second for each so many tenants that consume at the same time: the summaries
/// that follow `usage_days` cost more than the counting itself, which must not wait for them.
pub const FOLDED_AT_ONCE: i32 = 250;
/// Rows of a kind that one sweep removes.
const SWEPT_AT_ONCE: i32 = 5_000;

impl Store {
    /// Brings what was consumed into `usage_days`; returns how many counters had something.
    pub async fn fold_usage(&self) -> Result<i32> {
        let mut tx = self.worker(None).await?;
        let counters = sqlx::query_scalar!(r#"select usage_fold($1) as "counters!""#, FOLDED_AT_ONCE).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(counters)
    }

    /// Frees what was held too long and removes what nobody asks for any more; returns how much was done.
    pub async fn sweep_quotas(&self) -> Result<i64> {
        let mut tx = self.worker(None).await?;
        let done = sqlx::query_scalar!(r#"select quota_sweep($1) as "done!""#, SWEPT_AT_ONCE).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(done)
    }
}

impl Store {
    /// The keys of all meters, as lists show them.
    pub async fn list_meter_keys(&self) -> Result<Vec<String>> {
        let mut line = Guarded::open(self.app_pool()).await?;
        let keys = sqlx::query_scalar!("select key from meters order by position, key").fetch_all(line.conn()).await?;
        line.release();
        Ok(keys)
    }
}
