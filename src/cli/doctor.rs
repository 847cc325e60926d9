//! `tenantry doctor`: does this installation hold its promise? The isolation prover's look into the catalog, its attempts on rows of two
//! made-up tenants, and the audit chains recomputed. The result is kept for `/admin/isolation`.

use serde_json::json;

use super::connect::{Purpose, connect};
use super::operator;
use crate::config::Config;
use crate::domain::isolation::{PartResult, Report};
use crate::store::Store;
use crate::store::isolation::parts_document;

/// Whether everything is as it should be.
pub async fn run(config: &Config, json: bool) -> anyhow::Result<bool> {
    let connected = connect(config, Purpose::Command).await?;
    let result = examine(&connected.store).await;
    connected.stop().await?;
    let (report, kept) = result?;
    if json {
        let document = json!({
            "healthy": report.is_healthy(),
            "version": report.version,
            "finished_at": report.finished_at,
            "duration_ms": report.duration_ms,
            "kept": kept,
            "checks": parts_document(&report),
        });
        println!("{document}");
        return Ok(report.is_healthy());
    }
    for part in &report.parts {
        print(part);
    }
    println!("{}", if report.is_healthy() { "healthy" } else { "not healthy" });
    Ok(report.is_healthy())
}

fn print(part: &PartResult) {
    let outcome = match part.findings.len() {
        0 => "ok".to_owned(),
        1 => "1 finding".to_owned(),
        n => format!("{n} findings"),
    };
    println!("{}: {} {}, {outcome}", part.part.title(), part.looked_at, part.part.unit(part.looked_at));
    for found in &part.findings {
        println!("  {}: {} ({})", found.object, found.rule, found.found);
    }
}

/// The result, and whether it could be kept: a database with findings may not be able to.
pub async fn examine(store: &Store) -> anyhow::Result<(Report, bool)> {
    let report = store.examine(|_| std::future::ready(())).await?;
    let kept = store.keep_report(&operator(), &report).await;
    if let Err(cause) = &kept {
        eprintln!("tenantry: the result could not be kept for the console: {cause}");
    }
    Ok((report, kept.is_ok()))
}
