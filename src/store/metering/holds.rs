//! Reserve first, settle later: a quantity that is held counts as used until it is committed, released, or its time is over.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::batch::Idempotency;
use crate::domain::metering::{Amount, Denial, Standing};
use crate::store::guarded::Guarded;
use crate::store::handle::Store;
use crate::store::{Result, StoreError};

/// What is to be held, by whom, and for how long.
#[derive(Debug, Clone)]
pub struct Hold {
    pub key_hash: [u8; 32],
    pub meter: String,
    pub amount: Amount,
    /// From now on, by the database's clock.
    pub seconds: i32,
    pub idempotency: Option<Idempotency>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    Held { reservation: Uuid, expires_at: Option<DateTime<Utc>>, standing: Standing },
    Refused(Standing),
    Denied(Denial),
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// All of it, or a part; the rest is free again.
    Commit(Option<Amount>),
    Release,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Also when the same was asked before. `amount` is what was committed.
    Done {
        meter: String,
        amount: i64,
        standing: Standing,
    },
    /// More was to be committed than is held.
    TooMuch,
    /// Its time was over before.
    Expired,
    /// It was settled in another way before.
    Otherwise,
    NotFound,
    Denied(Denial),
}

fn standing(
    used: Option<i64>,
    limit: Option<i64>,
    remaining: Option<i64>,
    resets_at: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
) -> Result<Standing> {
    match (used, resets_at) {
        (Some(used), Some(resets_at)) => Ok(Standing { used, limit, remaining, resets_at, at }),
        _ => Err(unexpected("no standing")),
    }
}

pub(super) fn unexpected(outcome: &str) -> StoreError {
    StoreError::Db(sqlx::Error::Decode(format!("an unexpected outcome: {outcome}").into()))
}

impl Store {
    /// Holds an amount, if the key may and the quota allows.
    ///
    /// # Errors
    /// `Unavailable` when the database is away, also where the meter's rule is to allow consuming meanwhile: nothing can be held then.
    pub async fn reserve(&self, hold: &Hold) -> Result<Reserved> {
        let mut tries = 0;
        loop {
            match self.try_reserve(hold).await {
                // Another server answered the same idempotency key meanwhile: its answer is there now.
                Err(StoreError::Db(sqlx::Error::Database(db))) if db.code().as_deref() == Some("40001") && tries < 3 => tries += 1,
                reserved => return reserved,
            }
        }
    }

    async fn try_reserve(&self, hold: &Hold) -> Result<Reserved> {
        let mut line = Guarded::open(self.app_pool()).await?;
        let row = sqlx::query!(
            r#"
            select metering_now() as "now!", outcome as "outcome!", reservation, expires_at, used, quota, remaining, resets_at
            from quota_reserve($1, $2, $3, $4, $5, $6)
            "#,
            hold.key_hash.as_slice(),
            hold.meter,
            hold.amount.get(),
            hold.seconds,
            hold.idempotency.map(|name| name.key),
            hold.idempotency.map(|name| name.request),
        )
        .fetch_one(line.conn())
        .await?;
        line.release();
        if let Some(denial) = Denial::of_outcome(&row.outcome) {
            return Ok(Reserved::Denied(denial));
        }
        let standing = standing(row.used, row.quota, row.remaining, row.resets_at, row.now)?;
        match (row.outcome.as_str(), row.reservation) {
            ("allowed" | "replayed", Some(reservation)) => Ok(Reserved::Held { reservation, expires_at: row.expires_at, standing }),
            ("refused", _) => Ok(Reserved::Refused(standing)),
            (other, _) => Err(unexpected(other)),
        }
    }

    /// Commits or releases what is held. The same call again finds it done.
    pub async fn settle(&self, key_hash: &[u8; 32], reservation: Uuid, settling: Settling) -> Result<Settled> {
        let (amount, commit) = match settling {
            Settling::Commit(amount) => (amount.map(Amount::get), true),
            Settling::Release => (None, false),
        };
        let mut line = Guarded::open(self.app_pool()).await?;
        let row = sqlx::query!(
            r#"
            select metering_now() as "now!", outcome as "outcome!", meter, amount, used, quota, remaining, resets_at
            from quota_settle($1, $2, $3, $4)
            "#,
            key_hash.as_slice(),
            reservation,
            amount,
            commit,
        )
        .fetch_one(line.conn())
        .await?;
        line.release();
        if let Some(denial) = Denial::of_outcome(&row.outcome) {
            return Ok(Settled::Denied(denial));
        }
        match (row.outcome.as_str(), row.meter, row.amount) {
            ("committed" | "released" | "again", Some(meter), Some(amount)) => {
                let amount = if commit { amount } else { 0 };
                Ok(Settled::Done { meter, amount, standing: standing(row.used, row.quota, row.remaining, row.resets_at, row.now)? })
            }
            ("too_much", ..) => Ok(Settled::TooMuch),
            ("expired", ..) => Ok(Settled::Expired),
            ("settled", ..) => Ok(Settled::Otherwise),
            ("not_found", ..) => Ok(Settled::NotFound),
            (other, ..) => Err(unexpected(other)),
        }
    }
}
