//! A world of its own for each test: a fresh database, the real store, people with real sessions.
//!
//! Every test ends with [`World::finish`], which checks what must hold of any database at any time.

pub mod cluster;
pub mod factor;
pub mod http;
mod invariants;
pub mod keys;
pub mod knot;
pub mod people;
pub mod proxy;
pub mod scene;
pub mod smtp;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use cluster::Cluster;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tenantry::domain::staff::ManageStaff;
use tenantry::store::handle::Logins;
use tenantry::store::tokens::SecretKey;
use tenantry::store::{PlatformTx, Store, access::PlatformAdmin};

pub use people::Tenant;

/// Cheap to clone; all clones are the same world.
#[derive(Clone)]
pub struct World(Arc<Inner>);

pub struct Inner {
    pub cluster: &'static Cluster,
    pub database: String,
    pub logins: Logins,
    pub store: Store,
    /// The superuser's, for the next question: what a fresh connection has to learn of the schema takes longer than most of them.
    idle: Mutex<Vec<PgConnection>>,
    finished: AtomicBool,
}

impl std::ops::Deref for World {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !self.finished.load(Ordering::Relaxed) && !std::thread::panicking() {
            panic!("a test ends with world.finish().await");
        }
    }
}

impl World {
    pub async fn start() -> World {
        World::start_on(Cluster::shared()).await
    }

    pub async fn start_on(cluster: &'static Cluster) -> World {
        let database = cluster.clone_template().await;
        let logins = cluster.logins(&database);
        let store = Store::new(&logins, 8, 8, SecretKey::new(String::from("a key for tests").into()));
        World(Arc::new(Inner { cluster, database, logins, store, idle: Mutex::default(), finished: AtomicBool::new(false) }))
    }

    /// Where its servers keep what is theirs; made when the first of them has something.
    pub fn data_dir(&self) -> PathBuf {
        std::env::temp_dir().join(format!("tenantry-data-{}", self.database))
    }

    /// Where uploads stand while they are read.
    pub fn uploads(&self) -> PathBuf {
        self.data_dir().join("uploads")
    }

    /// A second server on the same database: pools of its own.
    pub fn another_store(&self, app: u32, platform: u32) -> Store {
        Store::new(&self.logins, app, platform, SecretKey::new(String::from("a key for tests").into()))
    }

    /// The console as the operator of the command line sees it.
    pub async fn console(&self) -> PlatformTx {
        self.store.platform::<ManageStaff>(&PlatformAdmin::operator("the operator")).await.expect("an operator may open the console")
    }

    pub fn superuser_login(&self) -> PgConnectOptions {
        self.cluster.login("postgres", &self.database)
    }

    /// Past every policy and grant, to look and to arrange.
    pub async fn superuser(&self) -> PgConnection {
        self.superuser_login().connect().await.expect("the superuser connects")
    }

    /// A connection that nobody uses, or a new one: what was idle may have been cut.
    async fn take(&self) -> PgConnection {
        let idle = self.idle.lock().expect("no panic while held").pop();
        if let Some(mut conn) = idle
            && conn.ping().await.is_ok()
        {
            return conn;
        }
        self.superuser().await
    }

    fn put_back(&self, conn: PgConnection) {
        self.idle.lock().expect("no panic while held").push(conn);
    }

    /// Arranges with the superuser's rights.
    pub async fn sql(&self, statements: &str) {
        let mut conn = self.take().await;
        let done = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut conn).await;
        done.unwrap_or_else(|error| panic!("{error}\n{statements}"));
        self.put_back(conn);
    }

    /// One number that the superuser sees.
    pub async fn number(&self, query: &str) -> i64 {
        let mut conn = self.take().await;
        let found = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut conn).await;
        self.put_back(conn);
        found.unwrap_or_else(|error| panic!("{error}\n{query}"))
    }

    /// One column of texts that the superuser sees.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let mut conn = self.take().await;
        let found = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut conn).await;
        self.put_back(conn);
        found.unwrap_or_else(|error| panic!("{error}\n{query}"))
    }

    /// One text that the superuser sees.
    pub async fn text(&self, query: &str) -> String {
        self.texts(query).await.into_iter().next().unwrap_or_else(|| panic!("no row: {query}"))
    }

    /// The last line of every test: what must always hold, holds.
    pub async fn finish(&self) {
        self.store.healed().await;
        let broken = self.broken_invariants().await;
        assert!(broken.is_empty(), "at the end of the test: {broken:#?}");
        self.abandon().await;
    }

    /// The last line of a test that broke the database on purpose.
    pub async fn abandon(&self) {
        self.store.close().await;
        // Most have none.
        let _ = std::fs::remove_dir_all(self.data_dir());
        self.0.finished.store(true, Ordering::Relaxed);
        self.cluster.admin(format!("drop database {} with (force)", self.database)).await;
    }
}
