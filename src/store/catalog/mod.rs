//! Part 1 of the isolation prover: does the database itself hold the promise? Read from its catalog, live. And part 2 as a canary: rows that
//! are tried as the app's own login, see [`rows`].
//!
//! Every relation, policy and definer function is listed in `expected.rs`; whatever is unlisted, missing or different is a finding.

mod canary;
mod expected;
mod partitions;
mod rights;
pub mod rows;
mod start;
mod tables;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

pub use self::canary::{Tried, try_canaries};
pub use self::expected::{DEFINER_FUNCTIONS, GLOBAL_TABLES, PLATFORM_TABLES, SPECIAL_TABLES, TENANT_TABLES, VIEWS};
use super::Result;
use crate::domain::isolation::{Found, Part, PartResult};

/// One broken rule: which, where, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub rule: &'static str,
    pub object: String,
    pub found: String,
}

pub(super) fn finding(rule: &'static str, object: impl Into<String>, found: impl Into<String>) -> Finding {
    Finding { rule, object: object.into(), found: found.into() }
}

/// What [`Inspection::findings`] was looked for in.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Inspection {
    pub tables: usize,
    pub policies: usize,
    pub functions: usize,
    pub findings: Vec<Finding>,
}

/// Inspects the database that `login` reaches; any login may read the catalog. `logins` are the names of the app's and the platform's.
pub async fn inspect(login: &PgConnectOptions, logins: [&str; 2]) -> Result<Inspection> {
    let mut conn = login.clone().disable_statement_logging().connect().await?;
    let inspection = inspect_through(&mut conn, logins).await?;
    conn.close().await?;
    Ok(inspection)
}

/// As [`inspect`], through a connection of the caller's: sees what its transaction has changed so far.
pub async fn inspect_through(conn: &mut PgConnection, logins: [&str; 2]) -> Result<Inspection> {
    let parts = inspect_parts(conn, logins).await?;
    let of = |part: Part| parts.iter().filter(|(known, ..)| *known == part).map(|(_, n, _)| n).sum();
    let (tables, policies, functions) = (of(Part::Tables) + of(Part::Partitions), of(Part::Policies), of(Part::Functions));
    Ok(Inspection { tables, policies, functions, findings: parts.into_iter().flat_map(|(.., findings)| findings).collect() })
}

/// The inspection part by part: how much was looked at, and what is wrong.
pub async fn inspect_parts(conn: &mut PgConnection, logins: [&str; 2]) -> Result<Vec<(Part, usize, Vec<Finding>)>> {
    let mut parts = Vec::new();
    let mut found = Vec::new();
    let tables = tables::check_relations(conn, &mut found).await?;
    parts.push((Part::Tables, tables, std::mem::take(&mut found)));
    let tenant_tables = tables::check_tenant_tables(conn, &mut found).await?;
    parts.push((Part::RowSecurity, tenant_tables, std::mem::take(&mut found)));
    let policies = tables::check_policies(conn, &mut found).await?;
    tables::check_context(conn, &mut found).await?;
    parts.push((Part::Policies, policies, std::mem::take(&mut found)));
    let partitions = partitions::check_partitions(conn, &mut found).await?;
    parts.push((Part::Partitions, partitions, std::mem::take(&mut found)));
    let privileges = rights::check_privileges(conn, logins, &mut found).await?;
    parts.push((Part::Privileges, privileges, std::mem::take(&mut found)));
    for login in logins {
        rights::check_login(conn, login, &mut found).await?;
    }
    parts.push((Part::Logins, logins.len(), std::mem::take(&mut found)));
    let functions = rights::check_functions(conn, &mut found).await?;
    parts.push((Part::Functions, functions, found));
    Ok(parts)
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Found { rule: finding.rule.to_owned(), object: finding.object, found: finding.found }
    }
}

/// One part as it is shown and kept.
pub(super) fn result(part: Part, looked_at: usize, findings: Vec<Finding>) -> PartResult {
    let looked_at = i64::try_from(looked_at).unwrap_or(i64::MAX);
    PartResult { part, looked_at, findings: findings.into_iter().map(Found::from).collect() }
}
