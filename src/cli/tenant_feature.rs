//! `tenantry tenant feature`: a feature on or off for one tenant alone, or as its plan says.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::feature_switch::Switch;
use crate::domain::last_day;
use crate::domain::staff::ManageTenants;
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("state").required(true))]
pub struct Args {
    slug: String,
    /// The feature's key, such as sso
    key: String,
    #[arg(long, group = "state")]
    on: bool,
    #[arg(long, group = "state")]
    off: bool,
    /// As the plan says
    #[arg(long, group = "state")]
    plan: bool,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// The last day on which it holds, such as 2027-12-31; without, until it is changed again
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| match error {
        StoreError::Invalid(_) => Refusal::new(format!("Not found: the feature {}.", args.key.escape_debug())),
        error => Refusal::of(error, &what),
    };
    let state = match (args.on, args.off) {
        (true, _) => "on",
        (_, true) => "off",
        (false, false) => "plan",
    };
    if args.until.as_deref().is_some_and(|until| until.trim().is_empty()) {
        return Err(Refusal::field("until", last_day::LastDayError::Missing));
    }
    let mut tx = store.platform::<ManageTenants>(&operator()).await.map_err(refusal)?;
    let now = tx.now().await.map_err(refusal)?;
    let switch = Switch::parse(state, &args.reason, args.until.as_deref().unwrap_or_default(), now).map_err(Refusal::fields)?;
    tx.switch_feature(&slug, &args.key, switch.enabled, &switch.reason, switch.until).await.map_err(refusal)?;
    let tenant = tx.look_at(&slug).await.map_err(refusal)?;
    let features = tx.list_tenant_features(&tenant).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    let enabled = features.iter().any(|feature| feature.key == args.key && feature.enabled);
    if out.is_json() {
        return out.document(&json!({
            "slug": slug, "feature": args.key, "enabled": enabled, "overridden": switch.enabled.is_some(), "expires_at": switch.until,
        }));
    }
    let why = if switch.enabled.is_some() { "for this tenant alone" } else { "as the plan says" };
    let until = switch.until.map(|until| format!(" until {}", last_day::day_of(until))).unwrap_or_default();
    out.line(&format!("{} is {} for {slug}, {why}{until}.", args.key, if enabled { "on" } else { "off" }))
}
