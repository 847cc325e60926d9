//! Calls of the machine API a minute and a day, of a tenant and of a key that has a limit of its own, counted for all servers in the database.
//!
//! A server takes a chunk of calls for a key and answers from it without asking again. A chunk is taken before its calls are let in, of the
//! minutes of key and tenant and of the tenant's day, and is good only within its minute by the database's clock, so that all servers together
//! never let in more than the limits: the overshoot is 0. They may let in fewer, by what lies unused in chunks when the calls are gone: at most
//! a twentieth of the limit for each server and key. Chunks begin at one call and double while they are used up.
//!
//! The day's calls are counted on the meter `api_calls`. A chunk is held there as reserved; with the next chunk, or soon after its minute, or
//! when it stops, the server says how many calls were made, which are then used, and how many come back. A server that dies leaves its chunks
//! reserved until the day ends, and so does one whose connection breaks while this is committed: calls are never counted twice.
//!
//! | file | what |
//! |---|---|
//! | `bucket.rs` | what a server holds for one key, and its answers from that |
//! | `chunk.rs` | taking and settling chunks |

mod bucket;
mod chunk;

use std::time::{Duration, Instant};

pub(super) use bucket::ApiRates;
use bucket::Held;

use super::access::ApiKeyHolder;
use super::guarded::Guarded;
use super::refusals::Refused;
use super::{Result, Store, StoreError};
use crate::domain::ids::TenantId;

/// How often buckets are looked through for calls that are to be reported.
pub const SETTLE: Duration = Duration::from_secs(2);
/// Buckets that are settled in one turn.
const SETTLED_AT_ONCE: usize = 500;

/// How a call stands to the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub verdict: Verdict,
    /// The limit that binds; `None` is unlimited.
    pub limit: Option<Limit>,
    /// Calls that are left in this minute, as far as this server knows.
    pub remaining: i64,
    /// Seconds until the next minute.
    pub resets_in: u64,
}

/// Calls a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub calls: i64,
    /// The key's own, and not the tenant's.
    pub own: bool,
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

/// Whose calls are to be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Those of minutes that are over.
    Past,
    /// All: the server stops.
    All,
}

impl Store {
    /// Counts one call with this key, if its minute, its tenant's minute and its day have one left.
    ///
    /// # Errors
    /// `Unavailable` when a chunk has to be taken and the database is away.
    pub async fn count_call(&self, holder: &ApiKeyHolder) -> Result<Pace> {
        // One of the callers takes the next chunk, the others wait for it.
        let mut held = self.rates.bucket(holder.tenant(), holder.key(), Instant::now()).lock_owned().await;
        let pace = match held.known(Instant::now()) {
            Some(pace) => pace,
            None => {
                // In a task of its own: a caller who goes away does not leave it open what was taken and reported.
                let store = self.clone();
                let taken = tokio::spawn(async move {
                    let pace = store.take_chunk(&mut held).await;
                    (held, pace)
                });
                let (back, pace) = taken.await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
                held = back;
                pace?
            }
        };
        self.note_refusals(held, Due::Past).await;
        Ok(pace)
    }

    /// Writes refusals of this key down, at most once a second, whatever their number; when the server stops, the last ones.
    async fn note_refusals(&self, mut held: Held, due: Due) {
        let Some((tenant, note)) = held.note(due, Instant::now()) else { return };
        // Nobody waits for the note.
        drop(held);
        if let Err(error) = self.write_refusal(tenant, &note).await {
            tracing::warn!(%error, "refused calls left no trace");
        }
    }

    async fn write_refusal(&self, tenant: TenantId, note: &Refused<'_>) -> Result<()> {
        let mut tx = Guarded::begin(self.app_pool(), Some(tenant)).await?;
        note.write(tx.conn()).await?;
        tx.commit().await
    }

    /// Reports the calls of buckets that are due, and what was refused; returns how many were settled, to call again while it is not 0.
    ///
    /// # Errors
    /// When the database is away: what is not reported stays where it is.
    pub async fn settle_calls(&self, due: Due) -> Result<usize> {
        let mut settled = 0;
        for bucket in self.rates.all() {
            let mut held = bucket.lock_owned().await;
            if held.to_settle(due, Instant::now()) {
                self.settle_chunk(&mut held).await?;
                settled += 1;
            }
            self.note_refusals(held, due).await;
            if settled == SETTLED_AT_ONCE {
                break;
            }
        }
        Ok(settled)
    }
}
