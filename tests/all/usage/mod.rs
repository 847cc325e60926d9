//! Usage: what is reported is counted once, in its own month, and people hear of what it means.

mod api;
mod download;
mod notices;
mod pages;
mod recording;
mod sweeping;

use tenantry::domain::capability::UseQuota;
use tenantry::domain::usage::NewEvent;
use tenantry::store::usage_events::Recorded;

use crate::world::Tenant;

/// So many tokens, now, under this key.
fn tokens(key: &str, amount: i64) -> NewEvent {
    NewEvent {
        idempotency_key: key.to_owned(),
        meter: "tokens".to_owned(),
        amount,
        at: None,
        model: None,
        agent: None,
        cost_center: None,
        direction: None,
        cost_usd: None,
    }
}

/// Reports as the tenant's owner might.
async fn report(tenant: &Tenant, events: &[NewEvent]) -> Recorded {
    let mut tx = tenant.open::<UseQuota>("owner").await.expect("an owner may");
    let recorded = tx.record_usage(events).await.expect("the database answers");
    tx.commit().await.expect("committed");
    recorded
}

fn done(accepted: i64, duplicates: i64) -> Recorded {
    Recorded::Done { accepted, duplicates }
}

/// A number from one of the tenant's tables: `sum(amount) from usage_days where …`.
async fn figure(tenant: &Tenant, of: &str) -> i64 {
    let (what, condition) = of.split_once(" where ").unwrap_or((of, "true"));
    tenant.world.number(&format!("select coalesce((select {what} where tenant_id = '{}' and ({condition})), 0)::bigint", tenant.id)).await
}
