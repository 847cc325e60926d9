//! Audit: an event in the transaction of its change, in a hash chain a tenant. Appending is the database's own function: no login can
//! write, change or delete a row by itself.

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Result;
use super::access::Actor;
use super::handle::{PlatformRead, PlatformTx, TenantTx, WorkerTx};
use crate::domain::activity::{Action, Activity};
use crate::domain::capability::Capability;
use crate::domain::chain::{Break, Link, Verifier, hex};
use crate::domain::ids::TenantId;

pub(super) async fn append(
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
        let mut chain: Option<(Uuid, std::result::Result<Verifier, Break>)> = None;
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
            if chain.as_ref().is_none_or(|(tenant, _)| *tenant != e.tenant_id) {
                broken.extend(chain.take().and_then(|(tenant, state)| end(tenant, state)));
                chain = Some((e.tenant_id, Ok(Verifier::new(e.tenant_id, e.head_seq, hex(&e.head_hash)))));
            }
            let Some((_, state)) = &mut chain else { continue };
            let link = match (e.seq, e.at, e.actor_kind, e.actor, e.action, e.target, e.origin, e.prev_hash, e.hash) {
                (Some(seq), Some(at), Some(actor_kind), Some(actor), Some(action), Some(target), Some(origin), Some(prev), Some(hash)) => {
                    let (prev_hash, hash) = (hex(&prev), hex(&hash));
                    Link {
                        seq,
                        at,
                        actor_kind,
                        actor_id: e.actor_id,
                        actor,
                        action,
                        target,
                        before: e.before,
                        after: e.after,
                        origin,
                        prev_hash,
                        hash,
                    }
                }
                // A head without events.
                _ => continue,
            };
            if let Ok(verifier) = state
                && let Err(found) = verifier.next(&link)
            {
                *state = Err(found);
            }
        }
        drop(events);
        broken.extend(chain.and_then(|(tenant, state)| end(tenant, state)));
        Ok(broken)
    }
}

/// Where this chain breaks, if it does.
fn end(tenant: Uuid, state: std::result::Result<Verifier, Break>) -> Option<(TenantId, i64)> {
    let found = state.and_then(|verifier| verifier.end()).err()?;
    Some((TenantId(tenant), found.at()))
}

impl WorkerTx {
    pub(super) async fn audit(&mut self, action: Action, target: &str, before: Option<Value>, after: Option<Value>) -> Result<()> {
        let system = Actor { kind: "system", id: None, name: "system".to_owned(), origin: "job".to_owned() };
        append(self.tx.conn(), self.tenant, &system, action, target, before, after).await
    }
}
