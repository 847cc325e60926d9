//! `tenantry tenant resume`: a suspended tenant gets back the state it had.

use serde_json::json;

use super::change::change_tenant;
use super::output::{Output, Refusal};
use crate::domain::staff::ManageTenants;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let (slug, status) = change_tenant::<ManageTenants, _>(&args.slug, store, async |tx, slug| tx.resume_tenant(slug).await).await?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": status }));
    }
    out.line(&format!("{slug} goes on: {}.", status.label().to_lowercase()))
}
