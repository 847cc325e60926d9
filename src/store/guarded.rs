//! A connection on loan that comes back clean, however its borrower ends (security.md, C2).

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, PgConnection, Postgres};

use super::access::PlatformAdmin;
use super::{Result, StoreError};
use crate::domain::ids::TenantId;

/// How long a dropped transaction may take to roll back before its connection is closed instead.
const HEAL_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection of a pool, in most cases inside one transaction. Whatever ends its owner early, the connection is clean before it is used
/// again.
pub(super) struct Guarded {
    conn: Option<PoolConnection<Postgres>>,
    begun: bool,
}

/// The first statement on a connection.
#[derive(Clone, Copy)]
pub(super) enum First<'a> {
    Begin(&'a str),
    Recheck(&'a PlatformAdmin),
}

impl Guarded {
    /// `begin` and the tenant of the transaction in one round trip.
    pub(super) async fn begin(pool: &PgPool, tenant: Option<TenantId>) -> Result<Self> {
        let statement = match tenant {
            // A UUID prints as hex digits and hyphens: nothing to escape. `set local` takes no parameters.
            Some(tenant) => format!("begin; set local app.tenant_id = '{tenant}'"),
            None => "begin".to_owned(),
        };
        Guarded::connect(pool, First::Begin(&statement)).await
    }

    /// A connection on which the first statement succeeds. After a restart of PostgreSQL every idle connection is dead: each is dropped,
    /// then a new one is made, which tells the truth.
    pub(super) async fn connect(pool: &PgPool, first: First<'_>) -> Result<Self> {
        let mut dead = 0;
        loop {
            let begun = matches!(first, First::Begin(_));
            let mut tx = Guarded { conn: Some(pool.acquire().await?), begun };
            let answer = match first {
                First::Begin(statement) => {
                    let begin = sqlx::raw_sql(AssertSqlSafe(statement)).execute(tx.conn()).await;
                    begin.map(drop).map_err(StoreError::from)
                }
                First::Recheck(admin) => admin.recheck(tx.conn()).await,
            };
            match answer {
                Ok(()) => return Ok(tx),
                Err(error) => {
                    if !matches!(error, StoreError::Unavailable(_)) {
                        return Err(error);
                    }
                    if let Some(mut conn) = tx.conn.take() {
                        conn.close_on_drop();
                    }
                    if dead > pool.options().get_max_connections() {
                        return Err(error);
                    }
                    dead += 1;
                }
            }
        }
    }

    pub(super) fn conn(&mut self) -> &mut PgConnection {
        self.conn.as_mut().expect("the connection leaves only in commit, rollback and drop, which consume the guard")
    }

    pub(super) async fn commit(self) -> Result<()> {
        self.end("commit").await
    }

    pub(super) async fn rollback(self) -> Result<()> {
        self.end("rollback").await
    }

    async fn end(mut self, statement: &'static str) -> Result<()> {
        sqlx::raw_sql(statement).execute(self.conn()).await?;
        // Only now is the connection clean; a drop before this line heals it.
        self.conn.take();
        Ok(())
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take().filter(|_| self.begun) else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    let healed = tokio::time::timeout(HEAL_TIMEOUT, sqlx::raw_sql("rollback").execute(&mut *conn)).await;
                    if !matches!(healed, Ok(Ok(_))) {
                        conn.close_on_drop();
                    }
                });
            }
            Err(_no_runtime) => conn.close_on_drop(),
        }
    }
}
