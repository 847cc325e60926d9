//! What is asked at every start, before anything is served.

use sqlx::Row as _;

use super::rights::check_login;
use super::{Finding, finding};
use crate::store::guarded::Guarded;
use crate::store::handle::Store;
use crate::store::{Result, StoreError};

/// The oldest PostgreSQL that works, as `server_version_num` has it.
const OLDEST_SERVER: i32 = 150_000;

impl Store {
    /// # Errors
    /// `WrongState` when the server is too old or has no schema yet.
    pub async fn check_server(&self) -> Result<()> {
        let mut conn = Guarded::open(self.platform_pool()).await?;
        let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int").fetch_one(conn.conn()).await?;
        if version < OLDEST_SERVER {
            return Err(StoreError::WrongState("PostgreSQL 15 or newer is needed"));
        }
        let there: bool = sqlx::query_scalar("select to_regclass('tenants') is not null").fetch_one(conn.conn()).await?;
        conn.release();
        if there { Ok(()) } else { Err(StoreError::WrongState("the database has no schema yet: run `tenantry migrate`")) }
    }

    /// The names of the logins that this server really uses: the app's and the platform's.
    pub(in crate::store) async fn login_names(&self) -> Result<[String; 2]> {
        let mut names = [String::new(), String::new()];
        for (name, pool) in names.iter_mut().zip([self.app_pool(), self.platform_pool()]) {
            let mut conn = Guarded::open(pool).await?;
            *name = sqlx::query_scalar("select current_user::text").fetch_one(conn.conn()).await?;
            conn.release();
        }
        Ok(names)
    }

    /// Whether the logins that this server really uses are under row-level security, and whether the next borrower of a connection finds
    /// it clean; asked at every start.
    pub async fn check_logins(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for pool in [self.app_pool(), self.platform_pool()] {
            let mut conn = Guarded::open(pool).await?;
            let login: String = sqlx::query_scalar("select current_user::text").fetch_one(conn.conn()).await?;
            // In a transaction that began earlier the two clocks differ. Sent as one message: a prepared statement has a clock of its own.
            let clean = sqlx::raw_sql("select app_tenant() is null and now() = statement_timestamp()").fetch_one(conn.conn()).await?;
            if !clean.get::<bool, _>(0) {
                findings.push(finding("a borrowed connection is in no transaction and knows no tenant", &login, "it is, or does"));
            }
            check_login(conn.conn(), &login, &mut findings).await?;
            conn.release();
        }
        Ok(findings)
    }
}
