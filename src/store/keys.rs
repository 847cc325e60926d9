//! A tenant's API keys: made, rotated, revoked by its admins. The key itself is given back once and kept only as a hash.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::stored;
use super::handle::TenantTx;
use super::tokens::{hash_key, random_key};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::ManageKeys;
use crate::domain::key::{ApiKey, KeyKind, NewKey, Overlap, Scope};
use crate::domain::staff::StaffRole;

/// A key as lists show it. Platform keys have no scopes: they may do what a platform admin of their role may.
#[derive(Debug, Clone)]
pub struct KeyRow {
    pub id: Uuid,
    pub name: String,
    /// The key's first characters.
    pub prefix: String,
    pub scopes: Vec<Scope>,
    /// Of a platform key.
    pub role: Option<StaffRole>,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    /// A limit of its own, within the tenant's.
    pub calls_a_minute: Option<i32>,
}

impl KeyRow {
    pub fn works(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

/// Most keys that a tenant, or the platform, has at a time; those that work no more are not counted.
pub const MOST_KEYS: i64 = 100;
pub(super) const TOO_MANY: StoreError =
    StoreError::WrongState("There are 100 keys that work already. Revoke those that nobody uses, then make a new one.");
const SENT_ALREADY: StoreError =
    StoreError::WrongState("This form has made a key already: it stands in the list. Load the page anew to make another one.");
pub(super) const ENDED: StoreError = StoreError::WrongState("This key works no more: it was revoked or has run out.");

impl TenantTx<ManageKeys> {
    /// Those that work first, then those that ended; the newest first.
    pub async fn list_keys(&mut self) -> Result<Vec<KeyRow>> {
        let rows = sqlx::query_file!("src/store/keys.sql", self.head.id.0).fetch_all(self.tx.conn()).await?;
        rows.into_iter()
            .map(|row| {
                Ok(KeyRow {
                    id: row.id,
                    name: row.name,
                    prefix: row.prefix,
                    scopes: row.scopes.iter().map(|scope| stored(scope.parse())).collect::<Result<_>>()?,
                    role: None,
                    created_by: row.created_by,
                    created_at: row.created_at,
                    expires_at: row.expires_at,
                    revoked_at: row.revoked_at,
                    last_used_at: row.last_used_at,
                    calls_a_minute: row.calls_a_minute,
                })
            })
            .collect()
    }

    /// The name of a key of this tenant, asked with the key itself.
    pub async fn find_key_name(&mut self, key: &ApiKey) -> Result<Option<String>> {
        let hash = hash_key(key);
        Ok(sqlx::query_scalar!("select name from api_keys where tenant_id = $1 and key_hash = $2", self.head.id.0, hash.as_slice(),)
            .fetch_optional(self.tx.conn())
            .await?)
    }

    /// Makes a key; what is returned is shown once and kept nowhere. `request` names the form: one that is sent twice leaves one key that works,
    /// the last one, for its answer is what the browser shows.
    ///
    /// # Errors
    /// `WrongState` when the tenant has [`MOST_KEYS`] that work, or when the form comes again much later.
    pub async fn create_key(&mut self, new: &NewKey, request: Option<Uuid>) -> Result<ApiKey> {
        let key = random_key(KeyKind::Tenant);
        let hash = hash_key(&key);
        let scopes: Vec<String> = new.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        let id = sqlx::query_scalar!(
            r#"
            insert into api_keys (tenant_id, id, name, prefix, key_hash, scopes, created_by, expires_at, calls_a_minute)
            select $1, coalesce($10, uuid_v7()), $2, $3, $4, $5, $6, $7, $9
            where (
              select count(*)
              from api_keys
              where tenant_id = $1
                and revoked_at is null
                and (expires_at is null or expires_at > now())) < $8
            on conflict on constraint api_keys_pkey do nothing
            returning id
            "#,
            self.head.id.0,
            new.name.as_str(),
            key.prefix(),
            hash.as_slice(),
            &scopes,
            self.actor.name,
            new.expires_at,
            MOST_KEYS,
            new.calls_a_minute,
            request,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(id) = id else { return self.create_again(request).await };
        let after = json!({ "id": id, "prefix": key.prefix(), "scopes": scopes, "expires_at": new.expires_at, "calls_a_minute": new.calls_a_minute });
        self.audit(Action::KeyCreated, new.name.as_str(), None, Some(after)).await?;
        Ok(key)
    }

    /// A form that made a key a moment ago makes its successor: nobody has seen the first one. Nothing was made for another reason otherwise.
    async fn create_again(&mut self, request: Option<Uuid>) -> Result<ApiKey> {
        let made = sqlx::query_scalar!(
            r#"
            select id
            from api_keys
            where tenant_id = $1
              and id = $2
              and revoked_at is null
              and last_used_at is null
              and created_at > now() - interval '1 minute'
            "#,
            self.head.id.0,
            request,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        if let Some(made) = made {
            return self.rotate_key(made, Overlap::None).await;
        }
        let there = sqlx::query_scalar!(
            r#"select exists (select from api_keys where tenant_id = $1 and id = $2) as "there!""#,
            self.head.id.0,
            request,
        )
        .fetch_one(self.tx.conn())
        .await?;
        Err(if there { SENT_ALREADY } else { TOO_MANY })
    }

    /// Makes a key with the same name, scopes and limit; the old one ends after the overlap, or when it would have ended anyway. A key that was
    /// made for some time gets a successor for the same time.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for a key that works no more.
    pub async fn rotate_key(&mut self, id: Uuid, overlap: Overlap) -> Result<ApiKey> {
        let old = sqlx::query!(
            r#"
            select name, prefix, scopes, expires_at, calls_a_minute, revoked_at is null and (expires_at is null or expires_at > now()) as "works!",
              now() + (expires_at - created_at) as successor_until
            from api_keys
            where tenant_id = $1
              and id = $2
            for update
            "#,
            self.head.id.0,
            id,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        if !old.works {
            return Err(ENDED);
        }
        let key = random_key(KeyKind::Tenant);
        let hash = hash_key(&key);
        sqlx::query!(
            r#"
            insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by, expires_at, calls_a_minute)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            "#,
            self.head.id.0,
            old.name,
            key.prefix(),
            hash.as_slice(),
            &old.scopes,
            self.actor.name,
            old.successor_until,
            old.calls_a_minute,
        )
        .execute(self.tx.conn())
        .await?;
        let ends = sqlx::query_scalar!(
            r#"
            update api_keys
            set expires_at = least(expires_at, now() + make_interval(hours => $3)),
                revoked_at = case when $3 = 0 then now() end
            where tenant_id = $1
              and id = $2
            returning expires_at as "expires_at!"
            "#,
            self.head.id.0,
            id,
            overlap.hours(),
        )
        .fetch_one(self.tx.conn())
        .await?;
        let before = json!({ "id": id, "prefix": old.prefix, "expires_at": old.expires_at });
        let after = json!({ "prefix": key.prefix(), "expires_at": old.successor_until, "old_key_ends_at": ends });
        self.audit(Action::KeyRotated, &old.name, Some(before), Some(after)).await?;
        Ok(key)
    }

    /// Ends a key: the next call with it is refused.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for a key that works no more.
    pub async fn revoke_key(&mut self, id: Uuid) -> Result<()> {
        let found = sqlx::query!(
            r#"
            select name, prefix, revoked_at is null and (expires_at is null or expires_at > now()) as "works!"
            from api_keys
            where tenant_id = $1
              and id = $2
            for update
            "#,
            self.head.id.0,
            id,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        if !found.works {
            return Err(ENDED);
        }
        sqlx::query!("update api_keys set revoked_at = now() where tenant_id = $1 and id = $2", self.head.id.0, id)
            .execute(self.tx.conn())
            .await?;
        self.audit(Action::KeyRevoked, &found.name, Some(json!({ "id": id, "prefix": found.prefix })), None).await
    }
}
