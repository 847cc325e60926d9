//! A meter to be, and what of a meter can be changed.

use std::str::FromStr;

use super::FieldError;
use super::label::Label;
use super::meter::{Kind, MeterKey, WhenAway};
use super::quantity::Unit;

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
