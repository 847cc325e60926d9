//! `tenantry tenant paid`: notes that what a tenant owed has arrived.

use serde_json::json;

use super::change::change_tenant;
use super::output::{Output, Refusal};
use crate::domain::staff::ManageTenantPlans;
use crate::domain::status::TenantStatus;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let (slug, status) = change_tenant::<ManageTenantPlans, _>(&args.slug, store, async |tx, slug| tx.payment_arrived(slug).await).await?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": status }));
    }
    match status {
        TenantStatus::Suspended => {
            out.line(&format!("{slug} owes nothing any more. Staff hold it still: `tenantry tenant resume {slug}`."))
        }
        status => out.line(&format!("{slug} owes nothing any more: {}.", status.label().to_lowercase())),
    }
}
