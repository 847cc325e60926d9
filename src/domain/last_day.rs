//! Until when something holds: a day that is typed, and the instant at which it is over.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// The furthest end that can be given, in days.
pub const MOST_DAYS: i64 = 3_660;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LastDayError {
    #[error("Enter a day.")]
    Missing,
    #[error("Enter a day such as 2027-12-31.")]
    Malformed,
    #[error("This day is over. Enter today or a later one.")]
    Over,
    #[error("Enter a day within ten years.")]
    TooFar,
}

/// The end of the UTC day `2027-12-31`; `None` for nothing.
///
/// # Errors
/// What is wrong, as it is said beside the field.
pub fn parse(text: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, LastDayError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let next = text.parse::<NaiveDate>().ok().and_then(|day| day.succ_opt()).ok_or(LastDayError::Malformed)?;
    let end = next.and_time(NaiveTime::MIN).and_utc();
    if end <= now {
        Err(LastDayError::Over)
    } else if (end - now).num_days() > MOST_DAYS {
        Err(LastDayError::TooFar)
    } else {
        Ok(Some(end))
    }
}

/// As [`parse`], where there has to be an end.
///
/// # Errors
/// As [`parse`]; `Missing` for nothing.
pub fn parse_required(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, LastDayError> {
    parse(text, now)?.ok_or(LastDayError::Missing)
}

/// The day whose end this is, as a form shows it again.
pub fn day_of(end: DateTime<Utc>) -> NaiveDate {
    (end - chrono::TimeDelta::microseconds(1)).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_holds_until_its_last_day_is_over() {
        let now: DateTime<Utc> = "2026-11-23T23:59:00Z".parse().expect("a literal time");
        let end = parse(" 2026-11-23 ", now).expect("today").expect("a day");
        assert_eq!((end.to_rfc3339().as_str(), day_of(end).to_string().as_str()), ("2026-11-24T00:00:00+00:00", "2026-11-23"));
        assert_eq!(parse("", now), Ok(None));
        for (text, error) in [
            ("2026-11-22", LastDayError::Over),
            ("2026-02-30", LastDayError::Malformed),
            ("😀", LastDayError::Malformed),
            ("99999-01-01", LastDayError::Malformed),
            ("+262142-12-31", LastDayError::Malformed),
            ("2126-01-01", LastDayError::TooFar),
        ] {
            assert_eq!(parse(text, now), Err(error), "{text}");
        }
    }
}
