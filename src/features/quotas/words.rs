//! How a quota of one tenant is said: what holds, and why.

use crate::domain::amount;
use crate::domain::last_day;
use crate::domain::when;
use crate::store::tenant_quotas::{QuotaLine, Standing};

/// Where the quota that holds comes from.
pub(super) fn why(line: &QuotaLine) -> &'static str {
    match (&line.overridden, line.granted + line.drawn > 0 && line.quota.is_some()) {
        (None, false) => "plan",
        (None, true) => "plan and grants",
        (Some(_), false) => "override",
        (Some(_), true) => "override and grants",
    }
}

/// `80 M`, and `until 31 December 2026`.
pub(super) fn own(line: &QuotaLine, standing: &Standing) -> (String, Option<String>) {
    let until = standing.expires_at.map(|end| format!("until {}", when::day(last_day::day_of(end))));
    (amount::quota_text(standing.quota, line.unit), until)
}
