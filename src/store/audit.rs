//! Audit: an event in the transaction of its change, in a hash chain a tenant. Appending is the database's own function: no login can
//! write, change or delete a row by itself.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Result;
use super::access::Actor;
use super::handle::{PlatformTx, TenantTx, WorkerTx};
use crate::domain::activity::{Action, Activity};
use crate::domain::capability::Capability;
use crate::domain::ids::TenantId;

async fn append(
    conn: &mut PgConnection,
    tenant: TenantId,
    actor: &Actor,
    action: Action,
    target: &str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    sqlx::query_scalar!(
        "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant.0,
        actor.kind,
        actor.id,
        actor.name,
        action.as_str(),
        target,
        before.map(|value| value.to_string()),
        after.map(|value| value.to_string()),
        actor.origin,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

impl<C: Capability> TenantTx<C> {
    pub(super) async fn audit(&mut self, action: Action, target: &str, before: Option<Value>, after: Option<Value>) -> Result<()> {
        append(self.tx.conn(), self.head.id, &self.actor, action, target, before, after).await
    }

    /// The latest events, newest first.
    pub async fn list_activity(&mut self, most: i64) -> Result<Vec<Activity>> {
        Ok(sqlx::query_as!(
            Activity,
            r#"
            select e.at, coalesce(u.name, e.actor) as "actor!", e.action, e.target
            from audit_events e
            left join users u on u.id = e.actor_id
            where e.tenant_id = $1
            order by e.seq desc
            limit $2
            "#,
            self.head.id.0,
            most,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}

impl PlatformTx {
    pub(super) async fn audit(
        &mut self,
        tenant: TenantId,
        action: Action,
        target: &str,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<()> {
        append(self.tx.conn(), tenant, &self.actor, action, target, before, after).await
    }

    pub(super) async fn audit_platform(&mut self, action: &str, target: &str, before: Option<Value>, after: Option<Value>) -> Result<()> {
        sqlx::query_scalar!(
            "select platform_audit_append($1, $2, $3, $4, $5, $6, $7, $8)",
            self.actor.kind,
            self.actor.id,
            self.actor.name,
            action,
            target,
            before.map(|value| value.to_string()),
            after.map(|value| value.to_string()),
            self.actor.origin,
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok(())
    }

    pub(super) async fn list_tenant_activity(&mut self, tenant: TenantId, most: i64) -> Result<Vec<Activity>> {
        Ok(sqlx::query_as!(
            Activity,
            r#"
            select e.at, coalesce(u.name, e.actor) as "actor!", e.action, e.target
            from audit_events e
            left join users u on u.id = e.actor_id
            where e.tenant_id = $1
            order by e.seq desc
            limit $2
            "#,
            tenant.0,
            most,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// Recomputes the hash chain of every tenant; returns where each broken one breaks (the first event that does not fit).
    pub async fn verify_chains(&mut self) -> Result<Vec<(TenantId, i64)>> {
        use futures_util::TryStreamExt as _;
        let mut broken = Vec::new();
        let mut chain: Option<(Uuid, i64, Vec<u8>, bool)> = None;
        let mut events = sqlx::query!(
            r#"
            select tenant_id, seq, at, actor_kind, actor_id, actor, action, target, before, after, origin, prev_hash, hash
            from audit_events
            order by tenant_id, seq
            "#,
        )
        .fetch(self.tx.conn());
        while let Some(e) = events.try_next().await? {
            let (mut seq, mut head, mut fine) = match chain.take() {
                Some((tenant, seq, head, fine)) if tenant == e.tenant_id => (seq, head, fine),
                _ => (0, Vec::new(), true),
            };
            let hash = event_hash(
                &e.prev_hash,
                &[
                    Some(e.tenant_id.to_string()),
                    Some(e.seq.to_string()),
                    Some(hashed_time(e.at)),
                    Some(e.actor_kind),
                    e.actor_id.map(|id| id.to_string()),
                    Some(e.actor),
                    Some(e.action),
                    Some(e.target),
                    e.before,
                    e.after,
                    Some(e.origin),
                ],
            );
            if fine && (e.seq != seq + 1 || e.prev_hash != head || e.hash != hash) {
                broken.push((TenantId(e.tenant_id), e.seq));
                fine = false;
            }
            (seq, head) = (e.seq, e.hash);
            chain = Some((e.tenant_id, seq, head, fine));
        }
        drop(events);
        Ok(broken)
    }
}

fn hashed_time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// SHA-256 over the hash before and the fields, each with its length in bytes: `5:hello`, `-:` for none. The same as `audit_text`.
fn event_hash(prev: &[u8], fields: &[Option<String>]) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(prev);
    for field in fields {
        match field {
            Some(text) => hash.update(format!("{}:{text}", text.len())),
            None => hash.update("-:"),
        }
    }
    hash.finalize().to_vec()
}

impl WorkerTx {
    pub(super) async fn audit(&mut self, action: Action, target: &str, before: Option<Value>, after: Option<Value>) -> Result<()> {
        let system = Actor { kind: "system", id: None, name: "system".to_owned(), origin: "job".to_owned() };
        append(self.tx.conn(), self.tenant, &system, action, target, before, after).await
    }
}
