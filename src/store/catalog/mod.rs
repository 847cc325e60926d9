//! Part 1 of the isolation prover: does the database itself hold the promise? Read from its catalog, live.
//!
//! Every relation, policy and definer function is listed in `expected.rs`; whatever is unlisted, missing or different is a finding.

mod expected;
mod partitions;
mod rights;
mod start;
mod tables;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

pub use self::expected::{DEFINER_FUNCTIONS, GLOBAL_TABLES, PLATFORM_TABLES, SPECIAL_TABLES, TENANT_TABLES, VIEWS};
use super::Result;

/// One broken rule: which, where, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub rule: &'static str,
    pub object: String,
    pub found: String,
}

fn finding(rule: &'static str, object: impl Into<String>, found: impl Into<String>) -> Finding {
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
    let mut findings = Vec::new();
    let tables = tables::check_relations(conn, &mut findings).await? + partitions::check_partitions(conn, &mut findings).await?;
    tables::check_tenant_tables(conn, &mut findings).await?;
    let policies = tables::check_policies(conn, &mut findings).await?;
    tables::check_context(conn, &mut findings).await?;
    rights::check_privileges(conn, logins, &mut findings).await?;
    for login in logins {
        rights::check_login(conn, login, &mut findings).await?;
    }
    let functions = rights::check_functions(conn, &mut findings).await?;
    Ok(Inspection { tables, policies, functions, findings })
}
