//! `tenantry tenant delete`: ends a tenant; for 30 days it can be restored. With `--permanent` it is removed for good, now.

use serde_json::json;

use super::change::change_tenant;
use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::quantity::{self, Unit};
use crate::domain::receipt::SignedReceipt;
use crate::domain::slug::Slug;
use crate::domain::staff::DeleteTenants;
use crate::domain::when::day;
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    /// Remove all of it for good, now: nothing brings it back
    #[arg(long, requires = "confirm")]
    permanent: bool,
    /// The slug once more
    #[arg(long, requires = "permanent", value_name = "SLUG")]
    confirm: Option<String>,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    if args.permanent {
        let slug = slug_of(&args.slug)?;
        if args.confirm.as_deref().map(str::trim) != Some(slug.as_str()) {
            return Err(Refusal::field("confirm", format!("Type {slug} to confirm.")));
        }
        let receipt = purge(store, &slug).await.map_err(|error| Refusal::of(error, &format!("the tenant {slug}")))?;
        return say(&receipt, out);
    }
    let (slug, restorable_until) =
        change_tenant::<DeleteTenants, _>(&args.slug, store, async |tx, slug| tx.delete_tenant(slug).await).await?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": "deleted", "restorable_until": restorable_until }));
    }
    let until = day(restorable_until.date_naive());
    out.line(&format!("{slug} is deleted. Until {until} `tenantry tenant restore {slug}` brings it back."))
}

async fn purge(store: &Store, slug: &Slug) -> Result<SignedReceipt, StoreError> {
    let mut tx = store.platform::<DeleteTenants>(&operator()).await?;
    match tx.delete_tenant(slug).await {
        Ok(_) => tx.commit().await?,
        // It is deleted already, or is not there; the purge says which.
        Err(StoreError::NotFound) => {}
        Err(error) => return Err(error),
    }
    store.purge_now(&operator(), slug).await
}

fn say(signed: &SignedReceipt, out: &Output) -> Result<(), Refusal> {
    if out.is_json() {
        return out.document(signed);
    }
    let receipt = &signed.receipt;
    let rows: i64 = receipt.rows.values().sum();
    out.line(&format!(
        "{} is removed for good: {rows} rows, {} files ({}), {} accounts.",
        receipt.slug,
        receipt.files,
        quantity::short(receipt.file_bytes, Unit::Bytes),
        receipt.accounts
    ))?;
    out.line(&format!("Receipt {}, signed with the key {}.", receipt.id, signed.public_key))?;
    out.line("With --json this prints the receipt; it can be downloaded from the console, page “Purged”.")
}
