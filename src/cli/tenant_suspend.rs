//! `tenantry tenant suspend`: stops a tenant, with a reason that its people are shown.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::staff::ManageTenants;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    /// Shown to the tenant's people
    #[arg(long)]
    reason: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let reason: Reason = args.reason.parse().map_err(|error: ReasonError| Refusal::field("reason", error.to_string()))?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<ManageTenants>(&operator()).await.map_err(refusal)?;
    tx.suspend_tenant(&slug, &reason).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": "suspended", "reason": reason.as_str() }));
    }
    out.line(&format!("{slug} is suspended. `tenantry tenant resume {slug}` lets it go on."))
}
