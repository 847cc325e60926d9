//! Drawn tenants into the database, set by set: a table's rows in one statement, whatever their number.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use uuid::Uuid;

use super::draw::DemoTenant;
use super::sketch::PlanKey;
use crate::domain::activity::Action;
use crate::domain::status::TenantStatus;
use crate::store::plans::Plan;
use crate::store::{PlatformTx, Result, StoreError};

/// The columns of tenants, agents, usage and levels, as arrays to unnest.
#[derive(Default)]
struct Columns<'a> {
    slug: Vec<&'a str>,
    name: Vec<&'a str>,
    status: Vec<&'a str>,
    status_since: Vec<DateTime<Utc>>,
    status_reason: Vec<Option<&'a str>>,
    plan_version: Vec<Uuid>,
    contract_cents: Vec<Option<i64>>,
    budget_cents: Vec<Option<i64>>,
    billing_email: Vec<&'a str>,
    owner_email: Vec<&'a str>,
    accent: Vec<&'a str>,
    trial_ends_at: Vec<Option<DateTime<Utc>>>,
    created_at: Vec<DateTime<Utc>>,
    storage: Vec<i64>,
    agent_tenant: Vec<Uuid>,
    agent_name: Vec<&'a str>,
    agent_model: Vec<&'a str>,
    agent_department: Vec<&'a str>,
    agent_cost_center: Vec<&'a str>,
    agent_active: Vec<bool>,
    agent_created_at: Vec<DateTime<Utc>>,
    usage_tenant: Vec<Uuid>,
    usage_meter: Vec<&'a str>,
    usage_day: Vec<NaiveDate>,
    usage_amount: Vec<i64>,
    usage_cost: Vec<i64>,
}

/// The version of a plan that is sold now.
pub(super) fn version_of(plans: &[Plan], key: PlanKey) -> Result<Uuid> {
    plans
        .iter()
        .find(|plan| plan.key == key.as_str())
        .map(|plan| plan.version)
        .ok_or(StoreError::WrongState("The demo needs the plans free, starter, pro and enterprise."))
}

fn columns<'a>(tenants: &'a [DemoTenant], ids: &[Uuid], plans: &[Plan]) -> Result<Columns<'a>> {
    let mut c = Columns::default();
    for (tenant, id) in tenants.iter().zip(ids) {
        let sketch = &tenant.sketch;
        c.slug.push(&sketch.slug);
        c.name.push(&sketch.name);
        c.status.push(sketch.status.as_str());
        c.status_since.push(sketch.status_since);
        c.status_reason.push(sketch.status_reason);
        c.plan_version.push(version_of(plans, sketch.plan)?);
        c.contract_cents.push(sketch.contract_cents);
        c.budget_cents.push(sketch.budget_cents);
        c.billing_email.push(&sketch.billing_email);
        c.owner_email.push(sketch.owner_email());
        c.accent.push(sketch.accent);
        c.trial_ends_at.push(sketch.trial_ends_at);
        c.created_at.push(sketch.created_at);
        c.storage.push(sketch.storage);
        for agent in &tenant.agents {
            c.agent_tenant.push(*id);
            c.agent_name.push(&agent.name);
            c.agent_model.push(agent.model);
            c.agent_department.push(agent.department);
            c.agent_cost_center.push(agent.cost_center);
            c.agent_active.push(agent.active);
            c.agent_created_at.push(agent.created_at);
        }
        for row in &tenant.usage {
            c.usage_tenant.push(*id);
            c.usage_meter.push(row.meter);
            c.usage_day.push(row.day);
            c.usage_amount.push(row.amount);
            c.usage_cost.push(row.cost);
        }
    }
    Ok(c)
}

impl PlatformTx {
    /// Which of these slugs no tenant has, in their order.
    pub(super) async fn keep_free_slugs(&mut self, slugs: &[String]) -> Result<Vec<bool>> {
        let taken: std::collections::HashSet<String> = sqlx::query_scalar!("select slug from tenants where slug = any ($1)", slugs)
            .fetch_all(self.read.tx.conn())
            .await?
            .into_iter()
            .collect();
        Ok(slugs.iter().map(|slug| !taken.contains(slug)).collect())
    }

    /// Tenants with their people, agents, usage, jobs and first audit event; returns their ids in order.
    pub(super) async fn insert_demo_tenants(&mut self, tenants: &[DemoTenant], plans: &[Plan]) -> Result<Vec<Uuid>> {
        let count = i32::try_from(tenants.len()).unwrap_or(i32::MAX);
        let ids =
            sqlx::query_scalar!(r#"select uuid_v7() as "id!" from generate_series(1, $1)"#, count).fetch_all(self.read.tx.conn()).await?;
        self.insert_drawn(&ids, columns(tenants, &ids, plans)?).await?;
        self.insert_people(tenants, &ids).await?;
        self.insert_trial_jobs(&ids).await?;
        self.insert_created_events(tenants, &ids).await?;
        self.notice_demo(&ids).await?;
        Ok(ids)
    }

    /// One statement for the four tables that the summaries follow: their triggers fire at its end, when all rows stand, so that a
    /// summary is written once and is not grown table by table.
    async fn insert_drawn(&mut self, ids: &[Uuid], c: Columns<'_>) -> Result<()> {
        sqlx::query!(
            r#"
            with
              new_tenants as (
                insert into tenants (
                  id, slug, name, status, status_since, status_reason, status_before, plan_version_id,
                  contract_price_usd, monthly_budget_usd, billing_email, owner_email, accent, trial_ends_at, created_at)
                select
                  id, slug, name, status, status_since, reason, case when status = 'suspended' then 'active' end, plan_version,
                  contract_cents * 0.01, budget_cents * 0.01, billing_email, owner_email, accent, trial_ends_at, created_at
                from unnest(
                  $1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::uuid[], $8::bigint[],
                  $9::bigint[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[])
                  as n (id, slug, name, status, status_since, reason, plan_version, contract_cents,
                    budget_cents, billing_email, owner_email, accent, trial_ends_at, created_at)
              ),
              new_levels as (
                insert into usage_levels (tenant_id, meter, amount)
                select id, 'storage', amount
                from unnest($1::uuid[], $15::bigint[]) as n (id, amount)
              ),
              new_agents as (
                insert into agents (tenant_id, name, model, department, cost_center, active, created_at)
                select *
                from unnest($16::uuid[], $17::text[], $18::text[], $19::text[], $20::text[], $21::bool[], $22::timestamptz[])
              )
            insert into usage_days (tenant_id, meter, day, amount, cost_usd)
            select tenant_id, meter, day, amount, cost * 0.0001
            from unnest($23::uuid[], $24::text[], $25::date[], $26::bigint[], $27::bigint[]) as n (tenant_id, meter, day, amount, cost)
            "#,
            ids,
            &c.slug as &[&str],
            &c.name as &[&str],
            &c.status as &[&str],
            &c.status_since,
            &c.status_reason as &[Option<&str>],
            &c.plan_version,
            &c.contract_cents as &[Option<i64>],
            &c.budget_cents as &[Option<i64>],
            &c.billing_email as &[&str],
            &c.owner_email as &[&str],
            &c.accent as &[&str],
            &c.trial_ends_at as &[Option<DateTime<Utc>>],
            &c.created_at,
            &c.storage,
            &c.agent_tenant,
            &c.agent_name as &[&str],
            &c.agent_model as &[&str],
            &c.agent_department as &[&str],
            &c.agent_cost_center as &[&str],
            &c.agent_active,
            &c.agent_created_at,
            &c.usage_tenant,
            &c.usage_meter as &[&str],
            &c.usage_day,
            &c.usage_amount,
            &c.usage_cost,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }

    /// Trials end by themselves.
    async fn insert_trial_jobs(&mut self, ids: &[Uuid]) -> Result<()> {
        sqlx::query!(
            r#"
            insert into jobs (tenant_id, kind, payload, run_at)
            select id, 'end_trial', '{}', trial_ends_at
            from tenants
            where id = any ($1)
              and status = 'trial'
            "#,
            ids,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }

    /// The first event of every chain, and the suspension of those that are suspended.
    async fn insert_created_events(&mut self, tenants: &[DemoTenant], ids: &[Uuid]) -> Result<()> {
        let mut events: Vec<(Uuid, &str, &str, Option<String>, String)> = Vec::with_capacity(tenants.len());
        for (tenant, id) in tenants.iter().zip(ids) {
            let s = &tenant.sketch;
            let status = if s.status == TenantStatus::Trial { TenantStatus::Trial } else { TenantStatus::Active };
            let after = json!({
                "name": s.name, "slug": s.slug, "plan": s.plan.as_str(), "status": status.as_str(), "owner_email": s.owner_email(),
                "billing_email": s.billing_email,
            });
            events.push((*id, Action::TenantCreated.as_str(), &s.slug, None, after.to_string()));
            if let Some(reason) = s.status_reason {
                let before = json!({ "status": "active" }).to_string();
                let after = json!({ "status": "suspended", "reason": reason }).to_string();
                events.push((*id, Action::TenantSuspended.as_str(), &s.slug, Some(before), after));
            }
        }
        let befores: Vec<Option<&str>> = events.iter().map(|event| event.3.as_deref()).collect();
        sqlx::query!(
            r#"
            select count(audit_append(tenant_id, $1, $2, $3, action, target, before, after, $4))
            from (
              select *
              from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[])
                with ordinality as e (tenant_id, action, target, before, after, nth)
              order by nth
            ) e
            "#,
            self.actor.kind,
            self.actor.id,
            self.actor.name,
            self.actor.origin,
            &events.iter().map(|event| event.0).collect::<Vec<_>>(),
            &events.iter().map(|event| event.1).collect::<Vec<_>>() as &[&str],
            &events.iter().map(|event| event.2).collect::<Vec<_>>() as &[&str],
            &befores as &[Option<&str>],
            &events.iter().map(|event| event.4.as_str()).collect::<Vec<_>>() as &[&str],
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        Ok(())
    }
}
