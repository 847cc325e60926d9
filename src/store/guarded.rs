//! A connection on loan that comes back clean, however its borrower ends (security.md, C2).

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::pool::{self, Pool, Pooled};
use super::refusals::Refused;
use super::{Result, StoreError};
use crate::domain::ids::TenantId;

/// How long a dropped borrower's statement or transaction may take to end before its connection is closed instead.
const HEAL_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection of a pool, in most cases inside one transaction. Whatever ends its owner early, the connection is clean before it is used
/// again.
pub struct Guarded {
    conn: Option<Pooled>,
    begun: bool,
}

/// The first statement on a connection. It may be sent again, on another connection, when the first one turns out dead.
pub(super) trait First: Sync {
    type Answer: Send;
    /// Whether a transaction is open after it.
    const BEGINS: bool = false;

    fn ask(&self, conn: &mut PgConnection) -> impl Future<Output = Result<Self::Answer>> + Send;
}

/// `begin` and the tenant of the transaction in one round trip.
struct Begin(String);

impl First for Begin {
    type Answer = ();
    const BEGINS: bool = true;

    async fn ask(&self, conn: &mut PgConnection) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(self.0.as_str())).execute(conn).await?;
        Ok(())
    }
}

struct Ping;

impl First for Ping {
    type Answer = ();

    async fn ask(&self, conn: &mut PgConnection) -> Result<()> {
        Ok(conn.ping().await?)
    }
}

/// What a tenant's transaction begins with.
pub(super) fn begin_in(tenant: TenantId, begin: &str) -> String {
    // A UUID prints as hex digits and hyphens: nothing to escape. `set local` takes no parameters.
    format!("{begin}; set local app.tenant_id = '{tenant}'")
}

impl Guarded {
    /// A transaction, in which only this tenant's rows can be seen, if there is one.
    pub(super) async fn begin(pool: &Pool, tenant: Option<TenantId>) -> Result<Self> {
        let statement = match tenant {
            Some(tenant) => begin_in(tenant, "begin"),
            None => "begin".to_owned(),
        };
        Ok(Guarded::connect(pool, &Begin(statement)).await?.0)
    }

    /// A transaction in which this tenant stays as it is when the first row is read. Nothing is written in it.
    pub(super) async fn begin_snapshot(pool: &Pool, tenant: TenantId) -> Result<Self> {
        let begin = begin_in(tenant, "begin isolation level repeatable read read only");
        // Times are written as text: in the same words whatever the server's zone is.
        Ok(Guarded::connect(pool, &Begin(format!("{begin}; set local time zone 'UTC'"))).await?.0)
    }

    /// A transaction in which only this tenant's rows can be seen, and nothing written: by PostgreSQL's own rule, whatever is asked.
    pub(super) async fn begin_to_read(pool: &Pool, tenant: TenantId) -> Result<Self> {
        Ok(Guarded::connect(pool, &Begin(begin_in(tenant, "begin read only"))).await?.0)
    }

    /// A connection outside of a transaction.
    pub(super) async fn open(pool: &Pool) -> Result<Self> {
        Ok(Guarded::connect(pool, &Ping).await?.0)
    }

    /// A connection on which the first statement succeeds, and its answer. After a restart of PostgreSQL every idle connection is dead:
    /// each is dropped, then a new one is made, which tells the truth.
    pub(super) async fn connect<F: First>(pool: &Pool, first: &F) -> Result<(Self, F::Answer)> {
        let mut dead = 0;
        loop {
            let mut tx = Guarded { conn: Some(pool.get().await?), begun: F::BEGINS };
            match first.ask(tx.conn()).await {
                Ok(answer) => return Ok((tx, answer)),
                Err(error) => {
                    if !matches!(error, StoreError::Unavailable(_)) {
                        return Err(error);
                    }
                    tx.discard();
                    if dead > pool.status().max_size {
                        return Err(error);
                    }
                    dead += 1;
                }
            }
        }
    }

    pub(super) fn conn(&mut self) -> &mut PgConnection {
        self.conn.as_mut().expect("the connection leaves only in the methods that consume the guard, and in its drop")
    }

    /// Takes the transaction back, and keeps in one of its own what `keep` writes. Afterwards nothing is written here any more: a transaction
    /// is open that only reads, so that whoever goes on notices.
    pub(super) async fn rollback_keeping(&mut self, tenant: TenantId, keep: &Refused<'_>) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(format!("rollback; {}", begin_in(tenant, "begin")))).execute(self.conn()).await?;
        keep.write(self.conn()).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("commit; {}", begin_in(tenant, "begin read only")))).execute(self.conn()).await?;
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<()> {
        self.end("commit").await
    }

    pub(super) async fn rollback(self) -> Result<()> {
        self.end("rollback").await
    }

    async fn end(mut self, statement: &'static str) -> Result<()> {
        sqlx::raw_sql(statement).execute(self.conn()).await?;
        self.begun = false;
        self.release();
        Ok(())
    }

    /// Gives the connection back at once. Each statement on it must have come to its end; in a transaction nothing is given back.
    pub(super) fn release(mut self) {
        if !self.begun {
            // Only now is the connection clean; a drop before this line heals it.
            self.conn.take();
        }
    }

    fn discard(mut self) {
        self.conn.take().map(Pooled::take);
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        let begun = self.begun;
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                let healing = pool::heal(&conn);
                runtime.spawn(async move {
                    // Either one also waits for the end of a statement whose answer nobody waits for any more.
                    let heal =
                        async { if begun { sqlx::raw_sql("rollback").execute(&mut *conn).await.map(drop) } else { conn.ping().await } };
                    let clean = matches!(tokio::time::timeout(HEAL_TIMEOUT, heal).await, Ok(Ok(())));
                    if clean {
                        drop(conn)
                    } else {
                        drop(Pooled::take(conn))
                    }
                    drop(healing);
                });
            }
            Err(_no_runtime) => drop(Pooled::take(conn)),
        }
    }
}
