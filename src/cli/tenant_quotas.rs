//! `tenantry tenant quotas`: what holds for each meter of a tenant, and why.

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::amount::{plain, quota_text};
use crate::domain::last_day::day_of;
use crate::edge::api::platform::quota_words::{MeterQuota, TenantQuotas};
use crate::store::Store;
use crate::store::tenant_quotas::QuotaLine;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
}

/// `Tokens               80 M (override until 2026-12-31: a deal; 50 M by the plan), 28.5 M used`
fn text(line: &QuotaLine) -> String {
    let unit = line.unit;
    let by_plan = format!("{} by the plan", quota_text(line.plan, unit));
    let mut why = match &line.overridden {
        None => vec![by_plan],
        Some(standing) => {
            let until = standing.expires_at.map(|end| format!(" until {}", day_of(end))).unwrap_or_default();
            vec![format!("override{until}: {}", standing.reason.escape_debug()), by_plan]
        }
    };
    if line.granted > 0 {
        why.push(format!("{} left of grants", plain(line.granted, unit)));
    }
    let used = line.used.map(|used| format!(", {} used", plain(used, unit))).unwrap_or_default();
    format!("{:<20} {} ({}){used}", line.label, quota_text(line.quota, unit), why.join("; "))
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut read = store.platform_read(&operator()).await.map_err(refusal)?;
    let tenant = read.look_at(&slug).await.map_err(refusal)?;
    let (lines, grants) = (read.list_quota_lines(&tenant).await.map_err(refusal)?, read.list_grants(&tenant).await.map_err(refusal)?);
    if out.is_json() {
        // As the machine API says it.
        let quotas = lines.into_iter().map(|line| MeterQuota::new(line, &grants)).collect();
        return out.document(&TenantQuotas { slug: tenant.slug.to_string(), quotas });
    }
    lines.iter().try_for_each(|line| out.line(&text(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entitlement::Rule;
    use crate::domain::meter::Kind;
    use crate::domain::quantity::Unit;
    use crate::store::tenant_quotas::Standing;

    #[test]
    fn a_quota_says_what_holds_and_why() {
        let by_plan = QuotaLine {
            meter: "tokens".into(),
            label: "Tokens".into(),
            kind: Kind::Metered,
            period: Some("month".into()),
            unit: Unit::Count,
            plan: Some(50_000_000),
            rule: Rule::Block,
            overridden: None,
            granted: 0,
            drawn: 0,
            quota: Some(50_000_000),
            used: Some(28_500_000),
            held: 0,
        };
        assert_eq!(text(&by_plan), "Tokens               50 M (50 M by the plan), 28.5 M used");
        let at: chrono::DateTime<chrono::Utc> = "2027-01-01T00:00:00Z".parse().expect("a literal time");
        let standing = Standing { quota: None, reason: "a deal".into(), created_by: "ada".into(), created_at: at, expires_at: Some(at) };
        let own = QuotaLine { overridden: Some(standing), granted: 5_000, quota: None, used: None, ..by_plan };
        assert_eq!(
            text(&own),
            "Tokens               unlimited (override until 2026-12-31: a deal; 50 M by the plan; 5,000 left of grants)"
        );
        let document = serde_json::to_value(MeterQuota::new(own, &[])).expect("no map has keys that are no text");
        assert_eq!((&document["limit"], &document["plan_limit"]), (&serde_json::Value::Null, &serde_json::json!(50_000_000)));
        assert_eq!(document["override"]["reason"], "a deal");
    }
}
