//! The platform's own API keys: each may do what a platform admin of its role may.

use serde_json::json;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::keys::{ENDED, KeyRow, MOST_KEYS, TOO_MANY};
use super::tokens::{hash_key, random_key};
use super::{Result, StoreError};
use crate::domain::key::{ApiKey, KeyKind, NewKey, Overlap};
use crate::domain::staff::StaffRole;

impl PlatformRead {
    /// Those that work first, then those that ended; the newest first.
    pub async fn list_platform_keys(&mut self) -> Result<Vec<KeyRow>> {
        let rows = sqlx::query!(
            r#"
            select id, name, prefix, role, created_by, created_at, expires_at, revoked_at, last_used_at
            from platform_keys
            order by (revoked_at is null and (expires_at is null or expires_at > now())) desc, created_at desc, id desc
            limit 200
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(KeyRow {
                    id: row.id,
                    name: row.name,
                    prefix: row.prefix,
                    scopes: Vec::new(),
                    role: Some(stored(row.role.parse())?),
                    created_by: row.created_by,
                    created_at: row.created_at,
                    expires_at: row.expires_at,
                    revoked_at: row.revoked_at,
                    last_used_at: row.last_used_at,
                    calls_a_minute: None,
                })
            })
            .collect()
    }

    /// The name of a platform key, asked with the key itself.
    pub async fn find_platform_key_name(&mut self, key: &ApiKey) -> Result<Option<String>> {
        let hash = hash_key(key);
        Ok(sqlx::query_scalar!("select name from platform_keys where key_hash = $1", hash.as_slice())
            .fetch_optional(self.tx.conn())
            .await?)
    }

    /// The database's clock.
    pub async fn now(&mut self) -> Result<chrono::DateTime<chrono::Utc>> {
        Ok(sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(self.tx.conn()).await?)
    }
}

impl PlatformTx {
    /// Makes a key that may do what this role may; what is returned is shown once and kept nowhere. Scopes are not looked at.
    ///
    /// # Errors
    /// `WrongState` when there are [`MOST_KEYS`] that work, `Forbidden` for a role that may do more than whoever makes the key.
    pub async fn create_platform_key(&mut self, new: &NewKey, role: StaffRole) -> Result<ApiKey> {
        if !self.role.covers(role) {
            return Err(StoreError::Forbidden);
        }
        let key = random_key(KeyKind::Platform);
        let hash = hash_key(&key);
        let id = sqlx::query_scalar!(
            r#"
            insert into platform_keys (name, prefix, key_hash, role, created_by, expires_at)
            select $1, $2, $3, $4, $5, $6
            where (select count(*) from active_platform_keys) < $7
            returning id
            "#,
            new.name.as_str(),
            key.prefix(),
            hash.as_slice(),
            role.as_str(),
            self.actor.name,
            new.expires_at,
            MOST_KEYS,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(TOO_MANY)?;
        let after = json!({ "id": id, "prefix": key.prefix(), "role": role, "expires_at": new.expires_at });
        self.audit_platform("platform_key.created", new.name.as_str(), None, Some(after)).await?;
        Ok(key)
    }

    /// Makes a key with the same name and role; the old one ends after the overlap, or when it would have ended anyway.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for a key that works no more.
    pub async fn rotate_platform_key(&mut self, id: Uuid, overlap: Overlap) -> Result<ApiKey> {
        let old = sqlx::query!(
            r#"
            select name, prefix, role, expires_at, revoked_at is null and (expires_at is null or expires_at > now()) as "works!",
              now() + (expires_at - created_at) as successor_until
            from platform_keys
            where id = $1
            for update
            "#,
            id,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        if !old.works {
            return Err(ENDED);
        }
        if !self.role.covers(stored(old.role.parse())?) {
            return Err(StoreError::Forbidden);
        }
        let key = random_key(KeyKind::Platform);
        let hash = hash_key(&key);
        sqlx::query!(
            "insert into platform_keys (name, prefix, key_hash, role, created_by, expires_at) values ($1, $2, $3, $4, $5, $6)",
            old.name,
            key.prefix(),
            hash.as_slice(),
            old.role,
            self.actor.name,
            old.successor_until,
        )
        .execute(self.tx.conn())
        .await?;
        let ends = sqlx::query_scalar!(
            r#"
            update platform_keys
            set expires_at = least(expires_at, now() + make_interval(hours => $2)),
                revoked_at = case when $2 = 0 then now() end
            where id = $1
            returning expires_at as "expires_at!"
            "#,
            id,
            overlap.hours(),
        )
        .fetch_one(self.tx.conn())
        .await?;
        let before = json!({ "id": id, "prefix": old.prefix, "expires_at": old.expires_at });
        let after = json!({ "prefix": key.prefix(), "expires_at": old.successor_until, "old_key_ends_at": ends });
        self.audit_platform("platform_key.rotated", &old.name, Some(before), Some(after)).await?;
        Ok(key)
    }

    /// Ends a key: the next call with it is refused.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for a key that works no more.
    pub async fn revoke_platform_key(&mut self, id: Uuid) -> Result<()> {
        let found = sqlx::query!(
            r#"
            select name, prefix, revoked_at is null and (expires_at is null or expires_at > now()) as "works!"
            from platform_keys
            where id = $1
            for update
            "#,
            id,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        if !found.works {
            return Err(ENDED);
        }
        sqlx::query!("update platform_keys set revoked_at = now() where id = $1", id).execute(self.tx.conn()).await?;
        self.audit_platform("platform_key.revoked", &found.name, Some(json!({ "id": id, "prefix": found.prefix })), None).await
    }
}
