//! How a tenant that is made in steps begins: its row, what it is to become, the steps and the job that does them, in one transaction.

use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::handle::PlatformTx;
use super::provisioning::{Begun, NewClone};
use super::templates::Template;
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::activity::Action;
use crate::domain::ids::{JobId, TenantId};
use crate::domain::job::JobState;
use crate::domain::new_tenant::NewTenant;
use crate::domain::provision::Step;
use crate::domain::quantity::{Unit, count, short};
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::template::TemplateContent;

/// What the steps will bring along, to be held against the tenant's quotas before anything is made.
struct Bring {
    agents: i64,
    bytes: i64,
    messages: i64,
}

/// Where it all comes from.
struct Source<'a> {
    kind: &'static str,
    /// As people read it.
    origin: String,
    tenant: Option<TenantId>,
    with_data: bool,
    content: &'a TemplateContent,
    steps: Vec<(Step, i64)>,
    bring: Bring,
    /// The field of a form that chose it.
    field: &'static str,
}

fn size(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl PlatformTx {
    /// Begins a tenant from a template; with `sample` its sample data too.
    ///
    /// # Errors
    /// `NotFound` for a plan that is not sold, `Conflict(TenantSlug)`; `Invalid` beside `template` when its quotas have no room for it, beside
    /// `sample_data` when the template has none.
    pub async fn create_from_template(&mut self, new: &NewTenant, template: &Template, sample: bool) -> Result<Begun> {
        let content = &template.content;
        let set = match (sample, content.sample) {
            (false, _) => None,
            (true, Some(set)) => Some(set),
            (true, None) => return Err(StoreError::Invalid(FieldError::new("sample_data", "This template has no sample data."))),
        };
        let agents = size(content.agents.len());
        let mut steps = vec![(Step::Settings, 0), (Step::Agents, agents)];
        if let Some(set) = set {
            steps.extend([(Step::Documents, size(set.documents().len())), (Step::Conversations, size(set.threads()))]);
        }
        steps.push((Step::Open, 0));
        let plan = self.list_plans().await?.into_iter().find(|plan| plan.key == new.plan).ok_or(StoreError::NotFound)?;
        let source = Source {
            kind: "template",
            origin: template.name.clone(),
            tenant: None,
            with_data: set.is_some(),
            content,
            steps,
            bring: Bring { agents, bytes: set.map_or(0, |set| size(set.bytes())), messages: set.map_or(0, |set| size(set.messages())) },
            field: "template",
        };
        let after = json!({ "template": template.key, "sample_data": sample });
        self.begin(new, &plan.key, plan.version, &source, after).await
    }

    /// Begins a clone: the plan in the source's own version, its settings, branding, quotas of its own and agents; with data its documents and
    /// conversations too. What is secret or somebody's is not cloned: members, invites, keys, domains, audit log, usage, bills.
    ///
    /// # Errors
    /// `NotFound` for an unknown source; `Conflict(TenantSlug)`; `Invalid` beside `with_data` when the clone's quotas have no room.
    pub async fn clone_tenant(&mut self, source: &Slug, new: &NewClone) -> Result<Begun> {
        let from = self.get_clone_source(source).await?;
        let tenant = NewTenant {
            name: new.name.clone(),
            slug: new.slug.clone(),
            plan: from.plan.clone(),
            owner_email: new.owner_email.clone(),
            billing_email: None,
            trial_days: new.trial_days,
            monthly_budget: None,
            quotas: Vec::new(),
        };
        let mut steps = vec![(Step::Settings, 0), (Step::Agents, from.agents)];
        let mut bring = Bring { agents: from.agents, bytes: 0, messages: 0 };
        if new.with_data {
            steps.extend([(Step::Documents, from.documents), (Step::Conversations, from.threads)]);
            bring.bytes = from.document_bytes;
            bring.messages = sqlx::query_scalar!(
                r#"
                select count(*) as "n!"
                from messages
                where tenant_id = $1
                  and created_at >= this_month()::timestamp at time zone 'utc'
                "#,
                from.id.0,
            )
            .fetch_one(self.read.tx.conn())
            .await?;
        }
        steps.push((Step::Open, 0));
        let content = TemplateContent::default();
        let begin = Source {
            kind: "clone",
            origin: from.slug.to_string(),
            tenant: Some(from.id),
            with_data: new.with_data,
            content: &content,
            steps,
            bring,
            field: "with_data",
        };
        let after = json!({ "cloned_from": from.slug, "with_data": new.with_data });
        self.begin(&tenant, &from.plan, from.version, &begin, after).await
    }

    async fn begin(&mut self, new: &NewTenant, plan: &str, version: Uuid, source: &Source<'_>, how: serde_json::Value) -> Result<Begun> {
        let billing_email = new.billing_email.as_ref().unwrap_or(&new.owner_email);
        // Its trial begins when it is open.
        let id = sqlx::query_scalar!(
            r#"select make_tenant($1, $2, $3, 0, $4, $5, $6) as "id!""#,
            new.slug.as_str(),
            new.name.as_str(),
            version,
            new.monthly_budget.map(|usd| usd.0),
            billing_email.as_str(),
            new.owner_email.as_str(),
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let tenant = TenantId(id);
        sqlx::query!("update tenants set status = 'provisioning' where id = $1", tenant.0).execute(self.read.tx.conn()).await?;
        let after = json!({
            "name": new.name, "slug": new.slug, "plan": plan, "status": "provisioning", "owner_email": new.owner_email,
            "billing_email": billing_email, "trial_days": new.trial_days, "monthly_budget_usd": new.monthly_budget, "how": how,
        });
        self.audit(tenant, Action::TenantCreated, new.slug.as_str(), None, Some(after)).await?;
        for (meter, quota) in &new.quotas {
            self.override_quota(tenant, meter, *quota).await?;
        }
        if let Some(from) = source.tenant {
            self.clone_overrides(tenant, from).await?;
        }
        self.check_bring(tenant, source).await?;
        let job = sqlx::query_scalar!(
            "insert into jobs (tenant_id, kind, payload, run_at) values ($1, 'provision', '{}', now()) returning id",
            tenant.0,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        sqlx::query!(
            r#"
            insert into provisionings (
              tenant_id, job_id, source, origin, source_tenant_id, with_data, content, trial_days, actor_kind, actor_id, actor, actor_origin)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            "#,
            tenant.0,
            job,
            source.kind,
            source.origin,
            source.tenant.map(|tenant| tenant.0),
            source.with_data,
            Json(source.content) as _,
            i32::from(new.trial_days),
            self.actor.kind,
            self.actor.id,
            self.actor.name,
            self.actor.origin,
        )
        .execute(self.read.tx.conn())
        .await?;
        let (steps, totals): (Vec<&str>, Vec<i64>) = source.steps.iter().map(|(step, total)| (step.as_str(), *total)).unzip();
        sqlx::query!(
            r#"
            insert into provisioning_steps (tenant_id, position, step, total)
            select $1, n, step, total
            from unnest($2::text[], $3::bigint[]) with ordinality as s (step, total, n)
            "#,
            tenant.0,
            &steps as &[&str],
            &totals,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(Begun { slug: new.slug.clone(), job: JobId(job) })
    }

    /// Quotas of the source's own, as long as they hold.
    async fn clone_overrides(&mut self, tenant: TenantId, from: TenantId) -> Result<()> {
        let made = sqlx::query!(
            r#"
            insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by, expires_at)
            select $1, meter, quota, reason, $3, expires_at
            from entitlement_overrides
            where tenant_id = $2
              and (expires_at is null or expires_at > now())
            returning meter, quota
            "#,
            tenant.0,
            from.0,
            self.actor.name,
        )
        .fetch_all(self.read.tx.conn())
        .await?;
        for one in made {
            self.audit(tenant, Action::QuotaChanged, &one.meter, None, Some(json!({ "quota": one.quota }))).await?;
        }
        Ok(())
    }

    /// Whether there is room for what is to come: said before anything is made, beside what was chosen.
    async fn check_bring(&mut self, tenant: TenantId, source: &Source<'_>) -> Result<()> {
        let rows = sqlx::query!(
            "select meter, quota from quotas where tenant_id = $1 and meter = any (array['agents', 'storage', 'messages'])",
            tenant.0,
        )
        .fetch_all(self.read.tx.conn())
        .await?;
        for row in rows {
            let Some(quota) = row.quota else { continue };
            let (wanted, text) = match row.meter.as_deref() {
                Some("agents") => (source.bring.agents, format!("{} agents; the quota is {}", count(source.bring.agents), count(quota))),
                Some("storage") => {
                    let bytes = |n| short(n, Unit::Bytes);
                    (source.bring.bytes, format!("{} of documents; the quota is {}", bytes(source.bring.bytes), bytes(quota)))
                }
                _ => (
                    source.bring.messages,
                    format!("{} messages of this month; the quota is {}", count(source.bring.messages), count(quota)),
                ),
            };
            if wanted > quota {
                let what = if source.kind == "template" { "The template brings" } else { "The clone would have" };
                return Err(StoreError::Invalid(FieldError::new(source.field, format!("{what} {text}. Choose a larger plan."))));
            }
        }
        Ok(())
    }

    /// Tries a tenant's steps again, from the one that did not succeed on.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when they are under way, or done.
    pub async fn retry_provisioning(&mut self, slug: &Slug) -> Result<()> {
        let (tenant, status, ..) = self.lock_tenant(slug).await?;
        let found = self.get_provisioning(slug).await?;
        if status != TenantStatus::Provisioning {
            return Err(StoreError::WrongState("This tenant is set up already."));
        }
        if found.job_state == Some(JobState::Running) || (found.job_state == Some(JobState::Queued) && found.last_error.is_none()) {
            return Err(StoreError::WrongState("Its steps are being done in this moment."));
        }
        if found.job_state.is_some() {
            super::job_list::requeue(self.read.tx.conn(), found.job).await?;
        } else {
            let job = sqlx::query_scalar!(
                "insert into jobs (tenant_id, kind, payload, run_at) values ($1, 'provision', '{}', now()) returning id",
                tenant.0,
            )
            .fetch_one(self.read.tx.conn())
            .await?;
            sqlx::query!("update provisionings set job_id = $2 where tenant_id = $1", tenant.0, job).execute(self.read.tx.conn()).await?;
        }
        self.audit(tenant, Action::TenantProvisioned, "tried again", None, None).await
    }
}
