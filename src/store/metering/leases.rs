//! Concurrent meters: a lease for each that runs. It lives from heartbeat to heartbeat and no longer counts when it expired.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::holds::unexpected;
use crate::domain::metering::Denial;
use crate::store::Result;
use crate::store::guarded::Guarded;
use crate::store::handle::Store;

/// What is asked of a concurrent meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leasing {
    Open { seconds: i32 },
    Extend { lease: Uuid, seconds: i32 },
    End { lease: Uuid },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// Opened or extended. `used` counts all that live now.
    Lives {
        lease: Uuid,
        expires_at: DateTime<Utc>,
        used: i64,
        limit: Option<i64>,
    },
    Ended {
        used: i64,
        limit: Option<i64>,
    },
    /// As many run as may; the first of them would expire in so many seconds.
    Refused {
        used: i64,
        limit: Option<i64>,
        frees_in: i64,
    },
    /// Never there, ended, or expired.
    NotFound,
    Denied(Denial),
}

impl Store {
    pub async fn lease(&self, key_hash: &[u8; 32], meter: &str, leasing: Leasing) -> Result<Lease> {
        let (lease, seconds) = match leasing {
            Leasing::Open { seconds } => (None, seconds),
            Leasing::Extend { lease, seconds } => (Some(lease), seconds),
            Leasing::End { lease } => (Some(lease), 0),
        };
        let mut line = Guarded::open(self.app_pool()).await?;
        let row = sqlx::query!(
            r#"
            select metering_now() as "now!", outcome as "outcome!", lease, expires_at, used, quota
            from quota_lease($1, $2, $3, $4)
            "#,
            key_hash.as_slice(),
            meter,
            lease,
            seconds,
        )
        .fetch_one(line.conn())
        .await?;
        line.release();
        if let Some(denial) = Denial::of_outcome(&row.outcome) {
            return Ok(Lease::Denied(denial));
        }
        let (used, limit) = (row.used.unwrap_or(0), row.quota);
        match (row.outcome.as_str(), row.lease, row.expires_at) {
            ("opened" | "extended", Some(lease), Some(expires_at)) => Ok(Lease::Lives { lease, expires_at, used, limit }),
            ("ended", ..) => Ok(Lease::Ended { used, limit }),
            ("refused", _, frees_at) => Ok(Lease::Refused { used, limit, frees_in: frees_at.map_or(0, |at| (at - row.now).num_seconds()) }),
            ("not_found", ..) => Ok(Lease::NotFound),
            (other, ..) => Err(unexpected(other)),
        }
    }
}
