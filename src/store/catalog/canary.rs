//! Part 2 of the isolation prover on a live database: two tenants that exist in one transaction of the app's own login and nowhere else,
//! rows of theirs in every tenant table, and every verb tried on them with the right tenant and with wrong ones.
//!
//! Nothing of it is kept: the caller takes the transaction back, and the database refuses to commit one with a canary in it
//! (`tenants_canary`). Every statement names rows of the canaries, so that no row of anybody else is locked whatever is wrong.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::rows::{CONTEXTS, Context, Outcome, TenantTable, VERBS, read_tables};
use super::{Finding, finding};
use crate::store::{Result, StoreError};

/// Tables that rows of others refer to.
const FIRST: &[&str] = &["threads", "invoices", "api_keys"];

const RULE: &str = "the app reaches rows of its own tenant only";

/// How much was tried, and what went otherwise than it should.
#[derive(Debug, Default)]
pub struct Tried {
    pub attempts: usize,
    pub findings: Vec<Finding>,
}

/// Tries everything in the transaction that is open on `conn`, the app's. The caller takes it back.
pub async fn try_canaries(conn: &mut PgConnection) -> Result<Tried> {
    let ids: Vec<Uuid> = sqlx::query_scalar("select canary_begin()").fetch_one(&mut *conn).await?;
    let (own, foreign) = match ids.as_slice() {
        [own, foreign] => (own.to_string(), foreign.to_string()),
        _ => return Err(StoreError::WrongState("there are two canaries")),
    };
    let mut tables = read_tables(conn).await?;
    tables.sort_by_key(|table| !FIRST.contains(&table.name));
    let mut tried = Tried::default();
    for table in &tables {
        for unknown in &table.unknown {
            tried.findings.push(finding("a value can be made for every column", table.name, unknown));
        }
        // Whoever may do nothing with a table is refused whatever stands in it.
        if !table.granted.values().any(|granted| *granted) {
            continue;
        }
        for tenant in [&own, &foreign] {
            let row = format!("select canary_row('{}', {})", table.name, table.row(tenant));
            if let Outcome::Refused(code) = keep(conn, tenant, &row).await? {
                tried.findings.push(finding("a row can be made in every table", table.name, format!("it is refused with {code}")));
            }
        }
    }
    for table in &tables {
        tried.table(conn, table, &own, &foreign).await?;
    }
    for special in ["tenants", "users"] {
        // The person of a canary has its id.
        for context in CONTEXTS {
            let statement = format!("select id from {special} where id = '{own}'");
            tried.verb(conn, special, "select", true, context, (&own, &foreign), &statement).await?;
        }
    }
    Ok(tried)
}

impl Tried {
    async fn table(&mut self, conn: &mut PgConnection, table: &TenantTable, own: &str, foreign: &str) -> Result<()> {
        for verb in VERBS {
            let granted = table.granted.get(verb).copied().unwrap_or(false);
            let statement = table.statement(verb, own);
            for context in CONTEXTS {
                self.verb(conn, table.name, verb, granted, context, (own, foreign), &statement).await?;
            }
        }
        for (what, statement) in table.forbidden(own, foreign) {
            self.attempts += 1;
            let outcome = attempt(conn, Some(own), &statement).await?;
            if !outcome.is_refused() {
                self.findings.push(finding(RULE, table.name, format!("{what} {}", outcome.words())));
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "one cell of the matrix has so many coordinates")]
    async fn verb(
        &mut self,
        conn: &mut PgConnection,
        table: &str,
        verb: &str,
        granted: bool,
        context: Context,
        (own, foreign): (&str, &str),
        statement: &str,
    ) -> Result<()> {
        self.attempts += 1;
        let outcome = attempt(conn, context.setting(own, foreign), statement).await?;
        if !outcome.is_right(context, granted) {
            self.findings.push(finding(RULE, table, format!("{verb} with {} {}", context.words(), outcome.words())));
        }
        Ok(())
    }
}

/// Begins a part of the transaction that can be taken back by itself, with this tenant.
async fn begin(conn: &mut PgConnection, setting: Option<&str>) -> Result<()> {
    // `set local` takes no parameters.
    let set = setting.map(|tenant| format!("; set local app.tenant_id = '{}'", tenant.replace('\'', "''"))).unwrap_or_default();
    sqlx::raw_sql(AssertSqlSafe(format!("savepoint attempt{set}"))).execute(conn).await?;
    Ok(())
}

async fn run(conn: &mut PgConnection, statement: &str) -> Result<Outcome> {
    match sqlx::raw_sql(AssertSqlSafe(statement)).execute(conn).await {
        Ok(done) => Ok(Outcome::Touched(done.rows_affected())),
        Err(sqlx::Error::Database(refused)) => Ok(Outcome::Refused(refused.code().unwrap_or_default().into_owned())),
        Err(error) => Err(error.into()),
    }
}

/// Runs the statement with this tenant, and takes it back.
async fn attempt(conn: &mut PgConnection, setting: Option<&str>, statement: &str) -> Result<Outcome> {
    begin(conn, setting).await?;
    let outcome = run(conn, statement).await?;
    sqlx::raw_sql("rollback to savepoint attempt; release savepoint attempt").execute(conn).await?;
    Ok(outcome)
}

/// Runs the statement with this tenant; it holds until the transaction is taken back.
async fn keep(conn: &mut PgConnection, tenant: &str, statement: &str) -> Result<Outcome> {
    begin(conn, Some(tenant)).await?;
    let outcome = run(conn, statement).await?;
    let end = match outcome {
        Outcome::Touched(_) => "release savepoint attempt; set local app.tenant_id = ''",
        Outcome::Refused(_) => "rollback to savepoint attempt; release savepoint attempt",
    };
    sqlx::raw_sql(end).execute(conn).await?;
    Ok(outcome)
}
