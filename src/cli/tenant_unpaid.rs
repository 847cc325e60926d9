//! `tenantry tenant unpaid`: stops a tenant until its payment has arrived; its people are shown what is owed.

use serde_json::json;

use super::change::change_tenant;
use super::output::{Output, Refusal};
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::staff::ManageTenantPlans;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    /// Shown to the tenant's people
    #[arg(long, value_name = "TEXT")]
    owed: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let owed: Reason = args.owed.parse().map_err(|error: ReasonError| Refusal::field("owed", error))?;
    let (slug, ()) =
        change_tenant::<ManageTenantPlans, _>(&args.slug, store, async |tx, slug| tx.suspend_unpaid(slug, &owed).await).await?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": "suspended", "owed": owed.as_str() }));
    }
    out.line(&format!("{slug} is suspended for non-payment. `tenantry tenant paid {slug}` lets it go on."))
}
