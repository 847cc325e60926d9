//! Audit: an event in the transaction of its change, in a hash chain a tenant. Appending is the database's own function: no login can
//! write, change or delete a row by itself.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Result;
use super::access::Actor;
use super::handle::{PlatformRead, PlatformTx, TenantTx, WorkerTx};
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

/// The same action on many targets, one event each, in their order.
pub(super) async fn append_each(
    conn: &mut PgConnection,
    tenant: TenantId,
    actor: &Actor,
    action: Action,
    events: &[(&str, Value)],
) -> Result<()> {
    sqlx::query!(
        r#"
        select count(audit_append($1, $2, $3, $4, $5, target, null, after, $6))
        from (
          select *
          from unnest($7::text[], $8::text[]) with ordinality as e (target, after, nth)
          order by nth
        ) e
        "#,
        tenant.0,
        actor.kind,
        actor.id,
        actor.name,
        action.as_str(),
        actor.origin,
        &events.iter().map(|(target, _)| *target).collect::<Vec<_>>() as &[&str],
        &events.iter().map(|(_, after)| after.to_string()).collect::<Vec<_>>(),
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// The newest events of a tenant's chain, newest first.
async fn latest(conn: &mut PgConnection, tenant: TenantId, most: i64) -> Result<Vec<Activity>> {
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
    .fetch_all(conn)
    .await?)
}

impl<C: Capability> TenantTx<C> {
    pub(super) async fn audit(&mut self, action: Action, target: &str, before: Option<Value>, after: Option<Value>) -> Result<()> {
        append(self.tx.conn(), self.head.id, &self.actor, action, target, before, after).await
    }

    /// The latest events, newest first.
    pub async fn list_activity(&mut self, most: i64) -> Result<Vec<Activity>> {
        latest(self.tx.conn(), self.head.id, most).await
    }
}

impl PlatformRead {
    pub(super) async fn list_tenant_activity(&mut self, tenant: TenantId, most: i64) -> Result<Vec<Activity>> {
        latest(self.tx.conn(), tenant, most).await
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
        append(self.read.tx.conn(), tenant, &self.actor, action, target, before, after).await
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
        .fetch_one(self.read.tx.conn())
        .await?;
        Ok(())
    }

    /// Recomputes the hash chain of every tenant; returns where each broken one breaks: the first event that does not fit, or the first
    /// that is missing from its end.
    pub async fn verify_chains(&mut self) -> Result<Vec<(TenantId, i64)>> {
        use futures_util::TryStreamExt as _;
        let mut broken = Vec::new();
        let mut chain = Chain::default();
        // One statement, one snapshot: what is appended meanwhile does not look like tampering.
        let mut events = sqlx::query!(
            r#"
            select
              coalesce(e.tenant_id, h.tenant_id) as "tenant_id!", coalesce(h.seq, 0) as "head_seq!", coalesce(h.hash, '\x') as "head_hash!",
              e.seq as "seq?", e.at as "at?", e.actor_kind as "actor_kind?", e.actor_id, e.actor as "actor?", e.action as "action?",
              e.target as "target?", e.before, e.after, e.origin as "origin?", e.prev_hash as "prev_hash?", e.hash as "hash?"
            from audit_heads h
            full join audit_events e on e.tenant_id = h.tenant_id
            order by 1, e.seq
            "#,
        )
        .fetch(self.read.tx.conn());
        while let Some(e) = events.try_next().await? {
            if chain.tenant != Some(e.tenant_id) {
                broken.extend(chain.end());
                chain = Chain { tenant: Some(e.tenant_id), head: (e.head_seq, e.head_hash), ..Chain::default() };
            }
            // A head without events.
            let (Some(seq), Some(prev_hash), Some(hash)) = (e.seq, e.prev_hash, e.hash) else { continue };
            let computed = event_hash(
                &prev_hash,
                &[
                    Some(e.tenant_id.to_string()),
                    Some(seq.to_string()),
                    e.at.map(hashed_time),
                    e.actor_kind,
                    e.actor_id.map(|id| id.to_string()),
                    e.actor,
                    e.action,
                    e.target,
                    e.before,
                    e.after,
                    e.origin,
                ],
            );
            if !chain.broken && (seq != chain.last.0 + 1 || prev_hash != chain.last.1 || hash != computed) {
                broken.push((TenantId(e.tenant_id), seq));
                chain.broken = true;
            }
            chain.last = (seq, hash);
        }
        drop(events);
        broken.extend(chain.end());
        Ok(broken)
    }
}

/// The chain of one tenant while it is read: its last event so far, and what its head says the last one is.
#[derive(Default)]
struct Chain {
    tenant: Option<Uuid>,
    head: (i64, Vec<u8>),
    last: (i64, Vec<u8>),
    broken: bool,
}

impl Chain {
    /// Where the end was cut off, if it was.
    fn end(&self) -> Option<(TenantId, i64)> {
        let tenant = self.tenant?;
        (!self.broken && self.last != self.head).then_some((TenantId(tenant), self.last.0 + 1))
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
