//! Audit: an event in the transaction of its change, in a hash chain a tenant. Appending is the database's own function: no login can
//! write, change or delete a row by itself.

use serde_json::Value;
use sqlx::PgConnection;

use super::Result;
use super::access::Actor;
use super::handle::{PlatformRead, PlatformTx, TenantTx, WorkerTx};
use crate::domain::activity::{Action, Activity};
use crate::domain::capability::Capability;
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
}

impl WorkerTx {
    pub(super) async fn audit(&mut self, action: Action, target: &str, before: Option<Value>, after: Option<Value>) -> Result<()> {
        let system = Actor { kind: "system", id: None, name: "system".to_owned(), origin: "job".to_owned() };
        append(self.tx.conn(), self.tenant, &system, action, target, before, after).await
    }
}
