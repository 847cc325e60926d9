//! A quota that does not leave room for what was asked.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::quantity::{self, Unit};

/// What stands against the request: `used` of `limit` before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtLimit {
    pub meter: String,
    /// As the catalogue calls the meter: `Agents`.
    pub label: String,
    pub unit: Unit,
    /// `month`, `day`, or nothing for what exists now.
    pub period: Option<String>,
    pub used: i64,
    pub limit: i64,
}

impl fmt::Display for AtLimit {
    /// `Max 5 agents allowed. Upgrade your plan.`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.label.to_lowercase();
        let what = match self.unit {
            Unit::Bytes => format!("{} of {what}", quantity::short(self.limit, Unit::Bytes)),
            Unit::Count if self.limit == 1 => format!("1 {}", what.strip_suffix('s').unwrap_or(&what)),
            Unit::Count => format!("{} {what}", quantity::count(self.limit)),
        };
        let period = self.period.as_ref().map(|period| format!(" a {period}")).unwrap_or_default();
        write!(f, "Max {what}{period} allowed. Upgrade your plan.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_says_how_much_is_allowed() {
        for (label, unit, period, limit, text) in [
            ("Agents", Unit::Count, None, 5, "Max 5 agents allowed. Upgrade your plan."),
            ("Agents", Unit::Count, None, 1, "Max 1 agent allowed. Upgrade your plan."),
            ("Storage", Unit::Bytes, None, 1_000_000_000, "Max 1 GB of storage allowed. Upgrade your plan."),
            ("Messages", Unit::Count, Some("month"), 10_000, "Max 10,000 messages a month allowed. Upgrade your plan."),
        ] {
            let limit =
                AtLimit { meter: label.to_lowercase(), label: label.into(), unit, period: period.map(str::to_owned), used: limit, limit };
            assert_eq!(limit.to_string(), text);
        }
    }
}
