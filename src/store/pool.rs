//! Connections of one login, kept open between requests.
//!
//! `deadpool` and not sqlx's own pool: that one asks the server a question whenever a connection comes back, which takes as long as a
//! page's own statement. Here nothing is asked: [`super::guarded::Guarded`] knows whether its connection is clean.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, PoolError, QueueMode, RecycleError, RecycleResult};
use deadpool::{Runtime, managed};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use super::StoreError;

/// How long a request waits for a connection before it is told to come back later.
const WAIT: Duration = Duration::from_millis(1_500);

/// What a long-lived backend collects of memory goes with it.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

pub type Pool = managed::Pool<Connections>;
pub(super) type Pooled = Object<Connections>;

/// Makes the connections of a pool.
#[derive(Debug)]
pub struct Connections {
    options: PgConnectOptions,
    /// Read-locked by each task that cleans what a dropped borrower left.
    healing: Arc<RwLock<()>>,
}

impl Manager for Connections {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        self.options.connect().await
    }

    async fn recycle(&self, _: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() < LIFETIME { Ok(()) } else { Err(RecycleError::message("the connection is old")) }
    }
}

/// A pool without a connection yet: the database may be away at this moment.
pub(super) fn pool(options: &PgConnectOptions, connections: u32, name: &str) -> Pool {
    // Compiling a statement of a page takes a hundred times as long as running it.
    let options = options.clone().application_name(name).options([("jit", "off")]).disable_statement_logging();
    managed::Pool::builder(Connections { options, healing: Arc::default() })
        .max_size(usize::try_from(connections).unwrap_or(usize::MAX))
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        // The connection that was used last has its pages and plans at hand.
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1)
        .build()
        .expect("timeouts have their runtime")
}

/// Held for as long as a connection is being cleaned; `None` when somebody waits for that already.
pub(super) fn heal(conn: &Pooled) -> Option<OwnedRwLockReadGuard<()>> {
    Arc::clone(&Object::pool(conn)?.manager().healing).try_read_owned().ok()
}

/// Waits until what dropped borrowers left is cleaned.
pub(super) async fn healed(pool: &Pool) {
    drop(pool.manager().healing.write().await);
}

/// Takes leave of the server on every connection that nobody uses; those in use are closed as they come back.
pub(super) async fn close(pool: &Pool) {
    healed(pool).await;
    for conn in pool.retain(|_, _| false).removed {
        // The server notices a closed socket as well.
        let _ = conn.close().await;
    }
    pool.close();
}

impl From<PoolError<sqlx::Error>> for StoreError {
    fn from(error: PoolError<sqlx::Error>) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(_) | PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                StoreError::Unavailable(error.to_string())
            }
        }
    }
}
