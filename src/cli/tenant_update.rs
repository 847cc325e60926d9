//! `tenantry tenant update`: quotas of one tenant other than its plan's.

use std::str::FromStr;

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::quantity::{Unit, short};
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::staff::ManageQuotas;
use crate::store::Store;
use crate::store::overrides::QuotaChange;

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("quotas").required(true).multiple(true))]
pub struct Args {
    slug: String,
    /// A number, `unlimited`, or `plan` for what the plan says; so for the others
    #[arg(long, group = "quotas", value_name = "N")]
    max_agents: Option<Limit>,
    #[arg(long, group = "quotas", value_name = "N")]
    max_monthly_tokens: Option<Limit>,
    /// In units of 1,000,000,000 bytes
    #[arg(long, group = "quotas", value_name = "N")]
    max_storage_gb: Option<Limit>,
    #[arg(long, group = "quotas", value_name = "N")]
    max_concurrent_sessions: Option<Limit>,
    /// Why, for the audit log
    #[arg(long, default_value = "set on the command line")]
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit(QuotaChange);

/// More than anybody has, and no product of it overflows.
const MOST: i64 = 1_000_000_000_000_000;
const GB: i64 = 1_000_000_000;

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "plan" => Ok(Limit(QuotaChange::Plan)),
            "unlimited" => Ok(Limit(QuotaChange::to(None))),
            number => match number.parse() {
                Ok(limit) if (0..=MOST).contains(&limit) => Ok(Limit(QuotaChange::to(Some(limit)))),
                Ok(_) | Err(_) => Err(format!("use a whole number from 0 to {MOST}, unlimited, or plan")),
            },
        }
    }
}

impl Args {
    fn changes(&self) -> Result<Vec<(&'static str, QuotaChange)>, Refusal> {
        let storage = match self.max_storage_gb {
            Some(Limit(QuotaChange::Set { quota: Some(gb), .. })) if gb > GB => {
                return Err(Refusal::field("max_storage_gb", format!("Use at most {GB}.")));
            }
            Some(Limit(QuotaChange::Set { quota: Some(gb), .. })) => Some(Limit(QuotaChange::to(Some(gb * GB)))),
            other => other,
        };
        let quotas = [
            ("agents", self.max_agents),
            ("tokens", self.max_monthly_tokens),
            ("storage", storage),
            ("sessions", self.max_concurrent_sessions),
        ];
        Ok(quotas.into_iter().filter_map(|(meter, limit)| Some((meter, limit?.0))).collect())
    }
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let changes = args.changes()?;
    let reason: Reason = args.reason.parse().map_err(|error: ReasonError| Refusal::field("reason", error))?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<ManageQuotas>(&operator()).await.map_err(refusal)?;
    let quotas = tx.change_quotas(&slug, &changes, &reason).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "reason": reason.as_str(), "quotas": quotas }));
    }
    for quota in quotas {
        let unit = if quota.meter == "storage" { Unit::Bytes } else { Unit::Count };
        let limit = quota.quota.map_or_else(|| "unlimited".to_owned(), |limit| short(limit, unit));
        out.line(&format!("{:<12} {limit}{}", quota.meter, if quota.overridden { "" } else { ", by the plan" }))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_word() {
        for (text, read) in [
            ("0", Some(QuotaChange::to(Some(0)))),
            ("1000000000000000", Some(QuotaChange::to(Some(MOST)))),
            ("unlimited", Some(QuotaChange::to(None))),
            ("plan", Some(QuotaChange::Plan)),
            ("-1", None),
            ("1.5", None),
            ("1000000000000001", None),
            ("9223372036854775808", None),
            ("∞", None),
        ] {
            assert_eq!(text.parse::<Limit>().ok().map(|limit| limit.0), read, "{text}");
        }
    }
}
