//! What a tenant's plan has, and where staff let one tenant have it otherwise.

use chrono::{DateTime, Utc};

use super::FieldError;
use super::last_day;
use super::reason::{Reason, ReasonError};

/// A feature for one tenant as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// `None` is as the plan says.
    pub enabled: Option<bool>,
    pub reason: Reason,
    /// From then on the plan holds again. `None` is until it is changed again.
    pub until: Option<DateTime<Utc>>,
}

impl Switch {
    /// Reads the fields `state` (`on`, `off` or `plan`), `reason` and `until`.
    ///
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(state: &str, reason: &str, until: &str, now: DateTime<Utc>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let enabled = match state {
            "on" => Some(Some(true)),
            "off" => Some(Some(false)),
            "plan" => Some(None),
            _ => {
                errors.push(FieldError::new("state", "Choose one of the list."));
                None
            }
        };
        let reason = reason.parse().map_err(|error: ReasonError| errors.push(FieldError::new("reason", error))).ok();
        let until = last_day::parse(until, now).map_err(|error| errors.push(FieldError::new("until", error))).ok();
        match (enabled, reason, until) {
            (Some(None), Some(_), Some(Some(_))) => {
                Err(vec![FieldError::new("until", "The plan has no end here: leave this out, or choose on or off.")])
            }
            (Some(enabled), Some(reason), Some(until)) => Ok(Self { enabled, reason, until }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_on_off_or_the_plans() {
        let now: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().expect("a literal time");
        for (state, enabled) in [("on", Some(true)), ("off", Some(false)), ("plan", None)] {
            assert_eq!(Switch::parse(state, "a deal", "", now).map(|switch| switch.enabled), Ok(enabled));
        }
        let until = Switch::parse("on", "a pilot", "2026-12-31", now).expect("good").until;
        assert_eq!(until.map(|until| until.to_rfc3339()).as_deref(), Some("2027-01-01T00:00:00+00:00"));
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        assert_eq!(fields(Switch::parse("maybe", " ", "yesterday", now).expect_err("wrong")), ["state", "reason", "until"]);
        assert_eq!(fields(Switch::parse("plan", "over", "2026-12-31", now).expect_err("wrong")), ["until"]);
    }
}
