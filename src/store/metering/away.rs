//! What is answered while the database cannot be reached: each meter has its rule, and only keys that worked lately profit from it.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use sqlx::PgConnection;

use super::batch::{Consume, Consumed};
use crate::domain::metering::Denial;
use crate::store::{Result, StoreError};

/// A key that was last accepted longer ago is not believed without the database.
const BELIEVED: Duration = Duration::from_secs(60 * 60);
/// How many keys are remembered.
const KEYS: usize = 100_000;
/// How often the rules are read.
const READ_AGAIN: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct Rules {
    open: HashSet<String>,
    read_at: Option<Instant>,
    keys: HashMap<[u8; 32], Instant>,
}

impl Rules {
    /// Reads the meters' rules when they are old.
    pub(super) async fn refresh(&mut self, conn: &mut PgConnection) -> Result<()> {
        if self.read_at.is_some_and(|at| at.elapsed() < READ_AGAIN) {
            return Ok(());
        }
        let open = sqlx::query_scalar!("select key from meters where when_away = 'open'").fetch_all(conn).await?;
        self.open = open.into_iter().collect();
        self.read_at = Some(Instant::now());
        if self.open.is_empty() {
            self.keys.clear();
        }
        Ok(())
    }

    /// Remembers the key of an answer. Costs nothing where no meter is open.
    pub(super) fn learn(&mut self, consume: &Consume, answer: &Consumed) {
        if !self.open.contains(&consume.meter) {
            return;
        }
        match answer {
            Consumed::Denied(
                Denial::KeyInvalid | Denial::KeyRevoked | Denial::KeyExpired | Denial::WrongScope | Denial::TenantSuspended,
            ) => {
                self.keys.remove(&consume.key_hash);
            }
            _ => {
                if self.keys.len() >= KEYS {
                    self.keys.clear();
                }
                self.keys.insert(consume.key_hash, Instant::now());
            }
        }
    }

    /// The answer without a database.
    pub(super) fn answer(&self, consume: &Consume) -> Result<Consumed> {
        let believed = self.keys.get(&consume.key_hash).is_some_and(|at| at.elapsed() < BELIEVED);
        if believed && self.open.contains(&consume.meter) {
            return Ok(Consumed::Uncounted);
        }
        Err(StoreError::Unavailable("the meters cannot be reached".to_owned()))
    }
}
