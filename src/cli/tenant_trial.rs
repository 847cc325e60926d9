//! `tenantry tenant trial`: more days of trial, or its end now.

use chrono::TimeDelta;
use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::staff::ManageTenants;
use crate::domain::status::TenantStatus;
use crate::domain::when::minute;
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Args {
    slug: String,
    /// Let it go on for so many days more
    #[arg(long, group = "what", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=365))]
    extend_days: Option<u16>,
    /// End it now: the plan holds and is billed from today on
    #[arg(long, group = "what")]
    convert: bool,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| match error {
        StoreError::Invalid(_) => Refusal::field("extend_days", "Use fewer days: a trial ends within a year."),
        error => Refusal::of(error, &what),
    };
    let mut tx = store.platform::<ManageTenants>(&operator()).await.map_err(refusal)?;
    let Some(days) = args.extend_days else {
        tx.convert_trial(&slug).await.map_err(refusal)?;
        tx.commit().await.map_err(refusal)?;
        return match out.is_json() {
            true => out.document(&json!({ "slug": slug, "status": TenantStatus::Active })),
            false => out.line(&format!("The trial of {slug} is over; its plan is billed from today on.")),
        };
    };
    let tenant = tx.get_tenant(&slug).await.map_err(refusal)?;
    // One that never had a trial is refused for that.
    let until = tenant.trial_ends_at.unwrap_or(tenant.now) + TimeDelta::days(days.into());
    tx.extend_trial(&slug, until).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    match out.is_json() {
        true => out.document(&json!({ "slug": slug, "status": TenantStatus::Trial, "trial_ends_at": until })),
        false => out.line(&format!("The trial of {slug} ends {}.", minute(until))),
    }
}
