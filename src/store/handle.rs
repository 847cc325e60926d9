//! Transactions whose type says whose rows they may touch.
//!
//! | handle | login | sees |
//! |---|---|---|
//! | [`TenantTx<C>`] | app | one tenant's rows; `C` says what may be done there |
//! | [`PublicTx`] | app | no rows; calls the few functions that work before a tenant is known |
//! | [`PlatformTx`] | platform | all tenants, for platform admins |
//! | [`WorkerTx`] | platform | exactly the one tenant of a claimed job |
//!
//! A handle that is dropped before its end (an error, a client that went away) is rolled back before its connection serves anybody
//! else; `sqlx`'s own `begin` does not promise that when its future is dropped midway.
//!
//! ```compile_fail
//! // A tenant's rows cannot be reached without evidence.
//! async fn peek(store: tenantry::store::Store) { store.tenant::<tenantry::domain::capability::ViewTenant>(()).await.unwrap(); }
//! ```
//! ```compile_fail
//! // Evidence cannot be made up.
//! let me = tenantry::store::access::Member { ..todo!() };
//! ```
//! ```compile_fail
//! // Seeing a tenant is not managing its team.
//! use tenantry::{domain::{capability::ViewTenant, ids::UserId}, store::TenantTx};
//! async fn purge(tx: &mut TenantTx<ViewTenant>, who: UserId) { tx.remove_member(who).await.unwrap(); }
//! ```
//! ```compile_fail
//! // A tenant's transaction has no platform methods.
//! use tenantry::{domain::capability::ViewTenant, store::TenantTx};
//! async fn all(tx: &mut TenantTx<ViewTenant>) { tx.overview().await.unwrap(); }
//! ```
//! ```compile_fail
//! // Outside the store there is no connection to write SQL to.
//! async fn raw(store: tenantry::store::Store) { store.app_pool(); }
//! ```
//! ```compile_fail
//! // A capability cannot be invented.
//! enum Everything {}
//! impl tenantry::domain::capability::Capability for Everything {
//!     const LEAST_ROLE: tenantry::domain::role::Role = tenantry::domain::role::Role::Viewer;
//!     const SCOPE: Option<tenantry::domain::key::Scope> = None;
//! }
//! ```
//! ```compile_fail
//! // Support access opens no transaction of a member's.
//! use tenantry::{domain::capability::ViewTenant, store::{Store, access::SupportViewer}};
//! async fn act(store: Store, me: SupportViewer) { store.tenant::<ViewTenant>(&me).await.unwrap(); }
//! ```
//! ```compile_fail
//! // Looking is nothing that changes.
//! use tenantry::{domain::capability::ManageTeam, store::{Store, access::Looker}};
//! async fn act(store: Store, me: Looker) { store.look::<ManageTeam>(&me).await.unwrap(); }
//! ```
//! The same with evidence and capability compiles:
//! ```
//! use tenantry::{domain::{capability::ManageTeam, ids::UserId}, store::{Store, access::Member}};
//! async fn remove(store: Store, me: Member, who: UserId) -> tenantry::store::Result<()> {
//!     let mut tx = store.tenant::<ManageTeam>(&me).await?;
//!     tx.remove_member(who).await?;
//!     tx.commit().await
//! }
//! ```
//! ```
//! use tenantry::{domain::capability::ViewTenant, store::{Store, access::Looker}};
//! async fn look(store: Store, me: Looker) { store.look::<ViewTenant>(&me).await.unwrap(); }
//! ```

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;

use super::access::{Actor, Evidence, KeyCache, PlatformAdmin, TenantHead};
use super::api_rate::ApiRates;
use super::domains::RouteMap;
use super::files::Files;
use super::guarded::Guarded;
use super::metering::Queue;
use super::pool::{self, Pool, pool};
use super::session_lookups::Lookups;
use super::tenant_list::Kept;
use super::tokens::SecretKey;
use super::traffic::Traffic;
use super::{Result, StoreError};
use crate::domain::capability::Capability;
use crate::domain::ids::TenantId;
use crate::domain::staff::{StaffCapability, StaffRole};

/// Where the database is: one set of options a login.
#[derive(Clone)]
pub struct Logins {
    pub owner: PgConnectOptions,
    pub app: PgConnectOptions,
    pub platform: PgConnectOptions,
}

/// Both pools and the key that one-time links are derived from. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    app: Pool,
    platform: Pool,
    /// One connection, for what is consumed: pages and the counting do not wait for each other.
    writer: Pool,
    pub(super) consuming: Queue,
    pub(super) lookups: Lookups,
    pub(super) secret: Arc<SecretKey>,
    pub(super) keys: Arc<KeyCache>,
    pub(super) files: Files,
    pub(super) rates: Arc<ApiRates>,
    pub(super) routes: Arc<RouteMap>,
    pub(super) around: Arc<Kept>,
    pub(super) traffic: Arc<Traffic>,
}

impl Store {
    /// Pools without a connection yet: the database may be away at this moment.
    pub fn new(logins: &Logins, app_connections: u32, platform_connections: u32, secret: SecretKey) -> Self {
        Self {
            app: pool(&logins.app, app_connections, "tenantry app"),
            platform: pool(&logins.platform, platform_connections, "tenantry platform"),
            writer: pool(&logins.app, 1, "tenantry writer"),
            consuming: Queue::default(),
            lookups: Lookups::default(),
            secret: Arc::new(secret),
            keys: Arc::default(),
            files: Files::in_memory(),
            rates: Arc::default(),
            routes: Arc::new(RouteMap::new(&logins.platform)),
            around: Arc::default(),
            traffic: Arc::default(),
        }
    }

    /// Keeps files there, and not in this process's memory.
    pub fn with_files(self, files: Files) -> Self {
        Self { files, ..self }
    }

    pub(super) fn app_pool(&self) -> &Pool {
        &self.app
    }

    pub(super) fn writer_pool(&self) -> &Pool {
        &self.writer
    }

    pub(super) fn platform_pool(&self) -> &Pool {
        &self.platform
    }

    /// Opens a transaction inside the tenant that a member or a key belongs to, and reads again, inside it, whether that is still so.
    ///
    /// # Errors
    /// `NotFound` when the membership is gone or the tenant is deleted, `Suspended`, `Forbidden` when the role lacks `C`, `Key` when the
    /// key works no more or its scopes lack `C`.
    pub async fn tenant<C: Capability>(&self, evidence: &impl Evidence) -> Result<TenantTx<C>> {
        let (tx, head) = evidence.enter(&self.app).await?;
        match head.and_then(|head| head.permit::<C>()) {
            Ok(head) => Ok(TenantTx::of(tx, head, evidence.actor(), self.secret.clone())),
            Err(refused) => {
                tx.rollback().await?;
                Err(refused)
            }
        }
    }

    /// Opens a transaction over all tenants, after reading again that this person is a platform admin whose role has `C`.
    ///
    /// # Errors
    /// `NotFound` for who is no platform admin (any more), `Forbidden` when the role lacks `C`.
    pub async fn platform<C: StaffCapability>(&self, admin: &PlatformAdmin) -> Result<PlatformTx> {
        let mut tx = Guarded::begin(&self.platform, None).await?;
        match admin.recheck(tx.conn()).await.and_then(|role| if C::allows(role) { Ok(role) } else { Err(StoreError::Forbidden) }) {
            Ok(role) => Ok(self.platform_tx(tx, admin, role)),
            Err(refused) => {
                tx.rollback().await?;
                Err(refused)
            }
        }
    }

    /// Of a transaction in which this person's right was read again.
    pub(super) fn platform_tx(&self, tx: Guarded, admin: &PlatformAdmin, role: StaffRole) -> PlatformTx {
        let read = PlatformRead { tx, secret: self.secret.clone() };
        PlatformTx { read, actor: admin.actor(), around: self.around.clone(), role }
    }

    /// Reads over all tenants, after reading again that this person is a platform admin.
    pub async fn platform_read(&self, admin: &PlatformAdmin) -> Result<PlatformRead> {
        let (tx, _role) = Guarded::connect(&self.platform, admin).await?;
        Ok(PlatformRead { tx, secret: self.secret.clone() })
    }

    /// The same for what not all staff may see: secrets, and who is on the staff.
    ///
    /// # Errors
    /// `NotFound`, `SecondFactorNeeded`; `Forbidden` when the role lacks `C`.
    pub async fn platform_read_for<C: StaffCapability>(&self, admin: &PlatformAdmin) -> Result<PlatformRead> {
        let (tx, role) = Guarded::connect(&self.platform, admin).await?;
        if !C::allows(role) {
            tx.release();
            return Err(StoreError::Forbidden);
        }
        Ok(PlatformRead { tx, secret: self.secret.clone() })
    }

    /// Opens a transaction in which no tenant's rows can be seen.
    pub async fn public(&self) -> Result<PublicTx> {
        Ok(PublicTx { tx: Guarded::begin(&self.app, None).await?, secret: self.secret.clone() })
    }

    pub(super) async fn worker(&self, tenant: Option<TenantId>) -> Result<Guarded> {
        Guarded::begin(&self.platform, tenant).await
    }

    /// Whether both logins reach the database now.
    pub async fn ping(&self) -> Result<()> {
        for pool in [&self.app, &self.platform] {
            let mut tx = Guarded::begin(pool, None).await?;
            tx.conn().ping().await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The key that signs session cookies.
    pub fn cookie_key(&self) -> [u8; 64] {
        self.secret.cookie_key()
    }

    /// The key that seals what forms carry in an address.
    pub fn form_seal(&self) -> [u8; 32] {
        self.secret.form_seal()
    }

    /// How each pool stands.
    pub fn pools(&self) -> [PoolState; 3] {
        let state = |name, pool: &Pool| {
            let status = pool.status();
            PoolState { name, open: status.size, idle: status.available, most: status.max_size, waiting: status.waiting }
        };
        [state("Portal and API", &self.app), state("Console and jobs", &self.platform), state("Counting", &self.writer)]
    }

    /// Connections that are open, and those of them that nobody uses, of the app's pool.
    pub fn app_connections(&self) -> (usize, usize) {
        let status = self.app.status();
        (status.size, status.available)
    }

    /// Waits until the transactions that were dropped without an end are rolled back.
    pub async fn healed(&self) {
        pool::healed(&self.app).await;
        pool::healed(&self.platform).await;
        pool::healed(&self.writer).await;
    }

    pub async fn close(&self) {
        pool::close(&self.app).await;
        pool::close(&self.platform).await;
        pool::close(&self.writer).await;
    }
}

/// A pool of connections at this moment.
#[derive(Debug, Clone)]
pub struct PoolState {
    pub name: &'static str,
    pub open: usize,
    pub idle: usize,
    /// As many as there may be.
    pub most: usize,
    /// Who waits for one.
    pub waiting: usize,
}

/// One transaction, one tenant, one capability. What was not committed is rolled back.
#[must_use]
pub struct TenantTx<C> {
    pub(super) tx: Guarded,
    pub(super) head: TenantHead,
    pub(super) actor: Actor,
    pub(super) secret: Arc<SecretKey>,
    capability: PhantomData<C>,
}

impl<C: Capability> TenantTx<C> {
    /// Of a transaction that was opened for this tenant, once its evidence was read again.
    pub(super) fn of(tx: Guarded, head: TenantHead, actor: Actor, secret: Arc<SecretKey>) -> Self {
        Self { tx, head, actor, secret, capability: PhantomData }
    }

    /// The tenant as it stands in this transaction.
    pub fn tenant(&self) -> &TenantHead {
        &self.head
    }

    pub async fn commit(mut self) -> Result<()> {
        if let (true, Some(user)) = (self.head.unseen, self.actor.id) {
            // Last of all, and never waiting: nobody is held up by the note that somebody was here.
            sqlx::query!(
                r#"
                update members
                set last_active_at = now()
                where (tenant_id, user_id) in (
                  select tenant_id, user_id from members where tenant_id = $1 and user_id = $2 for no key update skip locked)
                "#,
                self.head.id.0,
                user,
            )
            .execute(self.tx.conn())
            .await?;
        }
        self.tx.commit().await
    }
}

/// All tenants, as the platform login, to look at. Outside of a transaction: each statement sees what was committed when it began, as it
/// would inside, and a page takes two round trips less.
#[must_use]
pub struct PlatformRead {
    pub(super) tx: Guarded,
    pub(super) secret: Arc<SecretKey>,
}

/// All tenants, as the platform login. Every method that changes something writes its audit event in the same transaction.
#[must_use]
pub struct PlatformTx {
    pub(super) read: PlatformRead,
    pub(super) actor: Actor,
    pub(super) around: Arc<Kept>,
    /// Of whoever acts, as read when it began.
    pub(super) role: StaffRole,
}

impl PlatformTx {
    pub async fn commit(self) -> Result<()> {
        self.read.tx.commit().await?;
        self.around.forget();
        Ok(())
    }
}

impl Deref for PlatformTx {
    type Target = PlatformRead;

    fn deref(&self) -> &PlatformRead {
        &self.read
    }
}

impl DerefMut for PlatformTx {
    fn deref_mut(&mut self) -> &mut PlatformRead {
        &mut self.read
    }
}

/// No tenant: sign-in, accounts, invites, hosts, through definer functions.
#[must_use]
pub struct PublicTx {
    pub(super) tx: Guarded,
    pub(super) secret: Arc<SecretKey>,
}

impl PublicTx {
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await
    }
}

/// The one tenant of a job that this worker holds.
#[must_use]
pub struct WorkerTx {
    pub(super) tx: Guarded,
    pub(super) tenant: TenantId,
}

/// A job of the platform itself that this worker holds.
#[must_use]
pub struct JobTx {
    pub(super) tx: Guarded,
    pub(super) secret: Arc<SecretKey>,
}
