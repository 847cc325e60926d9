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
        (Some(_), false) => "set for this tenant",
        (Some(_), true) => "set for this tenant, and grants",
    }
}

/// `80 M until 31 December 2026`
pub(super) fn own(line: &QuotaLine, standing: &Standing) -> String {
    let quota = amount::quota_text(standing.quota, line.unit);
    match standing.expires_at {
        Some(end) => format!("{quota} until {}", when::day(last_day::day_of(end))),
        None => quota,
    }
}
