//! Usage as it is reported and as it is looked at: events, spans of days, what a figure is broken down by.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Utc};
use rust_decimal::Decimal;

/// One event as a caller reports it. What only the database knows (meters, closed periods, the time) it checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub idempotency_key: String,
    pub meter: String,
    pub amount: i64,
    /// Now without.
    pub at: Option<DateTime<Utc>>,
    pub model: Option<String>,
    pub agent: Option<String>,
    pub cost_center: Option<String>,
    /// `input` or `output`.
    pub direction: Option<String>,
    /// From the price table without.
    pub cost_usd: Option<Decimal>,
}

/// How many events one call may report.
pub const MOST_EVENTS: usize = 1_000;

/// What is wrong with one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventProblem {
    UnknownMeter,
    NotMetered,
    NotPositive,
    Future,
    Closed,
    Length,
    Direction,
}

impl EventProblem {
    /// As `record_usage` names it.
    pub fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "unknown" => EventProblem::UnknownMeter,
            "not_metered" => EventProblem::NotMetered,
            "not_positive" => EventProblem::NotPositive,
            "future" => EventProblem::Future,
            "closed" => EventProblem::Closed,
            "length" => EventProblem::Length,
            "direction" => EventProblem::Direction,
            _ => return None,
        })
    }

    pub fn message(self) -> &'static str {
        match self {
            EventProblem::UnknownMeter => "There is no such meter.",
            EventProblem::NotMetered => "This meter counts what exists now; only metered meters take events.",
            EventProblem::NotPositive => "Give a whole number from 1 to 9223372036854775807.",
            EventProblem::Future => "This is in the future.",
            EventProblem::Closed => "This period is closed: a month closes five days after its end (UTC).",
            EventProblem::Length => "This is empty or too long.",
            EventProblem::Direction => "Give input or output, or leave it out.",
        }
    }
}

/// One thing wrong: which event, counted from 0, and which field of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventError {
    pub row: usize,
    pub field: String,
    pub problem: EventProblem,
}

/// What figures are broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakdown {
    Model,
    Agent,
    CostCenter,
}

impl Breakdown {
    pub const ALL: [Breakdown; 3] = [Breakdown::Model, Breakdown::Agent, Breakdown::CostCenter];

    pub fn as_str(self) -> &'static str {
        match self {
            Breakdown::Model => "model",
            Breakdown::Agent => "agent",
            Breakdown::CostCenter => "cost_center",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Breakdown::Model => "Model",
            Breakdown::Agent => "Agent",
            Breakdown::CostCenter => "Cost centre",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|breakdown| breakdown.as_str() == text)
    }
}

/// Whole UTC days, both ends included, and as many days before to compare them with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub before_from: NaiveDate,
    pub before_to: NaiveDate,
}

fn first_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

impl Span {
    /// Today and yesterday.
    pub fn day(today: NaiveDate) -> Self {
        Self::ending(today, 1)
    }

    /// Seven days, today included, and the seven before.
    pub fn week(today: NaiveDate) -> Self {
        Self::ending(today, 7)
    }

    fn ending(to: NaiveDate, days: u64) -> Self {
        let back = |n| to.checked_sub_days(Days::new(n)).unwrap_or(to);
        Self { from: back(days - 1), to, before_from: back(2 * days - 1), before_to: back(days) }
    }

    /// The month of `any`, up to `today` when that is in it, and the same days of the month before: of a month that is over, all.
    pub fn month(any: NaiveDate, today: NaiveDate) -> Self {
        let from = first_of(any);
        let next = from.checked_add_months(Months::new(1)).unwrap_or(from);
        let last = next.pred_opt().unwrap_or(from);
        let before_from = from.checked_sub_months(Months::new(1)).unwrap_or(from);
        let before_last = from.pred_opt().unwrap_or(from);
        if today >= last {
            return Self { from, to: last, before_from, before_to: before_last };
        }
        let to = today.max(from);
        let before_to = before_from.checked_add_days(Days::new(u64::from(to.day0()))).unwrap_or(before_last);
        Self { from, to, before_from, before_to: before_to.min(before_last) }
    }

    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let to = self.to;
        self.from.iter_days().take_while(move |day| *day <= to)
    }
}

/// Change in per cent, rounded to whole ones; `None` when there was nothing before.
pub fn trend(now: Decimal, before: Decimal) -> Option<i64> {
    if before.is_zero() {
        return None;
    }
    i64::try_from(((now - before) * Decimal::ONE_HUNDRED / before).round()).ok()
}

/// `12 % more than in October`, `as much as in October`, `nothing in October`
pub fn trend_text(now: Decimal, before: Decimal, when: &str) -> String {
    match trend(now, before) {
        None => format!("nothing {when}"),
        Some(0) => format!("as much as {when}"),
        Some(percent) if percent > 0 => format!("{percent} % more than {when}"),
        Some(percent) => format!("{} % less than {when}", -percent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a literal day")
    }

    #[test]
    fn a_month_that_runs_is_compared_with_as_many_days_of_the_one_before() {
        for (any, today, from, to, before_from, before_to) in [
            ("2026-11-23", "2026-11-23", "2026-11-01", "2026-11-23", "2026-10-01", "2026-10-23"),
            ("2026-11-01", "2026-11-01", "2026-11-01", "2026-11-01", "2026-10-01", "2026-10-01"),
            ("2026-10-09", "2026-11-23", "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"),
            ("2026-11-02", "2026-11-30", "2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"),
            // 29 days of March against the 28 of February.
            ("2027-03-29", "2027-03-29", "2027-03-01", "2027-03-29", "2027-02-01", "2027-02-28"),
            ("2027-01-05", "2027-01-05", "2027-01-01", "2027-01-05", "2026-12-01", "2026-12-05"),
        ] {
            let span = Span::month(day(any), day(today));
            assert_eq!(
                span,
                Span { from: day(from), to: day(to), before_from: day(before_from), before_to: day(before_to) },
                "{any} {today}"
            );
        }
    }

    #[test]
    fn a_week_has_seven_days_and_so_has_the_one_before() {
        let span = Span::week(day("2026-11-23"));
        assert_eq!((span.from, span.before_from, span.before_to), (day("2026-11-17"), day("2026-11-10"), day("2026-11-16")));
        assert_eq!(span.days().count(), 7);
        let span = Span::day(day("2026-11-01"));
        assert_eq!((span.from, span.to, span.before_from, span.before_to), (span.to, day("2026-11-01"), span.before_to, day("2026-10-31")));
    }

    #[test]
    fn a_trend_is_said_in_words() {
        for (now, before, text) in [
            (112, 100, "12 % more than in October"),
            (88, 100, "12 % less than in October"),
            (100, 100, "as much as in October"),
            (5, 0, "nothing in October"),
        ] {
            assert_eq!(trend_text(now.into(), before.into(), "in October"), text);
        }
    }
}
