//! The hash chains of the audit logs, computed anew from what the database holds. Writes nothing.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Result;
use super::handle::PlatformTx;
use crate::domain::chain::{Break, Link, Verifier, hex};
use crate::domain::ids::TenantId;

impl PlatformTx {
    /// Recomputes the hash chain of every tenant; returns where each broken one breaks: the first event that does not fit, or the first
    /// that is missing from its end.
    pub async fn verify_chains(&mut self) -> Result<Vec<(TenantId, i64)>> {
        Ok(verify_tenants(self.read.tx.conn()).await?.broken)
    }
}

/// What recomputing chains came to.
#[derive(Debug, Default)]
pub(super) struct Chains {
    pub events: i64,
    /// Of each broken one its tenant and the first event that does not fit, or the first that is missing from its end.
    pub broken: Vec<(TenantId, i64)>,
}

/// A head and an event of its chain, if there is one.
struct Linked {
    tenant_id: Uuid,
    head_seq: i64,
    head_hash: Vec<u8>,
    seq: Option<i64>,
    at: Option<DateTime<Utc>>,
    actor_kind: Option<String>,
    actor_id: Option<Uuid>,
    actor: Option<String>,
    action: Option<String>,
    target: Option<String>,
    before: Option<String>,
    after: Option<String>,
    origin: Option<String>,
    prev_hash: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
}

impl Linked {
    fn verifier(&self) -> Verifier {
        Verifier::new(self.tenant_id, self.head_seq, hex(&self.head_hash))
    }

    fn link(self) -> Option<Link> {
        Some(Link {
            seq: self.seq?,
            at: self.at?,
            actor_kind: self.actor_kind?,
            actor_id: self.actor_id,
            actor: self.actor?,
            action: self.action?,
            target: self.target?,
            before: self.before,
            after: self.after,
            origin: self.origin?,
            prev_hash: hex(&self.prev_hash?),
            hash: hex(&self.hash?),
        })
    }
}

/// Recomputes the hash chain of every tenant.
pub(super) async fn verify_tenants(conn: &mut PgConnection) -> Result<Chains> {
    use futures_util::TryStreamExt as _;
    let mut chains = Chains::default();
    let mut chain: Option<(Uuid, std::result::Result<Verifier, Break>)> = None;
    // One statement, one snapshot: what is appended meanwhile does not look like tampering.
    let mut events = sqlx::query_as!(
        Linked,
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
    .fetch(conn);
    while let Some(e) = events.try_next().await? {
        if chain.as_ref().is_none_or(|(tenant, _)| *tenant != e.tenant_id) {
            chains.broken.extend(chain.take().and_then(|(tenant, state)| end(tenant, state)));
            chain = Some((e.tenant_id, Ok(e.verifier())));
        }
        let Some((_, state)) = &mut chain else { continue };
        // A head without events.
        let Some(link) = e.link() else { continue };
        chains.events += 1;
        if let Ok(verifier) = state
            && let Err(found) = verifier.next(&link)
        {
            *state = Err(found);
        }
    }
    drop(events);
    chains.broken.extend(chain.and_then(|(tenant, state)| end(tenant, state)));
    Ok(chains)
}

/// Recomputes one chain as of this statement: how many events it has, or where it breaks. `None` is the platform's own, whose end nothing but its last event
/// knows.
pub(super) async fn verify_one(conn: &mut PgConnection, tenant: Option<TenantId>) -> Result<std::result::Result<i64, Break>> {
    use futures_util::TryStreamExt as _;
    let Some(tenant) = tenant else { return verify_platform(conn).await };
    let mut verifier = None;
    let mut events = sqlx::query_as!(
        Linked,
        r#"
        select
          h.tenant_id, h.seq as head_seq, h.hash as head_hash, e.seq as "seq?", e.at as "at?", e.actor_kind as "actor_kind?", e.actor_id,
          e.actor as "actor?", e.action as "action?", e.target as "target?", e.before, e.after, e.origin as "origin?", e.prev_hash as "prev_hash?", e.hash as "hash?"
        from audit_heads h
        left join audit_events e on e.tenant_id = h.tenant_id
        where h.tenant_id = $1
        order by e.seq
        "#,
        tenant.0,
    )
    .fetch(conn);
    while let Some(e) = events.try_next().await? {
        let verifier = verifier.get_or_insert_with(|| e.verifier());
        if let Some(link) = e.link()
            && let Err(found) = verifier.next(&link)
        {
            return Ok(Err(found));
        }
    }
    // Without a head there is no chain yet.
    Ok(verifier.map_or(Ok(0), |verifier| verifier.end()))
}

async fn verify_platform(conn: &mut PgConnection) -> Result<std::result::Result<i64, Break>> {
    use futures_util::TryStreamExt as _;
    let mut verifier = Verifier::of_platform();
    let mut events = sqlx::query!(
        r#"
        select seq, at, actor_kind, actor_id, actor, action, target, before, after, origin, prev_hash, hash
        from platform_events
        order by seq
        "#,
    )
    .fetch(conn);
    while let Some(e) = events.try_next().await? {
        let link = Link {
            seq: e.seq,
            at: e.at,
            actor_kind: e.actor_kind,
            actor_id: e.actor_id,
            actor: e.actor,
            action: e.action,
            target: e.target,
            before: e.before,
            after: e.after,
            origin: e.origin,
            prev_hash: hex(&e.prev_hash),
            hash: hex(&e.hash),
        };
        if let Err(found) = verifier.next(&link) {
            return Ok(Err(found));
        }
    }
    Ok(verifier.end())
}

/// Where this chain breaks, if it does.
fn end(tenant: Uuid, state: std::result::Result<Verifier, Break>) -> Option<(TenantId, i64)> {
    let found = state.and_then(|verifier| verifier.end()).err()?;
    Some((TenantId(tenant), found.at()))
}
