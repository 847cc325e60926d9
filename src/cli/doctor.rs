//! `tenantry doctor`: does this installation hold its promise? Part 1 of the isolation prover against the live database, and the audit
//! chains recomputed.

use serde_json::json;

use super::connect::{Connected, Purpose, connect};
use crate::config::Config;
use crate::store::access::PlatformAdmin;
use crate::store::catalog::{Inspection, inspect};

/// Whether everything is as it should be.
pub async fn run(config: &Config, json: bool) -> anyhow::Result<bool> {
    let connected = connect(config, Purpose::Command).await?;
    let result = examine(&connected).await;
    connected.stop().await?;
    let (inspection, broken) = result?;
    let healthy = inspection.findings.is_empty() && broken.is_empty();
    if json {
        let broken: Vec<_> = broken.iter().map(|(tenant, seq)| json!({ "tenant_id": tenant, "seq": seq })).collect();
        println!("{}", json!({ "healthy": healthy, "catalog": inspection, "broken_audit_chains": broken }));
        return Ok(healthy);
    }
    println!(
        "catalog: {} relations, {} policies, {} definer functions, {} findings",
        inspection.tables,
        inspection.policies,
        inspection.functions,
        inspection.findings.len()
    );
    for finding in &inspection.findings {
        println!("  {}: {} ({})", finding.object, finding.rule, finding.found);
    }
    println!("audit: {} broken chains", broken.len());
    for (tenant, seq) in &broken {
        println!("  tenant {tenant}: event {seq} does not fit the one before");
    }
    println!("{}", if healthy { "healthy" } else { "not healthy" });
    Ok(healthy)
}

async fn examine(connected: &Connected) -> anyhow::Result<(Inspection, Vec<(crate::domain::ids::TenantId, i64)>)> {
    let logins = &connected.logins;
    let inspection = inspect(&logins.platform, [logins.app.get_username(), logins.platform.get_username()]).await?;
    let mut tx = connected.store.platform(&PlatformAdmin::operator("doctor")).await?;
    let broken = tx.verify_chains().await?;
    tx.commit().await?;
    Ok((inspection, broken))
}
