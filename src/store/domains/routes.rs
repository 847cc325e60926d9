//! Which names lead to which tenant, in the memory of every server: a request asks nobody, and the answer stays while the database is away.
//!
//! The database tells of each change when it is committed (`NOTIFY`), and every server reads all names again: a change is everywhere within a
//! second. Whatever a notice was lost for is found by reading every [`EVERY`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::{Mutex, watch};
use tokio::time::MissedTickBehavior;

use crate::domain::slug::Slug;
use crate::store::Result;
use crate::store::access::stored;
use crate::store::handle::Store;

/// How late a change may be seen whose notice was lost.
pub const EVERY: Duration = Duration::from_secs(30);
/// How soon the database is asked again after it was away.
const AGAIN: Duration = Duration::from_secs(1);
const CHANNEL: &str = "domain_routes";

/// The names that are answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Routes {
    tenants: HashMap<String, Slug>,
    primary: HashMap<Slug, String>,
}

impl Routes {
    /// Whose name this is.
    pub fn tenant_of(&self, name: &str) -> Option<&Slug> {
        self.tenants.get(name)
    }

    /// The name to which the tenant's other ones lead.
    pub fn primary_of(&self, slug: &Slug) -> Option<&str> {
        self.primary.get(slug).map(String::as_str)
    }
}

/// The memory of one server.
#[derive(Debug)]
pub struct RouteMap {
    now: watch::Sender<Arc<Routes>>,
    /// Whoever reads last has read last: an older answer never takes the place of a newer one.
    reading: Mutex<()>,
    login: PgConnectOptions,
}

impl RouteMap {
    pub(crate) fn new(login: &PgConnectOptions) -> Self {
        Self { now: watch::Sender::default(), reading: Mutex::default(), login: login.clone() }
    }
}

impl Store {
    /// As this server knows them.
    pub fn routes(&self) -> Arc<Routes> {
        self.routes.now.borrow().clone()
    }

    /// Each change, as this server learns of it.
    pub fn watch_routes(&self) -> watch::Receiver<Arc<Routes>> {
        self.routes.now.subscribe()
    }

    /// Reads all names again.
    pub async fn read_routes(&self) -> Result<()> {
        let _one_at_a_time = self.routes.reading.lock().await;
        let mut tx = self.worker(None).await?;
        let rows =
            sqlx::query!(r#"select name as "name!", slug as "slug!", leads as "leads!" from routed_domains"#).fetch_all(tx.conn()).await?;
        tx.commit().await?;
        let mut routes = Routes::default();
        for row in rows {
            let slug: Slug = stored(row.slug.parse())?;
            if row.leads {
                routes.primary.insert(slug.clone(), row.name.clone());
            }
            routes.tenants.insert(row.name, slug);
        }
        self.routes.now.send_if_modified(|known| {
            let changed = **known != routes;
            if changed {
                *known = Arc::new(routes);
            }
            changed
        });
        Ok(())
    }

    /// Keeps this server's memory up to date; never ends by itself.
    pub async fn follow_routes(&self) {
        // It is opened when it is needed, and again after it broke.
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(self.routes.login.clone().application_name("tenantry routes"));
        loop {
            if let Err(cause) = self.hear_routes(&pool).await {
                tracing::debug!(%cause, "changes of domains cannot be heard; tried again in a moment");
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn hear_routes(&self, pool: &sqlx::PgPool) -> std::result::Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        let mut poll = tokio::time::interval(EVERY);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // Not begun anew with each turn of the clock: it may have read half a message.
            let heard = listener.try_recv();
            tokio::pin!(heard);
            loop {
                tokio::select! {
                    heard = &mut heard => match heard? {
                        Some(_) => break,
                        // The connection broke: what was said meanwhile is lost.
                        None => return Ok(()),
                    },
                    // The first turn comes at once, when nothing can be missed any more.
                    _ = poll.tick() => self.reread().await,
                }
            }
            self.reread().await;
        }
    }

    async fn reread(&self) {
        if let Err(cause) = self.read_routes().await {
            tracing::warn!(%cause, "the names of custom domains could not be read; those known before are answered");
        }
    }
}
