//! Tenants that come to be in steps: from a template, or as the clone of another one. Here is what they are made from, and how far they have
//! come; they begin in `provisioning_begin.rs`, and what the steps do stands in `provisioning_steps.rs`.
//!
//! Until the last step a tenant is `provisioning`: no one is let in or invited, no key works, nothing is billed. All of it is noted with the
//! tenant's row, in the transaction that makes it, together with the job that does the steps: whatever crashes when, the job goes on
//! behind the last thing that was done, or is tried again by hand, or the tenant is deleted.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::access::stored;
use super::handle::PlatformRead;
use super::templates::Template;
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::email::Email;
use crate::domain::ids::{JobId, TenantId};
use crate::domain::job::JobState;
use crate::domain::name::Name;
use crate::domain::provision::Step;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::template::FOR_SAMPLES;
use crate::domain::token::Token;

/// A tenant whose steps are still to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub slug: Slug,
    /// Does them, whoever claims it.
    pub job: JobId,
}

/// A clone to be.
#[derive(Debug, Clone)]
pub struct NewClone {
    pub slug: Slug,
    pub name: Name,
    pub owner_email: Email,
    /// 0 is no trial.
    pub trial_days: u16,
    /// Documents and conversations too.
    pub with_data: bool,
}

/// What cloning a tenant would bring along.
#[derive(Debug, Clone)]
pub struct CloneSource {
    pub(super) id: TenantId,
    pub slug: Slug,
    pub name: String,
    pub plan: String,
    pub plan_version: i32,
    pub agents: i64,
    pub documents: i64,
    pub document_bytes: i64,
    pub threads: i64,
    pub(super) version: Uuid,
}

/// How far one step has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLine {
    pub step: Step,
    /// Of how many things; 0 when there is nothing to count.
    pub total: i64,
    pub done: i64,
    pub ended: bool,
}

/// How far a tenant has come.
#[derive(Debug, Clone)]
pub struct Provisioning {
    pub slug: Slug,
    pub name: String,
    pub status: TenantStatus,
    pub owner_email: String,
    /// What it is made from, as people read it: `the template Customer support`, `acme`.
    pub source: String,
    pub steps: Vec<StepLine>,
    pub job: JobId,
    /// `None` when the job was forgotten: after 30 days.
    pub job_state: Option<JobState>,
    pub last_error: Option<String>,
    pub by: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// The owner's one-time link and when it runs out, while it works.
    pub setup: Option<(Token, DateTime<Utc>)>,
}

impl Provisioning {
    /// Whether a worker does it, or will by itself.
    pub fn is_under_way(&self) -> bool {
        self.status == TenantStatus::Provisioning && matches!(self.job_state, Some(JobState::Queued | JobState::Running))
    }

    /// Whether somebody has to say what is to become of it.
    pub fn is_stuck(&self) -> bool {
        let waits = self.job_state == Some(JobState::Queued) && self.last_error.is_some();
        self.status == TenantStatus::Provisioning && (!self.is_under_way() || waits)
    }
}

impl PlatformRead {
    /// # Errors
    /// `NotFound` for a tenant that is not there, or was not made in steps.
    pub async fn get_provisioning(&mut self, slug: &Slug) -> Result<Provisioning> {
        let row = sqlx::query!(
            r#"
            select
              t.id, t.name, t.status, t.owner_email, p.source, p.origin, p.job_id, p.actor, p.created_at, p.ended_at,
              j.state as "job_state?", j.last_error as "last_error?"
            from tenants t
            join provisionings p on p.tenant_id = t.id
            left join jobs j on j.id = p.job_id
            where t.slug = $1
              and t.status <> 'deleted'
            "#,
            slug.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let tenant = TenantId(row.id);
        let steps = sqlx::query!(
            r#"
            select step, total, done, ended_at is not null as "ended!"
            from provisioning_steps
            where tenant_id = $1
            order by position
            "#,
            tenant.0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let steps = steps
            .into_iter()
            .map(|line| {
                let step = stored(line.step.parse())?;
                Ok(StepLine { step, total: line.total, done: line.done, ended: line.ended })
            })
            .collect::<Result<_>>()?;
        Ok(Provisioning {
            slug: slug.clone(),
            name: row.name,
            status: stored(row.status.parse())?,
            owner_email: row.owner_email,
            source: if row.source == "template" { format!("the template {}", row.origin) } else { row.origin },
            steps,
            job: JobId(row.job_id),
            job_state: row.job_state.map(|state| stored(state.parse())).transpose()?,
            last_error: row.last_error,
            by: row.actor,
            created_at: row.created_at,
            ended_at: row.ended_at,
            setup: self.find_setup_link(tenant).await?,
        })
    }

    /// The template that was asked for by key; for sample data alone the one that has them.
    ///
    /// # Errors
    /// `Invalid` beside `template` or `sample_data` when it is not there.
    pub async fn find_template(&mut self, template: &str, sample: bool) -> Result<Option<Template>> {
        let (key, field, why) = match (template.trim(), sample) {
            ("", false) => return Ok(None),
            ("", true) => (FOR_SAMPLES, "sample_data", "The template that has the sample data was deleted. Choose another one."),
            (key, _) => (key, "template", "There is no such template."),
        };
        match self.get_template(key).await {
            Err(StoreError::NotFound) => Err(StoreError::Invalid(FieldError::new(field, why))),
            found => found.map(Some),
        }
    }

    /// # Errors
    /// `NotFound`, also for a tenant that is not set up itself yet.
    pub async fn get_clone_source(&mut self, slug: &Slug) -> Result<CloneSource> {
        let row = sqlx::query!(
            r#"
            select
              t.id, t.name, p.name as plan, v.id as version_id, v.version,
              (select count(*) from agents a where a.tenant_id = t.id) as "agents!",
              (select count(*) from documents d where d.tenant_id = t.id) as "documents!",
              (select coalesce(sum(d.size_bytes), 0)::bigint from documents d where d.tenant_id = t.id) as "document_bytes!",
              (select count(*) from threads c where c.tenant_id = t.id) as "threads!"
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            where t.slug = $1
              and t.status not in ('deleted', 'provisioning')
            "#,
            slug.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok(CloneSource {
            id: TenantId(row.id),
            slug: slug.clone(),
            name: row.name,
            plan: row.plan,
            plan_version: row.version,
            agents: row.agents,
            documents: row.documents,
            document_bytes: row.document_bytes,
            threads: row.threads,
            version: row.version_id,
        })
    }
}
