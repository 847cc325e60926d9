//! On which day something runs out if it goes on like this.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

/// How many full days a pace is taken from.
pub const DAYS: usize = 7;

/// Farther away than this nobody plans; it also keeps the arithmetic of days in bounds.
const HORIZON: u64 = 366;

/// What a usual day uses: the mean of the last seven full days, oldest first, from the first day with usage on.
pub fn pace_of_use(days: &[Decimal]) -> Option<Decimal> {
    let recent = &days[days.len().saturating_sub(DAYS)..];
    let first = recent.iter().position(|amount| !amount.is_zero())?;
    let used = &recent[first..];
    Some(used.iter().sum::<Decimal>() / Decimal::from(used.len()))
}

/// What a day adds to something that exists, between the first and the last of the known levels. `None` while it does not grow.
pub fn pace_of_growth(levels: &[Option<Decimal>]) -> Option<Decimal> {
    let mut known = levels.iter().enumerate().filter_map(|(day, level)| Some((day, (*level)?)));
    let (first_day, first) = known.next()?;
    let (last_day, last) = known.next_back()?;
    (last > first).then(|| (last - first) / Decimal::from(last_day - first_day))
}

/// The day on which `used` reaches `limit`: today when it has, `None` when it resets before or is farther than a year away.
pub fn runs_out(used: Decimal, limit: Decimal, pace: Option<Decimal>, today: NaiveDate, resets: Option<NaiveDate>) -> Option<NaiveDate> {
    if used >= limit {
        return Some(today);
    }
    let pace = pace.filter(|pace| *pace > Decimal::ZERO)?;
    let days = ((limit - used) / pace).floor().to_u64().filter(|days| *days <= HORIZON)?;
    let day = today.checked_add_days(Days::new(days))?;
    (resets.is_none_or(|resets| day < resets)).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(list: &[i64]) -> Vec<Decimal> {
        list.iter().copied().map(Decimal::from).collect()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a literal day")
    }

    #[test]
    fn the_pace_is_the_mean_of_the_last_week_since_it_began() {
        for (days, pace) in [
            (&[][..], None),
            (&[0, 0, 0][..], None),
            (&[10, 10, 10, 10, 10, 10, 10][..], Some(10)),
            // Older days do not count, a day of rest does.
            (&[9_999, 14, 0, 14, 14, 14, 14, 14][..], Some(12)),
            // It began two days ago.
            (&[0, 0, 0, 0, 0, 30, 10][..], Some(20)),
        ] {
            assert_eq!(pace_of_use(&numbers(days)), pace.map(Decimal::from), "{days:?}");
        }
    }

    #[test]
    fn what_exists_grows_from_the_first_level_to_the_last() {
        for (levels, pace) in [
            (&[][..], None),
            (&[5][..], None),
            (&[5, 5, 5][..], None),
            (&[9, 7][..], None),
            (&[10, 12, 20][..], Some(5)),
            // Of some days nothing is known.
            (&[-1, 10, -1, -1, 25, -1][..], Some(5)),
        ] {
            let known: Vec<Option<Decimal>> = levels.iter().map(|level| (*level >= 0).then(|| Decimal::from(*level))).collect();
            assert_eq!(pace_of_growth(&known), pace.map(Decimal::from), "{levels:?}");
        }
    }

    #[test]
    fn it_runs_out_on_the_day_that_takes_the_last_of_it() {
        let (today, resets) = (day("2026-11-23"), Some(day("2026-12-01")));
        for (used, limit, pace, resets, out) in [
            (90, 100, Some(5), resets, Some("2026-11-25")),
            (99, 100, Some(5), resets, Some("2026-11-23")),
            (100, 100, None, resets, Some("2026-11-23")),
            (0, 0, None, None, Some("2026-11-23")),
            // It would on 3 December, and starts anew on the first.
            (50, 100, Some(5), resets, None),
            (50, 100, Some(5), None, Some("2026-12-03")),
            (60, 100, Some(5), resets, None),
            (65, 100, Some(5), resets, Some("2026-11-30")),
            (1, 1_000_000_000, Some(1), None, None),
            (1, 100, Some(0), None, None),
        ] {
            let found = runs_out(used.into(), limit.into(), pace.map(Decimal::from), today, resets);
            assert_eq!(found, out.map(day), "{used} of {limit} at {pace:?}");
        }
    }
}
