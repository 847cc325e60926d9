//! What is counted: a meter's kind and key, and a meter to be.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::FieldError;
use super::label::Label;
use super::quantity::Unit;

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

/// Kind and period as a page says them: `metered by month`.
pub fn kind_text(kind: Kind, period: Option<&str>) -> String {
    match (kind, period) {
        (Kind::Allocated, _) => "what exists now".to_owned(),
        (Kind::Metered, Some(period)) => format!("used in a {period}"),
        (Kind::Rate, Some(period)) => format!("calls in a {period}"),
        (Kind::Metered | Kind::Rate, None) => "used".to_owned(),
        (Kind::Concurrent, _) => "at the same time".to_owned(),
    }
}

/// The kinds that can be added: their counting comes through the machine API. What exists and how often is called, Tenantry counts where it
/// happens, and only where it was built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    Month,
    Day,
    Concurrent,
}

impl Counting {
    pub const ALL: [Counting; 3] = [Counting::Month, Counting::Day, Counting::Concurrent];

    pub fn as_str(self) -> &'static str {
        match self {
            Counting::Month => "month",
            Counting::Day => "day",
            Counting::Concurrent => "concurrent",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Counting::Month => "Used in a month (UTC)",
            Counting::Day => "Used in a day (UTC)",
            Counting::Concurrent => "At the same time (leases)",
        }
    }

    /// Kind and period as the database writes them.
    pub fn stored(self) -> (&'static str, Option<&'static str>) {
        match self {
            Counting::Month => ("metered", Some("month")),
            Counting::Day => ("metered", Some("day")),
            Counting::Concurrent => ("concurrent", None),
        }
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

/// What was typed for a meter to be.
#[derive(Debug, Clone, Default)]
pub struct NewMeterForm {
    pub key: String,
    pub label: String,
    pub counting: String,
    pub unit: String,
    pub when_away: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMeter {
    pub key: MeterKey,
    pub label: Label,
    pub counting: Counting,
    pub unit: Unit,
    pub when_away: WhenAway,
}

/// What of a meter can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterChange {
    pub label: Label,
    pub when_away: WhenAway,
}

fn take<T: FromStr<Err: ToString>>(errors: &mut Vec<FieldError>, field: &str, text: &str) -> Option<T> {
    text.parse().map_err(|error: T::Err| errors.push(FieldError::new(field, error))).ok()
}

fn take_label(errors: &mut Vec<FieldError>, text: &str) -> Option<Label> {
    let label: Label = take(errors, "label", text)?;
    if label.as_str().eq_ignore_ascii_case("budget") {
        errors.push(FieldError::new("label", "The bar of costs is called so. Choose another."));
        return None;
    }
    Some(label)
}

/// Leases are refused while the database is away, whatever the meter says.
fn take_when_away(errors: &mut Vec<FieldError>, text: &str, metered: bool) -> Option<WhenAway> {
    match take(errors, "when_away", text)? {
        WhenAway::Open if !metered => {
            errors.push(FieldError::new("when_away", "Only what is used in a day or month can be allowed uncounted."));
            None
        }
        rule => Some(rule),
    }
}

impl NewMeterForm {
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(&self) -> Result<NewMeter, Vec<FieldError>> {
        let mut errors = Vec::new();
        let label = take_label(&mut errors, &self.label);
        let key = take(&mut errors, "key", &self.key);
        let counting = Counting::ALL.into_iter().find(|counting| counting.as_str() == self.counting);
        if counting.is_none() {
            errors.push(FieldError::new("counting", "Choose one of the three."));
        }
        let unit = take(&mut errors, "unit", &self.unit);
        let when_away = take_when_away(&mut errors, &self.when_away, counting != Some(Counting::Concurrent));
        match (key, label, counting, unit, when_away) {
            (Some(key), Some(label), Some(counting), Some(unit), Some(when_away)) => Ok(NewMeter { key, label, counting, unit, when_away }),
            _ => Err(errors),
        }
    }
}

impl MeterChange {
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(label: &str, when_away: &str, kind: Kind) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let label = take_label(&mut errors, label);
        let when_away = take_when_away(&mut errors, when_away, kind == Kind::Metered);
        match (label, when_away) {
            (Some(label), Some(when_away)) => Ok(Self { label, when_away }),
            _ => Err(errors),
        }
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

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        assert_eq!(fields(NewMeterForm::default().parse().expect_err("empty")), ["label", "key", "counting", "unit", "when_away"]);
        let mut form = NewMeterForm {
            key: "jobs".into(),
            label: "Running jobs".into(),
            counting: "concurrent".into(),
            unit: "count".into(),
            when_away: "open".into(),
        };
        assert_eq!(fields(form.parse().expect_err("leases are never open")), ["when_away"]);
        form.when_away = "closed".into();
        assert!(form.parse().is_ok());
        assert_eq!(fields(MeterChange::parse("Budget", "", Kind::Metered).expect_err("both")), ["label", "when_away"]);
    }
}
