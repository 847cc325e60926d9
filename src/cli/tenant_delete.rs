//! `tenantry tenant delete`: ends a tenant; for 30 days it can be restored.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::when::day;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform(&operator()).await.map_err(refusal)?;
    let restorable_until = tx.delete_tenant(&slug).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": "deleted", "restorable_until": restorable_until }));
    }
    let until = day(restorable_until.date_naive());
    out.line(&format!("{slug} is deleted. Until {until} `tenantry tenant restore {slug}` brings it back."))
}
