//! Room under a limit, for what is counted by what exists or by what was done this period.

use super::access::stored;
use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::capability::Capability;
use crate::domain::limit::AtLimit;
use crate::domain::quantity::Unit;

/// What is used of a meter's quota, read under its lock: it stays true until the transaction ends.
pub(super) struct Room {
    state: AtLimit,
    quota: Option<i64>,
    /// By reservations: not used, and not free.
    held: i64,
}

impl Room {
    /// `None` is unlimited; of a quota that is used up and more it is negative.
    pub(super) fn left(&self) -> Option<i64> {
        self.quota.map(|quota| quota.saturating_sub(self.state.used).saturating_sub(self.held))
    }

    /// # Errors
    /// `AtLimit` when `more` would pass the quota.
    pub(super) fn take(self, more: i64) -> Result<()> {
        match (self.left(), self.quota) {
            (Some(left), Some(limit)) if more > left => Err(StoreError::AtLimit(Box::new(AtLimit { limit, ..self.state }))),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a meter's unit that this version does not know")]
struct UnknownUnit;

impl<C: Capability> TenantTx<C> {
    /// Lets one transaction of this tenant at a time take from a meter, and reads what is left. Lock this before any row.
    pub(super) async fn lock_room(&mut self, meter: &str) -> Result<Room> {
        // A statement of its own: the next one sees what the transaction before us committed.
        sqlx::query!("select allocation_lock($1)", meter).fetch_one(self.tx.conn()).await?;
        self.room(meter).await
    }

    /// What is left of a meter at this moment, without a promise.
    pub(super) async fn room(&mut self, meter: &str) -> Result<Room> {
        let row = sqlx::query!(
            r#"
            select m.label, m.unit, m.period, q.quota, coalesce(q.used, 0) as "used!", q.held as "held!"
            from quotas q
            join meters m on m.key = q.meter
            where q.tenant_id = $1
              and q.meter = $2
            "#,
            self.head.id.0,
            meter,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let unit = match row.unit.as_str() {
            "count" => Unit::Count,
            "bytes" => Unit::Bytes,
            _ => return stored(Err(UnknownUnit)),
        };
        let state = AtLimit { meter: meter.to_owned(), label: row.label, unit, period: row.period, used: row.used, limit: 0 };
        Ok(Room { state, quota: row.quota, held: row.held })
    }

    /// What stands against so much more at this moment, if anything: to show, never to guard.
    pub async fn find_limit(&mut self, meter: &str, more: i64) -> Result<Option<AtLimit>> {
        match self.room(meter).await?.take(more) {
            Ok(()) => Ok(None),
            Err(StoreError::AtLimit(limit)) => Ok(Some(*limit)),
            Err(error) => Err(error),
        }
    }

    /// Used and quota of a meter, to show.
    pub async fn get_level(&mut self, meter: &str) -> Result<(i64, Option<i64>)> {
        let Room { state, quota, .. } = self.room(meter).await?;
        Ok((state.used, quota))
    }
}
