//! What is counted: a meter's kind, its key, and what is answered while the database is away.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How a meter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What exists now; Tenantry keeps the things themselves.
    Allocated,
    /// What was used in a UTC day or month.
    Metered,
    /// Calls a minute, which the servers count themselves.
    Rate,
    /// What runs at the same time: leases.
    Concurrent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of meter")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Ok(match text {
            "allocated" => Kind::Allocated,
            "metered" => Kind::Metered,
            "rate" => Kind::Rate,
            "concurrent" => Kind::Concurrent,
            _ => return Err(UnknownKind),
        })
    }
}

/// Kind and period as a page says them: `used in a month`.
pub fn kind_text(kind: Kind, period: Option<&str>) -> String {
    match (kind, period) {
        (Kind::Allocated, _) => "what exists now".to_owned(),
        (Kind::Metered, Some(period)) => format!("used in a {period}"),
        (Kind::Rate, Some(period)) => format!("calls in a {period}"),
        (Kind::Metered | Kind::Rate, None) => "used".to_owned(),
        (Kind::Concurrent, _) => "at the same time".to_owned(),
    }
}

/// What servers answer to consume while they cannot reach the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenAway {
    /// 503.
    Closed,
    /// Allowed, without counting, to keys that worked lately.
    Open,
}

impl WhenAway {
    pub const ALL: [WhenAway; 2] = [WhenAway::Closed, WhenAway::Open];

    pub fn as_str(self) -> &'static str {
        match self {
            WhenAway::Closed => "closed",
            WhenAway::Open => "open",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            WhenAway::Closed => "Refuse (503)",
            WhenAway::Open => "Allow, uncounted",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose refuse or allow.")]
pub struct UnknownWhenAway;

impl FromStr for WhenAway {
    type Err = UnknownWhenAway;

    fn from_str(text: &str) -> Result<Self, UnknownWhenAway> {
        WhenAway::ALL.into_iter().find(|rule| rule.as_str() == text).ok_or(UnknownWhenAway)
    }
}

/// What programs call a meter: 1 to 40 lower-case letters, digits, hyphens and underscores, a letter first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterKey(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeterKeyError {
    #[error("Enter a key.")]
    Empty,
    #[error("Use at most 40 characters.")]
    TooLong,
    #[error("Use lower-case letters, digits, hyphens and underscores, and a letter first.")]
    Malformed,
    #[error("This word has a meaning of its own. Choose another.")]
    Reserved,
}

/// `budget` is the bar of costs; the others have paths of their own beside the meters'.
const RESERVED: [&str; 3] = ["budget", "new", "reservations"];

impl MeterKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MeterKey {
    type Err = MeterKeyError;

    fn from_str(text: &str) -> Result<Self, MeterKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(MeterKeyError::Empty);
        }
        let known = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
        if !text.bytes().all(known) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(MeterKeyError::Malformed);
        }
        if text.len() > 40 {
            return Err(MeterKeyError::TooLong);
        }
        if RESERVED.contains(&text) {
            return Err(MeterKeyError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for MeterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_word_of_addresses() {
        for good in ["gpu_seconds", "images-2", "a", &"a".repeat(40)] {
            assert_eq!(good.parse::<MeterKey>().map(|key| key.to_string()).as_deref(), Ok(good));
        }
        for (bad, error) in [
            (" ", MeterKeyError::Empty),
            (&*"a".repeat(41), MeterKeyError::TooLong),
            ("Images", MeterKeyError::Malformed),
            ("2d", MeterKeyError::Malformed),
            ("a/b", MeterKeyError::Malformed),
            ("a😀", MeterKeyError::Malformed),
            ("budget", MeterKeyError::Reserved),
        ] {
            assert_eq!(bad.parse::<MeterKey>(), Err(error), "{bad}");
        }
    }
}
