//! `tenantry tenant suspend`: stops a tenant, with a reason that its people are shown.

use serde_json::json;

use super::change::change_tenant;
use super::output::{Output, Refusal};
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
    let reason: Reason = args.reason.parse().map_err(|error: ReasonError| Refusal::field("reason", error.to_string()))?;
    let (slug, ()) = change_tenant::<ManageTenants, _>(&args.slug, store, async |tx, slug| tx.suspend_tenant(slug, &reason).await).await?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": "suspended", "reason": reason.as_str() }));
    }
    out.line(&format!("{slug} is suspended. `tenantry tenant resume {slug}` lets it go on."))
}
