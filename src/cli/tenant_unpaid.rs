//! `tenantry tenant unpaid`: stops a tenant until its payment has arrived; its people are shown what is owed.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
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
    let slug = slug_of(&args.slug)?;
    let owed: Reason = args.owed.parse().map_err(|error: ReasonError| Refusal::field("owed", error))?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<ManageTenantPlans>(&operator()).await.map_err(refusal)?;
    tx.suspend_unpaid(&slug, &owed).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": "suspended", "owed": owed.as_str() }));
    }
    out.line(&format!("{slug} is suspended for non-payment. `tenantry tenant paid {slug}` lets it go on."))
}
