//! Evidence from a key of the machine API.
//!
//! Which key a hash is of, is kept for half a minute, so that a call needs no round trip before its transaction. Nothing is allowed by
//! that: the transaction reads again whether the key works.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Actor, PlatformAdmin, PlatformWho, TenantHead, proof, stored};
use crate::domain::branding::Look;
use crate::domain::ids::TenantId;
use crate::domain::key::{ApiKey, KeyRefusal};
use crate::domain::role::Role;
use crate::domain::staff::StaffRole;
use crate::store::guarded::{First, Guarded};
use crate::store::pool::Pool;
use crate::store::tokens::hash_key;
use crate::store::{Result, Store, StoreError};

/// Evidence of holding a tenant's key.
#[derive(Debug, Clone)]
pub struct ApiKeyHolder {
    found: Arc<Found>,
    origin: String,
}

#[derive(Debug)]
struct Found {
    tenant: TenantId,
    key: Uuid,
    name: String,
}

impl ApiKeyHolder {
    pub fn tenant(&self) -> TenantId {
        self.found.tenant
    }

    /// The key's id, as lists show it; not the secret.
    pub fn key(&self) -> Uuid {
        self.found.key
    }

    pub fn name(&self) -> &str {
        &self.found.name
    }
}

impl proof::Proof for ApiKeyHolder {
    fn actor(&self) -> Actor {
        Actor { kind: "api_key", id: Some(self.found.key), name: format!("key {}", self.found.name), origin: self.origin.clone() }
    }

    async fn enter(&self, pool: &Pool) -> Result<(Guarded, Result<TenantHead>)> {
        let mut tx = Guarded::begin(pool, Some(self.found.tenant)).await?;
        let head = self.recheck(tx.conn()).await;
        Ok((tx, head))
    }
}

impl ApiKeyHolder {
    async fn recheck(&self, conn: &mut PgConnection) -> Result<TenantHead> {
        let row = sqlx::query!(
            r#"
            select t.slug, t.name, t.accent, t.status, t.status_since, suspension_reason(t.status_reason, t.unpaid_reason) as status_reason,
              now() as "now!", k.scopes,
              k.revoked_at is not null as "revoked!", coalesce(k.expires_at <= now(), false) as "expired!"
            from api_keys k
            join tenants t on t.id = k.tenant_id
            where k.tenant_id = $1
              and k.id = $2
            "#,
            self.found.tenant.0,
            self.found.key,
        )
        .fetch_optional(conn)
        .await?
        .ok_or(StoreError::Key(KeyRefusal::Unknown))?;
        works(row.revoked, row.expired)?;
        Ok(TenantHead {
            id: self.found.tenant,
            slug: stored(row.slug.parse())?,
            name: row.name,
            accent: row.accent,
            look: Look::default(),
            css_version: None,
            status: stored(row.status.parse())?,
            role: Role::Viewer,
            scopes: Some(row.scopes.iter().map(|scope| stored(scope.parse())).collect::<Result<_>>()?),
            // A key is no person: what it may do was decided by one.
            lacks_second_factor: false,
            watched: None,
            now: row.now,
            unseen: false,
            status_since: row.status_since,
            status_reason: row.status_reason,
        })
    }
}

fn works(revoked: bool, expired: bool) -> Result<()> {
    match (revoked, expired) {
        (true, _) => Err(StoreError::Key(KeyRefusal::Revoked)),
        (false, true) => Err(StoreError::Key(KeyRefusal::Expired)),
        (false, false) => Ok(()),
    }
}

/// How long it is kept which key a hash is of. Shorter than the minute in which a key's use is noted once: a key in use is looked up, and
/// noted, more often than that.
const KEPT: Duration = Duration::from_secs(30);
/// Most keys that are kept.
const MOST: usize = 10_000;

/// By the key's hash, until when.
type Kept = HashMap<[u8; 32], (Arc<Found>, Instant)>;

#[derive(Default)]
pub(in crate::store) struct KeyCache(Mutex<Kept>);

impl KeyCache {
    fn find(&self, hash: &[u8; 32], now: Instant) -> Option<Arc<Found>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(hash).filter(|(_, until)| *until > now).map(|(found, _)| found.clone())
    }

    fn keep(&self, hash: [u8; 32], found: Arc<Found>, now: Instant) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (_, until)| *until > now);
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(hash, (found, now + KEPT));
    }
}

struct Find<'a>(&'a [u8; 32]);

impl First for Find<'_> {
    type Answer = Found;

    async fn ask(&self, conn: &mut PgConnection) -> Result<Found> {
        let row = sqlx::query!(
            r#"
            select tenant_id as "tenant_id!", key_id as "key_id!", name as "name!", revoked as "revoked!", expired as "expired!"
            from key_find($1)
            "#,
            self.0.as_slice(),
        )
        .fetch_optional(conn)
        .await?
        .ok_or(StoreError::Key(KeyRefusal::Unknown))?;
        works(row.revoked, row.expired)?;
        Ok(Found { tenant: TenantId(row.tenant_id), key: row.key_id, name: row.name })
    }
}

struct FindPlatform<'a>(&'a [u8; 32]);

impl First for FindPlatform<'_> {
    type Answer = (Uuid, String);

    async fn ask(&self, conn: &mut PgConnection) -> Result<(Uuid, String)> {
        let row = sqlx::query!(
            r#"
            with used as (
              update platform_keys
              set last_used_at = now()
              where key_hash = $1
                and revoked_at is null
                and (expires_at is null or expires_at > now())
                and (last_used_at is null or last_used_at < now() - interval '1 minute')
            )
            select id, name, revoked_at is not null as "revoked!", coalesce(expires_at <= now(), false) as "expired!"
            from platform_keys
            where key_hash = $1
            "#,
            self.0.as_slice(),
        )
        .fetch_optional(conn)
        .await?
        .ok_or(StoreError::Key(KeyRefusal::Unknown))?;
        works(row.revoked, row.expired)?;
        Ok((row.id, row.name))
    }
}

pub(super) async fn recheck_platform_key(key: Uuid, conn: &mut PgConnection) -> Result<StaffRole> {
    let row = sqlx::query!(
        r#"
        select role, revoked_at is not null as "revoked!", coalesce(expires_at <= now(), false) as "expired!"
        from platform_keys
        where id = $1
        "#,
        key,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(StoreError::Key(KeyRefusal::Unknown))?;
    works(row.revoked, row.expired)?;
    stored(row.role.parse())
}

impl Store {
    /// Evidence from a tenant's key; `origin` is the caller's address, for the audit log.
    ///
    /// # Errors
    /// `Key` with `Unknown`, `Revoked` or `Expired`.
    pub async fn key_holder(&self, key: &ApiKey, origin: &str) -> Result<ApiKeyHolder> {
        let (hash, now) = (hash_key(key), Instant::now());
        let found = match self.keys.find(&hash, now) {
            Some(found) => found,
            None => {
                let (conn, found) = Guarded::connect(self.app_pool(), &Find(&hash)).await?;
                conn.release();
                let found = Arc::new(found);
                self.keys.keep(hash, found.clone(), now);
                found
            }
        };
        Ok(ApiKeyHolder { found, origin: origin.to_owned() })
    }

    /// Evidence from a platform key, which may do what a platform admin of its role may.
    ///
    /// # Errors
    /// `Key` with `Unknown`, `Revoked` or `Expired`.
    pub async fn platform_key_holder(&self, key: &ApiKey, origin: &str) -> Result<PlatformAdmin> {
        let (conn, (id, name)) = Guarded::connect(self.platform_pool(), &FindPlatform(&hash_key(key))).await?;
        conn.release();
        let actor = Actor { kind: "platform_key", id: Some(id), name: format!("key {name}"), origin: origin.to_owned() };
        Ok(PlatformAdmin { who: PlatformWho::Key(id), actor })
    }
}
