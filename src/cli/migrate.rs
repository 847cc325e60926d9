//! `tenantry migrate`: logins, schema and grants. Safe to run again, also while servers run.

use super::connect::{Purpose, connect};
use crate::config::Config;
use crate::store::migrate::known;

pub async fn run(config: &Config, json: bool) -> anyhow::Result<()> {
    let connected = connect(config, Purpose::Command).await?;
    let applied = connected.migrated;
    connected.stop().await?;
    if json {
        println!("{}", serde_json::json!({ "applied": applied, "known": known() }));
    } else {
        println!("{applied} migrations applied; the schema has all {}.", known());
    }
    Ok(())
}
