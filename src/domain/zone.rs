//! Time zones by their IANA names, and times as they are written there.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

/// A zone that people live in, or UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose a time zone of the list.")]
pub struct UnknownZone;

/// First parts of the names that are places. The database's other names are older ones for the same zones.
const REGIONS: [&str; 10] = ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

impl Default for Zone {
    fn default() -> Self {
        Self(Tz::UTC)
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        let zone: Tz = text.parse().map_err(|_| UnknownZone)?;
        let known = zone == Tz::UTC || zone.name().split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region));
        if known { Ok(Self(zone)) } else { Err(UnknownZone) }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Zone {
    pub fn as_str(&self) -> &'static str {
        self.0.name()
    }

    /// Every zone by its region, both in the order of the alphabet; UTC is not among them.
    pub fn by_region() -> Vec<(&'static str, Vec<&'static str>)> {
        let of = |region: &str| {
            let mut names: Vec<&str> = TZ_VARIANTS
                .iter()
                .map(|zone| zone.name())
                .filter(|name| name.split_once('/').is_some_and(|(first, _)| first == region))
                .collect();
            names.sort_unstable();
            names
        };
        REGIONS.into_iter().map(|region| (region, of(region))).collect()
    }

    /// `2026-12-01 15:05 CET`
    pub fn minute(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0).format("%Y-%m-%d %H:%M %Z").to_string()
    }

    /// `15:05 CET`
    pub fn clock(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0).format("%H:%M %Z").to_string()
    }

    /// The day of this instant there.
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.0).date_naive()
    }

    /// When the day begins there: its first minute that exists, for in some zones midnight is skipped in spring.
    pub fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        (0..=24)
            .find_map(|hours| (midnight + TimeDelta::hours(hours)).and_local_timezone(self.0).earliest())
            .map_or_else(|| midnight.and_utc(), |at| at.to_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().expect("a literal zone")
    }

    #[test]
    fn a_zone_is_a_place_or_utc() {
        for (name, known) in [
            ("Europe/Berlin", true),
            ("America/Argentina/Buenos_Aires", true),
            ("UTC", true),
            ("Etc/GMT+5", false),
            ("US/Pacific", false),
            ("Mars/Olympus", false),
            ("", false),
        ] {
            assert_eq!(name.parse::<Zone>().is_ok(), known, "{name}");
        }
        let regions = Zone::by_region();
        assert!(regions.iter().all(|(_, names)| names.iter().all(|name| name.parse::<Zone>().is_ok()) && !names.is_empty()));
        assert_eq!(Zone::default().as_str(), "UTC");
    }

    #[test]
    fn times_are_those_of_the_place() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a literal time");
        let berlin = zone("Europe/Berlin");
        assert_eq!(berlin.minute(at("2026-12-01T23:05:59Z")), "2026-12-02 00:05 CET");
        assert_eq!(berlin.minute(at("2026-07-01T12:00:00Z")), "2026-07-01 14:00 CEST");
        assert_eq!(Zone::default().minute(at("2026-12-01T14:05:00Z")), "2026-12-01 14:05 UTC");
        assert_eq!(berlin.day_of(at("2026-12-01T23:05:59Z")).to_string(), "2026-12-02");
        let day = |text: &str| text.parse::<NaiveDate>().expect("a literal day");
        assert_eq!(berlin.start_of(day("2026-07-01")), at("2026-06-30T22:00:00Z"));
        // Clocks went from 00:00 to 01:00.
        assert_eq!(zone("America/Asuncion").start_of(day("2023-10-01")), at("2023-10-01T04:00:00Z"));
    }
}
