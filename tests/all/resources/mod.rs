//! Agents, knowledge documents, conversations: limits that hold, files without orphans, nothing of other tenants.

mod agents;
mod api;
mod documents;
mod models;
mod pages;
mod quotas;
mod refusals;
pub mod shelf;
mod threads;

use tenantry::store::overrides::QuotaChange;

use crate::world::people::Tenant;

/// Sets a quota of the tenant.
async fn allow(tenant: &Tenant, meter: &str, quota: Option<i64>) {
    let mut console = tenant.world.console().await;
    let reason = "for a test".parse().expect("a reason");
    console.change_quotas(&tenant.slug, &[(meter, QuotaChange::to(quota))], &reason).await.expect("changed");
    console.commit().await.expect("committed");
}
