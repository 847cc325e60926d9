//! How pages write times. UTC throughout until people can choose a zone; each text stands in a `<time datetime=…>`.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

fn month(date: NaiveDate) -> &'static str {
    MONTHS[date.month0() as usize]
}

/// `1 December`
pub fn day_and_month(date: NaiveDate) -> String {
    format!("{} {}", date.day(), month(date))
}

/// `1 December 2026`
pub fn day(date: NaiveDate) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// `2026-12-01 14:05 UTC`
pub fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long ago, short: `now`, `5 min`, `2 h`, `6 d`, then the date.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (now - at).num_seconds() {
        s if s < 60 => "now".to_owned(),
        s if s < 3_600 => format!("{} min", s / 60),
        s if s < 86_400 => format!("{} h", s / 3_600),
        s if s < 30 * 86_400 => format!("{} d", s / 86_400),
        _ => day_and_month(at.date_naive()),
    }
}

/// The first day of the month after `date`.
pub fn next_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).and_then(|first| first.checked_add_months(chrono::Months::new(1))).unwrap_or(date)
}

/// Whole days until `end`, at least 0, begun days counted: `Trial, 9 days`.
pub fn days_left(end: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    ((end - now).num_seconds().max(0) + 86_399) / 86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a literal time")
    }

    #[test]
    fn times_are_written_short() {
        let now = at("2026-12-31T12:00:00Z");
        for (then, text) in [
            ("2026-12-31T11:59:30Z", "now"),
            ("2026-12-31T11:00:00Z", "1 h"),
            ("2026-12-31T11:55:00Z", "5 min"),
            ("2026-12-25T11:00:00Z", "6 d"),
            ("2026-11-03T11:00:00Z", "3 November"),
        ] {
            assert_eq!(ago(at(then), now), text);
        }
        assert_eq!(day(next_month(now.date_naive())), "1 January 2027");
        assert_eq!(days_left(at("2027-01-09T11:00:00Z"), now), 9);
        assert_eq!(days_left(at("2026-01-01T00:00:00Z"), now), 0);
    }
}
