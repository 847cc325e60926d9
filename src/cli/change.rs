//! One change to one tenant by the operator: what the short commands have in common.

use super::operator;
use super::output::Refusal;
use super::tenant_show::slug_of;
use crate::domain::slug::Slug;
use crate::domain::staff::StaffCapability;
use crate::store::{PlatformTx, Result as StoreResult, Store};

/// Changes the tenant with this slug in one transaction; which tenant it was, and what came of it.
///
/// # Errors
/// Why nothing was changed.
pub(super) async fn change_tenant<C: StaffCapability, T>(
    slug: &str,
    store: &Store,
    change: impl AsyncFnOnce(&mut PlatformTx, &Slug) -> StoreResult<T>,
) -> Result<(Slug, T), Refusal> {
    let slug = slug_of(slug)?;
    let changed = async {
        let mut tx = store.platform::<C>(&operator()).await?;
        let done = change(&mut tx, &slug).await?;
        tx.commit().await?;
        Ok(done)
    };
    let done = changed.await.map_err(|error| Refusal::of(error, &format!("the tenant {slug}")))?;
    Ok((slug, done))
}
