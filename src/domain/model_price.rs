//! What a model's units cost, by direction, from a day on.

use std::str::FromStr;

use chrono::NaiveDate;

use super::FieldError;
use super::name::Name;
use super::quantity::Unit;
use super::unit_price::UnitPrice;

/// What an event says of the way its units went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Input,
    Output,
    /// For events that name none.
    Any,
}

impl Direction {
    pub const ALL: [Direction; 3] = [Direction::Input, Direction::Output, Direction::Any];

    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Input => "input",
            Direction::Output => "output",
            Direction::Any => "any",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Direction::Input => "Input",
            Direction::Output => "Output",
            Direction::Any => "Any: events that name no direction",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose input, output or any.")]
pub struct UnknownDirection;

impl FromStr for Direction {
    type Err = UnknownDirection;

    fn from_str(text: &str) -> Result<Self, UnknownDirection> {
        Direction::ALL.into_iter().find(|direction| direction.as_str() == text).ok_or(UnknownDirection)
    }
}

/// What was typed.
#[derive(Debug, Clone, Default)]
pub struct NewPriceForm {
    pub meter: String,
    pub model: String,
    pub direction: String,
    pub price: String,
    pub per: String,
    pub valid_from: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrice {
    /// A metered meter's key.
    pub meter: String,
    pub model: Name,
    pub direction: Direction,
    pub price: UnitPrice,
    pub valid_from: NaiveDate,
}

/// The furthest day that a price can begin, in days.
const MOST_DAYS: i64 = 3_660;

fn parse_day(text: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let day: NaiveDate = text.trim().parse().map_err(|_| "Enter a day such as 2027-01-01.")?;
    match (day - today).num_days() {
        ..0 => Err("This day is over: what was reported keeps its cost. Enter today or a later one."),
        0..=MOST_DAYS => Ok(day),
        _ => Err("Enter a day within ten years."),
    }
}

impl NewPriceForm {
    /// `meters` are the keys and units of those that prices can be of.
    ///
    /// # Errors
    /// All that is wrong at once, in the order of the fields.
    pub fn parse(&self, meters: &[(String, Unit)], today: NaiveDate) -> Result<NewPrice, Vec<FieldError>> {
        let mut errors = Vec::new();
        let meter = meters.iter().find(|(key, _)| *key == self.meter);
        if meter.is_none() {
            errors.push(FieldError::new("meter", "Choose what is priced."));
        }
        let model: Option<Name> = match self.model.parse() {
            Ok(model) => Some(model),
            Err(super::name::NameError::Empty) => {
                errors.push(FieldError::new("model", "Enter the model as events name it."));
                None
            }
            Err(error) => {
                errors.push(FieldError::new("model", error));
                None
            }
        };
        let direction = self.direction.parse().map_err(|error: UnknownDirection| errors.push(FieldError::new("direction", error))).ok();
        let unit = meter.map_or(Unit::Count, |(_, unit)| *unit);
        let price = UnitPrice::parse(("price", "per"), (&self.price, &self.per), unit, 6, &mut errors);
        let valid_from = parse_day(&self.valid_from, today).map_err(|error| errors.push(FieldError::new("valid_from", error))).ok();
        match (meter, model, direction, price, valid_from) {
            (Some((meter, _)), Some(model), Some(direction), Some(price), Some(valid_from)) => {
                Ok(NewPrice { meter: meter.clone(), model, direction, price, valid_from })
            }
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_begins_today_or_later() {
        let today: NaiveDate = "2026-11-23".parse().expect("a literal day");
        let meters = [("tokens".to_owned(), Unit::Count)];
        let form = NewPriceForm {
            meter: "tokens".into(),
            model: " gpt-4o ".into(),
            direction: "input".into(),
            price: "0.000025".into(),
            per: "1".into(),
            valid_from: "2026-11-23".into(),
        };
        let price = form.parse(&meters, today).expect("a price");
        assert_eq!((price.model.as_str(), price.price.text(Unit::Count).as_str()), ("gpt-4o", "$0.000025 per 1"));
        let fields = |form: NewPriceForm| -> Vec<String> {
            form.parse(&meters, today).expect_err("wrong").into_iter().map(|error| error.field).collect()
        };
        for day in ["2026-11-22", "2037-01-01", "soon", "", "😀"] {
            assert_eq!(fields(NewPriceForm { valid_from: day.into(), ..form.clone() }), ["valid_from"], "{day}");
        }
        let all = ["meter", "model", "direction", "price", "per", "valid_from"];
        assert_eq!(fields(NewPriceForm::default()), all);
    }
}
