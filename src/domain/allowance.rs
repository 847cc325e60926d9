//! What one tenant gets besides its plan: an override in the plan's place, grants on top. Each with a reason.

use chrono::{DateTime, Utc};

use super::FieldError;
use super::quantity::Unit;
use super::reason::{Reason, ReasonError};
use super::{amount, last_day};

/// A quota in the place of the plan's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// `None` is unlimited.
    pub quota: Option<i64>,
    pub reason: Reason,
    /// From then on the plan's quota holds again.
    pub until: Option<DateTime<Utc>>,
}

/// A top-up that runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    pub amount: i64,
    pub reason: Reason,
    pub until: DateTime<Utc>,
}

impl Override {
    /// Reads the fields `quota`, `reason` and `until`.
    ///
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(quota: &str, reason: &str, until: &str, unit: Unit, now: DateTime<Utc>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let quota = amount::parse_quota(quota, unit).map_err(|error| errors.push(FieldError::new("quota", error))).ok();
        let reason = reason.parse().map_err(|error: ReasonError| errors.push(FieldError::new("reason", error))).ok();
        let until = last_day::parse(until, now).map_err(|error| errors.push(FieldError::new("until", error))).ok();
        match (quota, reason, until) {
            (Some(quota), Some(reason), Some(until)) => Ok(Self { quota, reason, until }),
            _ => Err(errors),
        }
    }
}

impl NewGrant {
    /// Reads the fields `amount`, `grant_reason` and `grant_until`.
    ///
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(amount: &str, reason: &str, until: &str, unit: Unit, now: DateTime<Utc>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let amount = amount::parse_positive(amount, unit).map_err(|error| errors.push(FieldError::new("amount", error))).ok();
        let until = last_day::parse_required(until, now).map_err(|error| errors.push(FieldError::new("grant_until", error))).ok();
        let reason = reason.parse().map_err(|error: ReasonError| errors.push(FieldError::new("grant_reason", error))).ok();
        match (amount, reason, until) {
            (Some(amount), Some(reason), Some(until)) => Ok(Self { amount, reason, until }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let now: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        let wrong = Override::parse("-1", " ", "yesterday", Unit::Count, now).expect_err("wrong");
        assert_eq!(fields(wrong), ["quota", "reason", "until"]);
        let wrong = NewGrant::parse("0", &"x".repeat(301), "", Unit::Count, now).expect_err("wrong");
        assert_eq!(fields(wrong), ["amount", "grant_until", "grant_reason"]);
        let set = Override::parse("", "a deal", "", Unit::Bytes, now).expect("good");
        assert_eq!((set.quota, set.until), (None, None));
        let grant = NewGrant::parse("5 GB", "sorry", "2026-11-23", Unit::Bytes, now).expect("good");
        assert_eq!((grant.amount, grant.until.to_rfc3339().as_str()), (5_000_000_000, "2026-11-24T00:00:00+00:00"));
    }
}
