//! Sessions in PostgreSQL, for tower-sessions: the id is hashed at rest, saving never brings a deleted session back, and loading
//! reads the person and the memberships in the same query.
//!
//! tower-sessions' ids have 128 random bits; the cookie that carries one is signed with HMAC-SHA-256 (256 bits) besides.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use tower_sessions::session::{Id, Record};
use tower_sessions::{Session, SessionStore, session_store};
use uuid::Uuid;

use super::access::{self, SNAPSHOT, SignedIn, Snapshot};
use super::guarded::Guarded;
use super::handle::{PublicTx, Store};
use super::{Result, StoreError};
use crate::domain::ids::{SessionId, UserId};

/// tower-sessions' view of the store.
#[derive(Clone)]
pub struct PgSessions(pub Store);

impl std::fmt::Debug for PgSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PgSessions")
    }
}

/// What is stored of a session's id.
fn hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.0.to_be_bytes()).to_vec()
}

fn backend(error: impl Into<StoreError>) -> session_store::Error {
    session_store::Error::Backend(error.into().to_string())
}

fn user_of(record: &Record) -> Option<Uuid> {
    record.data.get(access::USER).and_then(|user| serde_json::from_value(user.clone()).ok())
}

/// The data as stored: without the snapshot, which is read anew each time.
fn data_of(record: &Record) -> serde_json::Value {
    record.data.iter().filter(|(key, _)| *key != SNAPSHOT).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn expiry_of(record: &Record) -> std::result::Result<DateTime<Utc>, session_store::Error> {
    DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0)
        .ok_or_else(|| session_store::Error::Encode("an expiry out of range".to_owned()))
}

#[async_trait]
impl SessionStore for PgSessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        if let Some(renewed) = record.data.remove(RENEWED).and_then(|id| id.as_str()?.parse().ok()) {
            record.id = renewed;
            return Ok(());
        }
        let mut conn = Guarded::open(self.0.app_pool()).await.map_err(backend)?;
        loop {
            // A session that was flushed keeps its record and with it the old id: whoever knew that one would know the new session.
            record.id = Id::default();
            let made = sqlx::query_scalar!(
                "select session_create($1, $2, $3, $4)",
                hash(&record.id),
                user_of(record),
                data_of(record),
                expiry_of(record)?,
            )
            .fetch_one(conn.conn())
            .await
            .map_err(backend)?;
            if made == Some(true) {
                conn.release();
                return Ok(());
            }
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let mut conn = Guarded::open(self.0.app_pool()).await.map_err(backend)?;
        sqlx::query_scalar!("select session_save($1, $2, $3, $4)", hash(&record.id), user_of(record), data_of(record), expiry_of(record)?)
            .fetch_one(conn.conn())
            .await
            .map_err(backend)?;
        conn.release();
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some(row) = self.0.look_up_session(hash(id)).await.map_err(session_store::Error::Backend)? else { return Ok(None) };
        if row.stale {
            // At most once in five minutes a session: "last seen" for its owner's list.
            let mut conn = Guarded::open(self.0.app_pool()).await.map_err(backend)?;
            sqlx::query_scalar!("select session_touch($1)", row.session_id).fetch_one(conn.conn()).await.map_err(backend)?;
            conn.release();
        }
        let decode = |error: serde_json::Error| session_store::Error::Decode(error.to_string());
        let mut data: std::collections::HashMap<String, serde_json::Value> = serde_json::from_value(row.data).map_err(decode)?;
        if let (Some(user), Some(email), Some(name)) = (row.user_id, row.email, row.name) {
            let snapshot = Snapshot {
                session: SessionId(row.session_id),
                user: UserId(user),
                email,
                name,
                staff: row.staff.map(serde_json::from_value).transpose().map_err(decode)?,
                memberships: serde_json::from_value(row.memberships).map_err(decode)?,
                time_zone: row.time_zone,
                second_factor: row.second_factor,
                fresh: row.fresh,
                support: row.support.map(serde_json::from_value).transpose().map_err(decode)?,
            };
            data.insert(SNAPSHOT.to_owned(), serde_json::to_value(snapshot).map_err(decode)?);
        }
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let mut conn = Guarded::open(self.0.app_pool()).await.map_err(backend)?;
        sqlx::query_scalar!("select session_delete($1)", hash(id)).fetch_one(conn.conn()).await.map_err(backend)?;
        conn.release();
        Ok(())
    }
}

/// In a record whose row has this new id already; never stored.
const RENEWED: &str = "renewed";

impl Store {
    /// Gives the session another id; the old one opens nothing any more. Nothing happens when it was ended or renewed meanwhile.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn renew_session(&self, session: &Session) -> Result<()> {
        let away = |error: tower_sessions::session::Error| StoreError::Unavailable(error.to_string());
        let (Some(old), new) = (session.id(), Id::default()) else { return Ok(()) };
        let mut conn = Guarded::open(self.app_pool()).await?;
        let renewed = sqlx::query_scalar!("select session_renew($1, $2)", hash(&old), hash(&new)).fetch_one(conn.conn()).await?;
        conn.release();
        if renewed == Some(true) {
            session.remove::<bool>(access::ROTATE).await.map_err(away)?;
            session.insert(RENEWED, new.to_string()).await.map_err(away)?;
            session.cycle_id().await.map_err(away)?;
            session.save().await.map_err(away)?;
        }
        Ok(())
    }
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub id: SessionId,
    /// The browser's own description of itself.
    pub agent: String,
    pub address: String,
    pub host: String,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
}

impl PublicTx {
    /// The sessions of the signed-in person, last seen first, at most 100.
    pub async fn list_sessions(&mut self, me: &SignedIn) -> Result<Vec<SessionRow>> {
        let rows = sqlx::query!(
            r#"
            select session_id as "session_id!", data as "data!", created_at as "created_at!", seen_at as "seen_at!"
            from sessions_of($1)
            "#,
            me.user().0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let text = |data: &serde_json::Value, key: &str| data.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        Ok(rows
            .into_iter()
            .map(|row| SessionRow {
                id: SessionId(row.session_id),
                agent: text(&row.data, access::AGENT),
                address: text(&row.data, access::ADDRESS),
                host: text(&row.data, access::HOST),
                created_at: row.created_at,
                seen_at: row.seen_at,
            })
            .collect())
    }

    /// Notes that the signed-in person gave their password, or a code, just now.
    ///
    /// # Errors
    /// `NotFound` when the session was ended meanwhile.
    pub async fn confirm_session(&mut self, me: &SignedIn) -> Result<()> {
        let there = sqlx::query_scalar!("select session_confirm($1, $2)", me.user().0, me.session().0).fetch_one(self.tx.conn()).await?;
        if there == Some(true) { Ok(()) } else { Err(StoreError::NotFound) }
    }

    /// Ends one of the signed-in person's sessions.
    ///
    /// # Errors
    /// `NotFound` when it is not theirs or already gone.
    pub async fn revoke_session(&mut self, me: &SignedIn, session: SessionId) -> Result<()> {
        let gone = sqlx::query_scalar!("select session_revoke($1, $2)", me.user().0, session.0).fetch_one(self.tx.conn()).await?;
        if gone == Some(true) { Ok(()) } else { Err(StoreError::NotFound) }
    }

    /// Ends all of the signed-in person's sessions but this one; returns how many.
    pub async fn revoke_other_sessions(&mut self, me: &SignedIn) -> Result<i64> {
        let gone =
            sqlx::query_scalar!("select sessions_revoke_others($1, $2)", me.user().0, me.session().0).fetch_one(self.tx.conn()).await?;
        Ok(gone.unwrap_or(0))
    }
}
