//! Why somebody did something to a tenant: text that its people read.

use std::fmt;
use std::str::FromStr;

/// 1 to 300 characters, line breaks allowed, nothing else that cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

const MAX_LENGTH: usize = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    #[error("Enter a reason: the tenant's people read it.")]
    Empty,
    #[error("Use at most 300 characters.")]
    TooLong,
    #[error("Leave out invisible characters.")]
    Invisible,
}

impl Reason {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ReasonError::Empty);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(ReasonError::TooLong);
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
            return Err(ReasonError::Invisible);
        }
        Ok(Reason(text.to_owned()))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_said_and_not_a_novel() {
        assert_eq!(" unpaid\r\nsince May ".parse::<Reason>().map(|reason| reason.to_string()).as_deref(), Ok("unpaid\r\nsince May"));
        for (bad, error) in [(" ", ReasonError::Empty), (&"x".repeat(301), ReasonError::TooLong), ("un\0paid", ReasonError::Invisible)] {
            assert_eq!(bad.parse::<Reason>(), Err(error));
        }
    }
}
