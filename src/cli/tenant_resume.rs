//! `tenantry tenant resume`: a suspended tenant gets back the state it had.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::staff::ManageTenants;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<ManageTenants>(&operator()).await.map_err(refusal)?;
    let status = tx.resume_tenant(&slug).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": status }));
    }
    out.line(&format!("{slug} goes on: {}.", status.label().to_lowercase()))
}
