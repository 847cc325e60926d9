//! `tenantry tenant paid`: notes that what a tenant owed has arrived.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::staff::ManageTenantPlans;
use crate::domain::status::TenantStatus;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<ManageTenantPlans>(&operator()).await.map_err(refusal)?;
    let status = tx.payment_arrived(&slug).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
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
