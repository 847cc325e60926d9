//! The life of a custom domain: pending until it is proved; warned when its proof is missing, not answered after 48 hours, free for others
//! after 30 days. Pure: the time arrives as an argument.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

/// How long a name answers whose record is missing.
pub const ANSWERS_FOR: TimeDelta = TimeDelta::hours(48);
/// How long it is kept for its tenant.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// How long a name that is not proved is looked at by itself.
pub const TRIED_FOR: TimeDelta = TimeDelta::days(30);
/// How often one that is proved is looked at, and one that waits at least.
const DAILY: TimeDelta = TimeDelta::days(1);
/// How often, while its record is missing and it still answers.
const WORRIED: TimeDelta = TimeDelta::hours(1);

/// The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainState {
    /// Not proved (yet): it answers nobody and blocks nobody.
    Pending,
    /// Proved.
    Verified,
    /// Proved once: answers nobody, and nobody else may have it yet.
    Lost,
    /// Taken back by its tenant: only its token is kept.
    Removed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the state of a domain")]
pub struct UnknownState;

impl DomainState {
    pub const ALL: [DomainState; 4] = [DomainState::Pending, DomainState::Verified, DomainState::Lost, DomainState::Removed];

    pub fn as_str(self) -> &'static str {
        match self {
            DomainState::Pending => "pending",
            DomainState::Verified => "verified",
            DomainState::Lost => "lost",
            DomainState::Removed => "removed",
        }
    }
}

impl FromStr for DomainState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        DomainState::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownState)
    }
}

/// Where a domain stands before a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub state: DomainState,
    pub missing_since: Option<DateTime<Utc>>,
    pub added_at: DateTime<Utc>,
    /// Checks in a row that did not find the record.
    pub checks: i32,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    Proved,
    NotProved,
    /// Nothing: the DNS server that we ask is away. It says nothing about the domain.
    Nothing,
}

/// What a check has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Verified,
    /// The record of a name that answers is not there.
    Missing,
    /// It is there again, in time.
    Found,
    /// It answers no more.
    Unrouted,
    /// Others may have it.
    Released,
}

/// Where it stands afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub state: DomainState,
    pub missing_since: Option<DateTime<Utc>>,
    pub checks: i32,
    /// `None`: not by itself any more.
    pub next_check_at: Option<DateTime<Utc>>,
    pub turn: Option<Turn>,
}

impl Standing {
    pub fn after(self, seen: Seen, now: DateTime<Utc>) -> Next {
        let same = Next { state: self.state, missing_since: self.missing_since, checks: self.checks, next_check_at: None, turn: None };
        match (self.state, seen) {
            (DomainState::Removed, _) => same,
            (_, Seen::Nothing) => Next { next_check_at: Some(now + WORRIED), ..same },
            (DomainState::Pending | DomainState::Lost, Seen::Proved) => proved(now, Some(Turn::Verified)),
            (DomainState::Verified, Seen::Proved) => proved(now, self.missing_since.map(|_| Turn::Found)),
            (DomainState::Pending, Seen::NotProved) => self.waits(now),
            (DomainState::Verified | DomainState::Lost, Seen::NotProved) => self.misses(now),
        }
    }

    /// 1, 2, 4 … minutes, at most a day, for a month.
    fn waits(self, now: DateTime<Utc>) -> Next {
        let pause = TimeDelta::minutes(1 << self.checks.clamp(0, 11)).min(DAILY);
        Next {
            state: DomainState::Pending,
            missing_since: None,
            checks: self.checks.saturating_add(1),
            next_check_at: (now < self.added_at + TRIED_FOR).then(|| now + pause),
            turn: None,
        }
    }

    fn misses(self, now: DateTime<Utc>) -> Next {
        let since = self.missing_since.unwrap_or(now);
        let missing = Next {
            state: self.state,
            missing_since: Some(since),
            checks: self.checks.saturating_add(1),
            next_check_at: Some((now + WORRIED).min(since + ANSWERS_FOR)),
            turn: self.missing_since.is_none().then_some(Turn::Missing),
        };
        if now >= since + KEPT_FOR {
            return Next { turn: Some(Turn::Released), checks: 0, ..self.waits(now) };
        }
        if now >= since + ANSWERS_FOR {
            let turn = (self.state == DomainState::Verified).then_some(Turn::Unrouted);
            return Next { state: DomainState::Lost, next_check_at: Some((now + DAILY).min(since + KEPT_FOR)), turn, ..missing };
        }
        missing
    }
}

fn proved(now: DateTime<Utc>, turn: Option<Turn>) -> Next {
    Next { state: DomainState::Verified, missing_since: None, checks: 0, next_check_at: Some(now + DAILY), turn }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a literal time")
    }

    fn standing(state: DomainState, missing_since: Option<DateTime<Utc>>, checks: i32) -> Standing {
        Standing { state, missing_since, added_at: at("2026-12-01T00:00:00Z"), checks }
    }

    #[test]
    fn one_that_waits_is_looked_at_ever_more_seldom_and_for_a_month() {
        let now = at("2026-12-02T00:00:00Z");
        let pauses: Vec<i64> = (0..14)
            .map(|checks| standing(DomainState::Pending, None, checks).after(Seen::NotProved, now))
            .map(|next| (next.next_check_at.expect("again") - now).num_minutes())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_440, 1_440, 1_440]);
        let late = standing(DomainState::Pending, None, 40).after(Seen::NotProved, at("2026-12-31T00:00:00Z"));
        assert_eq!((late.state, late.next_check_at, late.turn), (DomainState::Pending, None, None));
        let proved = standing(DomainState::Pending, None, 40).after(Seen::Proved, at("2027-01-31T00:00:00Z"));
        assert_eq!((proved.state, proved.checks, proved.turn), (DomainState::Verified, 0, Some(Turn::Verified)));
    }

    #[test]
    fn a_missing_record_is_told_at_once_acted_upon_after_48_hours_and_final_after_30_days() {
        let since = at("2026-12-10T00:00:00Z");
        let first = standing(DomainState::Verified, None, 0).after(Seen::NotProved, since);
        assert_eq!((first.state, first.missing_since, first.turn), (DomainState::Verified, Some(since), Some(Turn::Missing)));
        for (hours, before, after, turn) in [
            (1, DomainState::Verified, DomainState::Verified, None),
            (47, DomainState::Verified, DomainState::Verified, None),
            (48, DomainState::Verified, DomainState::Lost, Some(Turn::Unrouted)),
            (49, DomainState::Lost, DomainState::Lost, None),
            (30 * 24 - 1, DomainState::Lost, DomainState::Lost, None),
            (30 * 24, DomainState::Lost, DomainState::Pending, Some(Turn::Released)),
            (40 * 24, DomainState::Verified, DomainState::Pending, Some(Turn::Released)),
        ] {
            let next = standing(before, Some(since), 3).after(Seen::NotProved, since + TimeDelta::hours(hours));
            assert_eq!((next.state, next.turn), (after, turn), "{hours} h");
            assert_eq!(next.missing_since.is_some(), after != DomainState::Pending, "{hours} h");
        }
        // No check comes later than the next change.
        let near = standing(DomainState::Verified, Some(since), 3).after(Seen::NotProved, since + TimeDelta::minutes(47 * 60 + 30));
        assert_eq!(near.next_check_at, Some(since + ANSWERS_FOR));
        for state in [DomainState::Verified, DomainState::Lost] {
            let back = standing(state, Some(since), 3).after(Seen::Proved, since + TimeDelta::days(20));
            let turn = if state == DomainState::Lost { Turn::Verified } else { Turn::Found };
            assert_eq!((back.state, back.missing_since, back.turn), (DomainState::Verified, None, Some(turn)));
        }
    }

    #[test]
    fn our_own_dns_server_being_away_counts_against_nobody() {
        let since = at("2026-12-10T00:00:00Z");
        for before in [standing(DomainState::Verified, None, 0), standing(DomainState::Verified, Some(since), 2)] {
            let next = before.after(Seen::Nothing, since + TimeDelta::days(60));
            assert_eq!((next.state, next.missing_since, next.turn), (before.state, before.missing_since, None));
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        assert!(DomainState::ALL.into_iter().all(|state| state.as_str().parse() == Ok(state)));
    }
}
