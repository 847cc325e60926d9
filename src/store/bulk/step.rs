//! What the worker does: one tenant, one transaction. What happens to a tenant and what is kept of it stand in the same commit, so that whoever
//! takes over from a worker that died goes on with the first tenant that nothing has happened to.

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::super::access::{PlatformAdmin, stored};
use super::super::guarded::Guarded;
use super::super::handle::{PlatformTx, Store};
use super::super::jobs::{Claimed, finish};
use super::super::mail::post;
use super::super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::bulk::{BulkAction, Details, Outcome};
use crate::domain::feature_switch::Switch;
use crate::domain::ids::TenantId;
use crate::domain::mail::{Letter, Notice};
use crate::domain::quantity::plural;
use crate::domain::reason::Reason;
use crate::domain::slug::Slug;
use crate::domain::staff::StaffRole;
use crate::domain::status::TenantStatus;

#[derive(Deserialize)]
struct Payload {
    run: Uuid,
}

#[derive(Debug, thiserror::Error)]
#[error("nobody who could have begun it")]
struct Nobody;

impl Store {
    /// Does what the run of this job is about to the next tenant; `false` when there is none left, and the job is done.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost: somebody else goes on.
    pub async fn bulk_step(&self, job: &Claimed) -> Result<bool> {
        let payload: Payload = stored(serde_json::from_value(job.payload.clone()))?;
        let mut tx = self.begin_leased(job, None).await?;
        // As long as it goes on, the lease does.
        sqlx::query!(
            "update jobs set run_at = now() + interval '2 minutes' where id = $1 and run_at < now() + interval '1 minute'",
            job.id.0
        )
        .execute(tx.conn())
        .await?;
        let next = sqlx::query!(
            r#"
            select
              r.action, r.details, r.actor_kind, r.actor_id, r.actor, r.origin, i.position as "position?", t.id as "tenant?", t.slug as "slug?"
            from bulk_runs r
            left join lateral (
              select position, tenant_id
              from bulk_items
              where run_id = r.id
                and outcome is null
              order by position
              limit 1
            ) i on true
            left join tenants t on t.id = i.tenant_id
            where r.id = $1
              and r.state = 'running'
            "#,
            payload.run,
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(next) = next else {
            finish(tx, job).await?;
            return Ok(false);
        };
        let (Some(position), Some(tenant), Some(slug)) = (next.position, next.tenant, next.slug) else {
            sqlx::query!("update bulk_runs set state = 'done', ended_at = now() where id = $1", payload.run).execute(tx.conn()).await?;
            finish(tx, job).await?;
            return Ok(false);
        };
        let action: BulkAction = stored(next.action.parse())?;
        let details: Details = match next.details {
            Some(details) => stored(serde_json::from_value(details))?,
            None => Details::Resume,
        };
        let admin = stored(PlatformAdmin::who_began(&next.actor_kind, next.actor_id, next.actor, next.origin).ok_or(Nobody))?;
        let allowed = match admin.recheck(tx.conn()).await {
            Ok(role) => Some(role).filter(|role| action.allowed_to(*role)),
            Err(StoreError::Unavailable(cause)) => return Err(StoreError::Unavailable(cause)),
            Err(_) => None,
        };
        let slug: Slug = stored(slug.parse())?;
        let (outcome, note, tx) = match allowed {
            Some(role) => self.act(tx, &admin, role, &details, TenantId(tenant), &slug).await?,
            None => (Outcome::Refused, "Whoever began this may not do it any more.".to_owned(), tx),
        };
        let mut tx = tx;
        sqlx::query!(
            "update bulk_items set outcome = $3, note = left($4, 500) where run_id = $1 and position = $2 and outcome is null",
            payload.run,
            position,
            outcome.as_str(),
            note,
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        self.around.forget();
        Ok(true)
    }

    /// The transaction comes back as it was where the action is refused.
    async fn act(
        &self,
        mut tx: Guarded,
        admin: &PlatformAdmin,
        role: StaffRole,
        details: &Details,
        tenant: TenantId,
        slug: &Slug,
    ) -> Result<(Outcome, String, Guarded)> {
        sqlx::raw_sql("savepoint before_tenant").execute(tx.conn()).await?;
        let mut platform = self.platform_tx(tx, admin, role);
        let result = platform.act(details, tenant, slug).await;
        let mut tx = platform.read.tx;
        let refused = match result {
            Ok(note) => return Ok((Outcome::Done, note, tx)),
            Err(StoreError::WrongState(why)) => why.to_owned(),
            Err(StoreError::Invalid(error)) => error.message,
            Err(StoreError::NotFound) => "It is deleted, or what was chosen is not there any more.".to_owned(),
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(error) => {
                tracing::error!(tenant = %slug, %error, "a bulk action failed for one tenant");
                "Something went wrong here; it was logged.".to_owned()
            }
        };
        sqlx::raw_sql("rollback to savepoint before_tenant").execute(tx.conn()).await?;
        Ok((Outcome::Refused, refused, tx))
    }
}

impl PlatformTx {
    /// Returns what was done, in a few words.
    async fn act(&mut self, details: &Details, tenant: TenantId, slug: &Slug) -> Result<String> {
        match details {
            Details::Suspend { reason } => {
                let reason: Reason = stored(reason.parse())?;
                self.suspend_tenant(slug, &reason).await?;
                Ok("Suspended.".to_owned())
            }
            Details::Resume => {
                let status = self.resume_tenant(slug).await?;
                Ok(match status {
                    TenantStatus::Suspended => "No longer suspended by staff; still for non-payment.".to_owned(),
                    status => format!("Resumed: {}.", status.label().to_lowercase()),
                })
            }
            Details::ChangePlan { plan } => {
                let (from, to) = self.change_plan(slug, plan).await?;
                Ok(format!("From {} to {}.", from.name, to.name))
            }
            Details::SwitchFeature { feature, enabled, reason, until } => {
                let switch = Switch { enabled: *enabled, reason: stored(reason.parse())?, until: *until };
                self.switch_where_otherwise(slug, feature, &switch).await
            }
            Details::Message { subject, paragraphs } => {
                let owners = self.message_owners(tenant, subject, paragraphs).await?;
                Ok(format!("Queued for {}.", plural(owners, "owner", "owners")))
            }
        }
    }

    /// Queues a letter to each owner who has an account; returns how many.
    ///
    /// # Errors
    /// `NotFound` for a deleted tenant; `WrongState` when there is nobody to write to.
    async fn message_owners(&mut self, tenant: TenantId, subject: &str, paragraphs: &[String]) -> Result<i64> {
        let owners = sqlx::query!(
            r#"
            select t.status, u.email as "email?"
            from tenants t
            left join members m on m.tenant_id = t.id and m.role = 'owner'
            left join users u on u.id = m.user_id and u.disabled_at is null
            where t.id = $1
            order by u.email
            "#,
            tenant.0,
        )
        .fetch_all(self.read.tx.conn())
        .await?;
        let mut told = 0;
        for owner in owners {
            if stored(owner.status.parse::<TenantStatus>())? == TenantStatus::Deleted {
                return Err(StoreError::NotFound);
            }
            let Some(email) = owner.email else { continue };
            let letter = Letter::Notice(Notice { subject: subject.to_owned(), paragraphs: paragraphs.to_vec(), page: None });
            post(self.read.tx.conn(), Some(tenant), &stored(email.parse())?, &letter).await?;
            told += 1;
        }
        if told == 0 {
            return Err(StoreError::WrongState("None of its owners has an account yet."));
        }
        let after = json!({ "subject": subject, "message": paragraphs, "owners": told });
        self.audit(tenant, Action::OwnersMessaged, subject, None, Some(after)).await?;
        Ok(told)
    }
}
