//! Suspending and resuming a tenant, and its trial. Two causes close a tenant, a decision of staff and unpaid bills; neither lifts the other,
//! and the tenant is open when neither stands.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::access::stored;
use super::handle::PlatformTx;
use super::mail::post;
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::activity::Action;
use crate::domain::email::Email;
use crate::domain::ids::TenantId;
use crate::domain::mail::{Letter, Notice};
use crate::domain::reason::Reason;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;

/// Longest trial from today on, in days.
const MOST_TRIAL_DAYS: i64 = 365;

/// A tenant's row under lock.
struct Life {
    tenant: TenantId,
    /// As it is now, whichever of its slugs was given.
    slug: String,
    status: TenantStatus,
    /// The state before the suspension.
    before: Option<String>,
    /// Why staff suspended it.
    staff: Option<String>,
    /// What is owed, when it is suspended for that.
    unpaid: Option<String>,
    trial_ends_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
}

impl PlatformTx {
    async fn lock_life(&mut self, slug: &Slug) -> Result<Life> {
        let row = sqlx::query!(
            r#"
            select id, slug, status, status_before, status_reason, unpaid_reason, trial_ends_at, now() as "now!"
            from tenants
            where id = tenant_by_slug($1)
              and status <> 'deleted'
            for update
            "#,
            slug.as_str(),
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let status = stored(row.status.parse())?;
        let suspended = status == TenantStatus::Suspended;
        Ok(Life {
            tenant: TenantId(row.id),
            slug: row.slug,
            status,
            before: row.status_before.filter(|_| suspended),
            staff: row.status_reason.filter(|_| suspended),
            unpaid: row.unpaid_reason,
            trial_ends_at: row.trial_ends_at,
            now: row.now,
        })
    }

    /// Stops the tenant: from the next statement on its people and keys are refused and shown the reason. One that is suspended for
    /// non-payment stays so until its payment arrived and staff resumed it.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when staff suspended it already or it is not set up yet.
    pub async fn suspend_tenant(&mut self, slug: &Slug, reason: &Reason) -> Result<()> {
        let life = self.lock_life(slug).await?;
        if life.staff.is_some() {
            return Err(StoreError::WrongState("Only a tenant that is open can be suspended; this one is suspended already."));
        }
        set_up(&life)?;
        sqlx::query!(
            r#"
            update tenants
            set status = 'suspended', status_reason = $2,
                status_since = case status when 'suspended' then status_since else now() end,
                status_before = case status when 'suspended' then status_before else status end
            where id = $1
            "#,
            life.tenant.0,
            reason.as_str(),
        )
        .execute(self.read.tx.conn())
        .await?;
        self.note_closed(&life, Action::TenantSuspended, reason).await
    }

    /// Takes back what `suspend_tenant` did, and gives the tenant the state that it had; a trial that ran out meanwhile is active. Returns
    /// its state, which is `Suspended` while something is unpaid.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when staff did not suspend it.
    pub async fn resume_tenant(&mut self, slug: &Slug) -> Result<TenantStatus> {
        let life = self.lock_life(slug).await?;
        let Some(reason) = &life.staff else {
            return Err(StoreError::WrongState(match life.status {
                TenantStatus::Suspended => "Staff did not suspend this tenant: it opens when its payment has arrived.",
                _ => "Only a suspended tenant can be resumed; this one is open.",
            }));
        };
        let status = match &life.unpaid {
            Some(_) => {
                sqlx::query!("update tenants set status_reason = null where id = $1", life.tenant.0).execute(self.read.tx.conn()).await?;
                TenantStatus::Suspended
            }
            None => self.open(&life, false).await?,
        };
        let (from, to) = (json!({ "status": "suspended", "reason": reason }), json!({ "status": status.as_str(), "unpaid": life.unpaid }));
        self.audit(life.tenant, Action::TenantResumed, &life.slug, Some(from), Some(to)).await?;
        Ok(status)
    }

    /// Stops the tenant because something is unpaid, whatever staff decided besides.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is suspended for that already or not set up yet.
    pub async fn suspend_unpaid(&mut self, slug: &Slug, owed: &Reason) -> Result<()> {
        let life = self.lock_life(slug).await?;
        if life.unpaid.is_some() {
            return Err(StoreError::WrongState("This tenant is suspended for non-payment already."));
        }
        set_up(&life)?;
        sqlx::query!(
            r#"
            update tenants
            set status = 'suspended', unpaid_reason = $2, unpaid_since = now(),
                status_since = case status when 'suspended' then status_since else now() end,
                status_before = case status when 'suspended' then status_before else status end
            where id = $1
            "#,
            life.tenant.0,
            owed.as_str(),
        )
        .execute(self.read.tx.conn())
        .await?;
        self.note_closed(&life, Action::TenantUnpaid, owed).await
    }

    /// What was owed is paid: a suspension for it is over, and a tenant that was past due is active. Returns its state, which is `Suspended`
    /// while staff hold it.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when nothing is unpaid.
    pub async fn payment_arrived(&mut self, slug: &Slug) -> Result<TenantStatus> {
        let life = self.lock_life(slug).await?;
        let past_due = life.status == TenantStatus::PastDue || life.before.as_deref() == Some("past_due");
        if life.unpaid.is_none() && !past_due {
            return Err(StoreError::WrongState("Nothing is noted as unpaid here."));
        }
        let status = match &life.staff {
            Some(_) => {
                sqlx::query!(
                    r#"
                    update tenants
                    set unpaid_since = null, unpaid_reason = null,
                        status_before = case status_before when 'past_due' then 'active' else status_before end
                    where id = $1
                    "#,
                    life.tenant.0,
                )
                .execute(self.read.tx.conn())
                .await?;
                TenantStatus::Suspended
            }
            None => self.open(&life, true).await?,
        };
        let (from, to) = (json!({ "status": life.status.as_str(), "unpaid": life.unpaid }), json!({ "status": status.as_str() }));
        self.audit(life.tenant, Action::TenantPaid, &life.slug, Some(from), Some(to)).await?;
        Ok(status)
    }

    async fn note_closed(&mut self, life: &Life, action: Action, reason: &Reason) -> Result<()> {
        let (before, after) = (json!({ "status": life.status.as_str() }), json!({ "status": "suspended", "reason": reason.as_str() }));
        self.audit(life.tenant, action, &life.slug, Some(before), Some(after)).await
    }

    /// Open again, in the state of before.
    async fn open(&mut self, life: &Life, paid: bool) -> Result<TenantStatus> {
        let before = life.before.as_deref().unwrap_or(life.status.as_str());
        let status = sqlx::query_scalar!(
            r#"
            update tenants
            set status = case when $2 = 'trial' and trial_ends_at <= now() or $2 = 'past_due' and $3 then 'active' else $2 end,
                status_since = now(), status_before = null, status_reason = null, unpaid_since = null, unpaid_reason = null
            where id = $1
            returning status
            "#,
            life.tenant.0,
            before,
            paid,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        stored(status.parse())
    }

    /// The trial goes on until then.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is not in its trial; `Invalid` for an end that is not later, or later than a year from now.
    pub async fn extend_trial(&mut self, slug: &Slug, until: DateTime<Utc>) -> Result<()> {
        let life = self.lock_life(slug).await?;
        let end = in_trial(&life)?;
        if until <= end {
            return Err(StoreError::Invalid(FieldError::new("trial_until", "Enter a day after the one on which the trial ends now.")));
        }
        if (until - life.now).num_days() > MOST_TRIAL_DAYS {
            return Err(StoreError::Invalid(FieldError::new("trial_until", "Enter a day within a year.")));
        }
        sqlx::query!("update tenants set trial_ends_at = $2 where id = $1", life.tenant.0, until).execute(self.read.tx.conn()).await?;
        // Whoever has claimed the job already sees that the trial goes on; then another one ends it.
        sqlx::query!(
            r#"
            with moved as (
              update jobs
              set run_at = $2
              where tenant_id = $1
                and kind = 'end_trial'
                and state = 'queued'
              returning 1
            )
            insert into jobs (tenant_id, kind, payload, run_at)
            select $1, 'end_trial', '{}', $2
            where not exists (select from moved)
            "#,
            life.tenant.0,
            until,
        )
        .execute(self.read.tx.conn())
        .await?;
        let (before, after) = (json!({ "trial_ends_at": end }), json!({ "trial_ends_at": until }));
        self.audit(life.tenant, Action::TrialExtended, &life.slug, Some(before), Some(after)).await
    }

    /// The trial is over now, and the plan holds and is billed from today on.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is not in its trial.
    pub async fn convert_trial(&mut self, slug: &Slug) -> Result<()> {
        let life = self.lock_life(slug).await?;
        let end = in_trial(&life)?;
        sqlx::query!("update tenants set status = 'active', status_since = now(), trial_ends_at = now() where id = $1", life.tenant.0,)
            .execute(self.read.tx.conn())
            .await?;
        let (before, after) = (json!({ "status": "trial", "trial_ends_at": end }), json!({ "status": "active" }));
        self.audit(life.tenant, Action::TrialConverted, &life.slug, Some(before), Some(after)).await
    }

    /// Mails the same to each owner of the tenant; returns to how many.
    pub async fn tell_owners(&mut self, slug: &Slug, notice: &Notice) -> Result<usize> {
        let owners = sqlx::query!(
            r#"
            select m.tenant_id, u.email
            from members m
            join users u on u.id = m.user_id
            where m.tenant_id = tenant_by_slug($1)
              and m.role = 'owner'
              and u.disabled_at is null
            order by u.email
            "#,
            slug.as_str(),
        )
        .fetch_all(self.read.tx.conn())
        .await?;
        for owner in &owners {
            let (tenant, email) = (TenantId(owner.tenant_id), stored::<Email, _>(owner.email.parse())?);
            post(self.read.tx.conn(), Some(tenant), &email, &Letter::Notice(notice.clone())).await?;
        }
        Ok(owners.len())
    }
}

/// Only what is set up can be suspended.
fn set_up(life: &Life) -> Result<()> {
    match life.status {
        TenantStatus::Provisioning => {
            Err(StoreError::WrongState("Only a tenant that is open can be suspended; this one is not set up yet."))
        }
        _ => Ok(()),
    }
}

fn in_trial(life: &Life) -> Result<DateTime<Utc>> {
    match (life.status, life.trial_ends_at) {
        (TenantStatus::Trial, Some(end)) => Ok(end),
        _ => Err(StoreError::WrongState("This tenant is not in its trial.")),
    }
}
