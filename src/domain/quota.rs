//! A quota as people see it: how much of how much, and what that means.

use serde::{Deserialize, Serialize};

use super::money::Usd;
use super::quantity::{self, Unit};

/// What is measured: whole units of a meter, or money against a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// `limit` of `None` is unlimited.
    Units { used: i64, limit: Option<i64>, unit: Unit },
    /// `limit` of `None` is no budget.
    Money { used: Usd, limit: Option<Usd> },
}

/// One bar: "Agents, 87 of 100, 87 %, near limit".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    pub label: String,
    pub level: Level,
    /// When the count starts anew, as a page says it: `resets 1 December`.
    pub resets: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum QuotaState {
    Ok,
    /// From 80 % on.
    Near,
    /// From 100 % on.
    AtLimit,
}

/// Where the state turns from ok to near, in per cent.
pub const NEAR_PERCENT: i64 = 80;

impl QuotaState {
    pub fn of_percent(percent: Option<i64>) -> Self {
        match percent {
            Some(p) if p >= 100 => QuotaState::AtLimit,
            Some(p) if p >= NEAR_PERCENT => QuotaState::Near,
            Some(_) | None => QuotaState::Ok,
        }
    }

    /// The word on the page.
    pub fn word(self) -> &'static str {
        match self {
            QuotaState::Ok => "ok",
            QuotaState::Near => "near limit",
            QuotaState::AtLimit => "at limit",
        }
    }

    /// The class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            QuotaState::Ok => "ok",
            QuotaState::Near => "near",
            QuotaState::AtLimit => "over",
        }
    }
}

/// Per cent, rounded down; `None` when unlimited. A limit of nothing is full as soon as anything is used.
pub fn percent(used: i64, limit: Option<i64>) -> Option<i64> {
    match limit? {
        0 => Some(if used > 0 { 100 } else { 0 }),
        limit => Some(i64::try_from(i128::from(used) * 100 / i128::from(limit)).unwrap_or(i64::MAX)),
    }
}

impl Quota {
    pub fn percent(&self) -> Option<i64> {
        match self.level {
            Level::Units { used, limit, .. } => percent(used, limit),
            Level::Money { used, limit } => {
                let micros = |usd: Usd| i64::try_from((usd.0 * rust_decimal::Decimal::from(10_000)).trunc()).unwrap_or(i64::MAX);
                percent(micros(used), limit.map(micros))
            }
        }
    }

    pub fn state(&self) -> QuotaState {
        QuotaState::of_percent(self.percent())
    }

    /// `28.5 M of 50 M, 57 %, resets 1 December`
    pub fn text(&self) -> String {
        let (used, limit) = match self.level {
            Level::Units { used, limit, unit } => (quantity::short(used, unit), limit.map(|l| quantity::short(l, unit))),
            Level::Money { used, limit } => (used.to_string(), limit.map(Usd::short)),
        };
        let mut text = match (limit, self.percent()) {
            (Some(limit), Some(percent)) => format!("{used} of {limit}, {percent} %"),
            _ if matches!(self.level, Level::Money { .. }) => format!("{used}, no budget set"),
            _ => format!("{used}, unlimited"),
        };
        if let Some(resets) = &self.resets {
            text.push_str(", ");
            text.push_str(resets);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(used: i64, limit: Option<i64>) -> Quota {
        Quota { label: "Agents".into(), level: Level::Units { used, limit, unit: Unit::Count }, resets: None }
    }

    #[test]
    fn a_quota_says_value_limit_per_cent_and_state() {
        for (used, limit, text, state) in [
            (0, Some(100), "0 of 100, 0 %", QuotaState::Ok),
            (79, Some(100), "79 of 100, 79 %", QuotaState::Ok),
            (80, Some(100), "80 of 100, 80 %", QuotaState::Near),
            (99, Some(100), "99 of 100, 99 %", QuotaState::Near),
            (100, Some(100), "100 of 100, 100 %", QuotaState::AtLimit),
            (12, Some(10), "12 of 10, 120 %", QuotaState::AtLimit),
            (324, None, "324, unlimited", QuotaState::Ok),
            (0, Some(0), "0 of 0, 0 %", QuotaState::Ok),
            (1, Some(0), "1 of 0, 100 %", QuotaState::AtLimit),
        ] {
            assert_eq!((agents(used, limit).text().as_str(), agents(used, limit).state()), (text, state));
        }
        assert_eq!(percent(i64::MAX, Some(1)), Some(i64::MAX));
    }

    #[test]
    fn a_budget_is_a_quota_of_money() {
        let usd = |text: &str| text.parse::<Usd>().expect("a literal amount");
        let budget = Quota { label: "Budget".into(), level: Level::Money { used: usd("847.32"), limit: Some(usd("1000")) }, resets: None };
        assert_eq!((budget.text().as_str(), budget.state()), ("$847.32 of $1,000, 84 %", QuotaState::Near));
    }
}
