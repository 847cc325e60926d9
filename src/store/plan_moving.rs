//! Moving tenants to another version of their plan: one, or all of some versions, a tenant at a time. What a version grants holds from the commit
//! on, what it costs from that day on (see `domain/billing.rs`); a contract's price stays, and so does a smaller plan that waits.
//!
//! A move of many is a job. Each tenant is moved in a transaction of its own, which notes the result and how far the move has come: whoever
//! takes the job over from a server that was killed goes on behind it, and nobody is moved twice.

use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::access::{Actor, stored};
use super::audit::append;
use super::handle::{PlatformTx, Store};
use super::jobs::{self, Claimed};
use super::plan_moves::{NewMove, beyond};
use super::plan_versions::{PlanRecord, VersionLine};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::TenantId;
use crate::domain::slug::Slug;

/// A version to move to.
struct Target {
    id: Uuid,
    plan: Uuid,
    key: String,
    name: String,
    number: i32,
}

impl Target {
    fn of(plan: &PlanRecord, number: i32) -> Result<Self> {
        let version = plan.version(number)?;
        Ok(Self { id: version.id, plan: plan.id, key: plan.key.clone(), name: plan.name.clone(), number })
    }
}

/// Gives a tenant another version of the plan that it has, in the transaction of whoever asks. Returns whether it had another one.
async fn move_one(conn: &mut PgConnection, actor: &Actor, tenant: TenantId, to: &Target) -> Result<bool> {
    // In the order in which a tenant's own change takes them.
    sqlx::query!("select version from billing_heads where tenant_id = $1 for update", tenant.0).fetch_optional(&mut *conn).await?;
    let old = sqlx::query!(
        r#"
        select v.id, v.version, v.plan_id
        from tenants t
        join plan_versions v on v.id = t.plan_version_id
        where t.id = $1
          and t.status <> 'deleted'
        for update of t
        "#,
        tenant.0,
    )
    .fetch_optional(&mut *conn)
    .await?
    .filter(|old| old.plan_id == to.plan)
    .ok_or(StoreError::NotFound)?;
    if old.id == to.id {
        return Ok(false);
    }
    // A change that the tenant's owner confirms after this one is asked to look again.
    sqlx::query!("update billing_heads set version = version + 1 where tenant_id = $1", tenant.0).execute(&mut *conn).await?;
    sqlx::query!(
        r#"
        insert into plan_changes (tenant_id, from_version_id, to_version_id, state, effective_at, requested_by, settled_at)
        values ($1, $2, $3, 'done', now(), $4, now())
        "#,
        tenant.0,
        old.id,
        to.id,
        actor.name,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("select apply_plan($1, $2, today())", tenant.0, to.id).fetch_one(&mut *conn).await?;
    let (before, after) = (json!({ "plan": to.key, "version": old.version }), json!({ "plan": to.key, "version": to.number }));
    append(conn, tenant, actor, Action::PlanChanged, &format!("{} version {}", to.name, to.number), Some(before), Some(after)).await?;
    Ok(true)
}

impl PlatformTx {
    /// Gives one tenant another version of its plan. `seen` is the version that it had when the form was shown. Done twice, it is done once.
    ///
    /// # Errors
    /// `NotFound` for an unknown plan, version or tenant, or a tenant of another plan; `WrongState` when it has another version by now.
    pub async fn move_tenant(&mut self, plan: &str, slug: &Slug, seen: i32, to: i32) -> Result<()> {
        let record = self.get_plan_record(plan).await?;
        let target = Target::of(&record, to)?;
        let (tenant, ..) = self.lock_tenant_for_plan(slug).await?;
        let actor = self.actor.clone();
        let now = sqlx::query_scalar!(
            "select v.version from tenants t join plan_versions v on v.id = t.plan_version_id where t.id = $1 and v.plan_id = $2",
            tenant.0,
            record.id,
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        if now != seen && now != to {
            return Err(StoreError::WrongState(
                "Somebody moved this tenant meanwhile. Look at the version that it has now, then try again.",
            ));
        }
        move_one(self.read.tx.conn(), &actor, tenant, &target).await.map(drop)
    }

    /// What `lock_tenant` does, after the lock that comes before it.
    async fn lock_tenant_for_plan(
        &mut self,
        slug: &Slug,
    ) -> Result<(TenantId, crate::domain::status::TenantStatus, Option<String>, Option<String>)> {
        sqlx::query!(
            "select h.version from billing_heads h join tenants t on t.id = h.tenant_id where t.slug = $1 for update of h",
            slug.as_str(),
        )
        .fetch_optional(self.read.tx.conn())
        .await?;
        self.lock_tenant(slug).await
    }

    /// Begins to move all tenants of some versions. The same form sent again is the same move.
    ///
    /// # Errors
    /// `NotFound` for an unknown plan or version; `WrongState` when nobody would move.
    pub async fn begin_move(&mut self, new: &NewMove) -> Result<Uuid> {
        let known = sqlx::query_scalar!("select id from plan_moves where id = $1", new.id).fetch_optional(self.read.tx.conn()).await?;
        if let Some(known) = known {
            return Ok(known);
        }
        let plan = self.get_plan_record(&new.plan).await?;
        let target = Target::of(&plan, new.to)?;
        if let Some(from) = new.from {
            plan.version(from)?;
        }
        let from: Vec<&VersionLine> =
            plan.versions.iter().filter(|version| version.number != new.to && new.from.is_none_or(|from| from == version.number)).collect();
        let total: i64 = from.iter().map(|version| version.tenants).sum();
        if total == 0 {
            return Err(StoreError::WrongState("No tenant has this version (any more): there is nobody to move."));
        }
        let ids: Vec<Uuid> = from.iter().map(|version| version.id).collect();
        let numbers: Vec<i32> = from.iter().map(|version| version.number).collect();
        let made = sqlx::query!(
            r#"
            insert into plan_moves (id, plan_id, from_versions, to_version_id, spare_over, total, actor_kind, actor_id, actor, origin)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict on constraint plan_moves_pkey do nothing
            "#,
            new.id,
            plan.id,
            &ids,
            target.id,
            new.spare_over,
            total,
            self.actor.kind,
            self.actor.id,
            self.actor.name,
            self.actor.origin,
        )
        .execute(self.read.tx.conn())
        .await?;
        if made.rows_affected() == 0 {
            return Ok(new.id);
        }
        sqlx::query!(
            "insert into jobs (kind, payload, run_at) values ('move_tenants', jsonb_build_object('move', $1::uuid), now())",
            new.id
        )
        .execute(self.read.tx.conn())
        .await?;
        let after = json!({ "from": numbers, "to": new.to, "tenants": total, "spare_over": new.spare_over });
        self.audit_platform("plan.move_begun", &new.plan, None, Some(after)).await?;
        Ok(new.id)
    }

    /// Goes on with a move whose job was given up.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it runs or has ended.
    pub async fn resume_move(&mut self, id: Uuid) -> Result<()> {
        let job = sqlx::query_scalar!(
            r#"
            select j.id
            from jobs j
            join plan_moves m on m.id = $1
            where j.kind = 'move_tenants'
              and j.payload = jsonb_build_object('move', m.id)
              and j.state in ('failed', 'cancelled')
            for update of j
            "#,
            id,
        )
        .fetch_optional(self.read.tx.conn())
        .await?;
        let Some(job) = job else {
            self.get_move(id).await?;
            return Err(StoreError::WrongState("This move runs or has ended: there is nothing to go on with."));
        };
        super::job_list::requeue(self.read.tx.conn(), crate::domain::ids::JobId(job)).await?;
        self.audit_platform("plan.move_resumed", &id.to_string(), None, None).await
    }
}

/// The payload of the job.
#[derive(Debug, Deserialize)]
struct Payload {
    #[serde(rename = "move")]
    id: Uuid,
}

impl Store {
    /// Moves the next tenant of a move, in one transaction; `false` when there is none any more, and the job is done.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost.
    pub async fn move_next(&self, job: &Claimed) -> Result<bool> {
        let payload: Payload = stored(serde_json::from_value(job.payload.clone()))?;
        let mut tx = self.begin_leased(job, None).await?;
        let row = sqlx::query!(
            r#"
            select
              m.from_versions, m.reached, m.spare_over, m.actor_kind, m.actor_id, m.actor, m.origin,
              v.id as to_id, v.version, p.id as plan_id, p.key, p.name
            from plan_moves m
            join plan_versions v on v.id = m.to_version_id
            join plans p on p.id = m.plan_id
            where m.id = $1
              and m.ended_at is null
            for update of m
            "#,
            payload.id,
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(row) = row else {
            jobs::finish(tx, job).await?;
            return Ok(false);
        };
        let next = sqlx::query_scalar!(
            r#"
            select id
            from tenants
            where plan_version_id = any ($1)
              and id > $2
              and status <> 'deleted'
            order by id
            limit 1
            "#,
            &row.from_versions,
            row.reached,
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(next) = next else {
            sqlx::query!("update plan_moves set ended_at = now() where id = $1", payload.id).execute(tx.conn()).await?;
            jobs::finish(tx, job).await?;
            return Ok(false);
        };
        let tenant = TenantId(next);
        let target = Target { id: row.to_id, plan: row.plan_id, key: row.key, name: row.name, number: row.version };
        let actor = Actor { kind: stored(known_kind(&row.actor_kind))?, id: row.actor_id, name: row.actor, origin: row.origin };
        let beyond = beyond(tx.conn(), tenant, target.id).await?;
        let outcome = match row.spare_over && !beyond.is_empty() {
            true => Some("spared"),
            // Whoever left the plan or was deleted in this moment is nobody's result.
            false => match move_one(tx.conn(), &actor, tenant, &target).await {
                Ok(true) => Some("moved"),
                Ok(false) | Err(StoreError::NotFound) => None,
                Err(error) => return Err(error),
            },
        };
        if let Some(outcome) = outcome {
            sqlx::query!(
                r#"
                insert into plan_move_results (tenant_id, move_id, outcome, over)
                values ($1, $2, $3, $4)
                on conflict on constraint plan_move_results_pkey do nothing
                "#,
                tenant.0,
                payload.id,
                outcome,
                Json(&beyond) as _,
            )
            .execute(tx.conn())
            .await?;
        }
        sqlx::query!(
            "update plan_moves set reached = $2, moved = moved + $3, spared = spared + $4 where id = $1",
            payload.id,
            tenant.0,
            i64::from(outcome == Some("moved")),
            i64::from(outcome == Some("spared")),
        )
        .execute(tx.conn())
        .await?;
        jobs::renew(&mut tx, job).await?;
        tx.commit().await?;
        Ok(true)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("not a kind of actor")]
pub(super) struct UnknownActor;

/// Who asked for what a job does, as it stands in the row of the job's cause.
pub(super) fn known_kind(kind: &str) -> std::result::Result<&'static str, UnknownActor> {
    ["platform_admin", "operator", "platform_key"].into_iter().find(|known| *known == kind).ok_or(UnknownActor)
}
