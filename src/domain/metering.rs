//! What a metered request asks for and what it is told.

use chrono::{DateTime, Utc};

/// How much is asked for: 1 to 10^15, so that sums stay far from the end of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", Amount::MOST)]
pub struct AmountError;

impl Amount {
    pub const MOST: i64 = 1_000_000_000_000_000;

    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Amount {
    type Error = AmountError;

    fn try_from(amount: i64) -> Result<Self, AmountError> {
        if (1..=Self::MOST).contains(&amount) { Ok(Self(amount)) } else { Err(AmountError) }
    }
}

/// A counter as the answer to one request shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub used: i64,
    /// `None` is unlimited.
    pub limit: Option<i64>,
    /// What is neither used nor held.
    pub remaining: Option<i64>,
    pub resets_at: DateTime<Utc>,
    /// The database's instant that the answer is of.
    pub at: DateTime<Utc>,
}

/// Why a metered request has no standing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// Unknown, or of a tenant that is not there.
    KeyInvalid,
    KeyRevoked,
    KeyExpired,
    WrongScope,
    TenantSuspended,
    UnknownMeter,
    /// Allocated, rate and concurrent meters are not consumed.
    NotMetered,
    /// Leases are of concurrent meters.
    NotConcurrent,
    /// The idempotency key belongs to another request.
    KeyReused,
}

impl Denial {
    /// As the database writes it.
    pub fn of_outcome(outcome: &str) -> Option<Self> {
        Some(match outcome {
            "key_invalid" => Denial::KeyInvalid,
            "key_revoked" => Denial::KeyRevoked,
            "key_expired" => Denial::KeyExpired,
            "wrong_scope" => Denial::WrongScope,
            "tenant_suspended" => Denial::TenantSuspended,
            "unknown_meter" => Denial::UnknownMeter,
            "not_metered" => Denial::NotMetered,
            "not_concurrent" => Denial::NotConcurrent,
            "reused" => Denial::KeyReused,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_positive_and_far_from_overflow() {
        for (n, good) in [(1, true), (Amount::MOST, true), (0, false), (-1, false), (Amount::MOST + 1, false), (i64::MAX, false)] {
            assert_eq!(Amount::try_from(n).is_ok(), good, "{n}");
        }
    }
}
