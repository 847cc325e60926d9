//! `tenantry tenant restore`: a deleted tenant gets back the state it had, within 30 days.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::staff::DeleteTenants;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<DeleteTenants>(&operator()).await.map_err(refusal)?;
    let status = tx.restore_tenant(&slug).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": status }));
    }
    out.line(&format!("{slug} is back: {}.", status.label().to_lowercase()))
}
