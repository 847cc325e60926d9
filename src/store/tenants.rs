//! The life of a tenant, as platform admins steer it: create, suspend, resume.

use serde_json::json;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::TenantId;
use crate::domain::new_tenant::NewTenant;
use crate::domain::reason::Reason;
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::token::Token;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTenant {
    pub id: TenantId,
    pub slug: Slug,
    pub status: TenantStatus,
    /// The owner's one-time set-up link.
    pub setup_token: Token,
}

impl PlatformRead {
    /// Whether no tenant has this slug.
    pub async fn is_slug_free(&mut self, slug: &Slug) -> Result<bool> {
        let taken = sqlx::query_scalar!(r#"select exists (select from tenants where slug = $1) as "taken!""#, slug.as_str())
            .fetch_one(self.tx.conn())
            .await?;
        Ok(!taken)
    }
}

impl PlatformTx {
    /// Creates the tenant, the owner's invite and, for a trial, the job that ends it.
    ///
    /// # Errors
    /// `NotFound` for an unknown plan, `Conflict(TenantSlug)` for a taken slug.
    pub async fn create_tenant(&mut self, new: &NewTenant) -> Result<CreatedTenant> {
        let plan = self.list_plans().await?.into_iter().find(|plan| plan.key == new.plan).ok_or(StoreError::NotFound)?;
        let status = if new.trial_days > 0 { TenantStatus::Trial } else { TenantStatus::Active };
        let billing_email = new.billing_email.as_ref().unwrap_or(&new.owner_email);
        let id = sqlx::query_scalar!(
            r#"
            insert into tenants (slug, name, status, plan_version_id, monthly_budget_usd, billing_email, owner_email, trial_ends_at)
            values ($1, $2, $3, $4, $5, $6, $7, case when $8 > 0 then now() + make_interval(days => $8) end)
            returning id
            "#,
            new.slug.as_str(),
            new.name.as_str(),
            status.as_str(),
            plan.version,
            new.monthly_budget.map(|usd| usd.0),
            billing_email.as_str(),
            new.owner_email.as_str(),
            i32::from(new.trial_days),
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let tenant = TenantId(id);
        let after = json!({
            "name": new.name, "slug": new.slug, "plan": plan.key, "status": status.as_str(), "owner_email": new.owner_email,
            "billing_email": billing_email, "trial_days": new.trial_days, "monthly_budget_usd": new.monthly_budget,
        });
        self.audit(tenant, Action::TenantCreated, new.slug.as_str(), None, Some(after)).await?;
        for (meter, quota) in &new.quotas {
            self.override_quota(tenant, meter, *quota).await?;
        }
        if status == TenantStatus::Trial {
            self.queue_trial_end(tenant).await?;
        }
        let setup_token = self.create_invite(tenant, &new.owner_email, Role::Owner).await?;
        Ok(CreatedTenant { id: tenant, slug: new.slug.clone(), status, setup_token })
    }

    async fn override_quota(&mut self, tenant: TenantId, meter: &str, quota: i64) -> Result<()> {
        sqlx::query!(
            "insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by) values ($1, $2, $3, 'set at creation', $4)",
            tenant.0,
            meter,
            quota,
            self.actor.name,
        )
        .execute(self.read.tx.conn())
        .await?;
        self.audit(tenant, Action::QuotaChanged, meter, None, Some(json!({ "quota": quota }))).await
    }

    /// Locks the tenant's row and returns id, state and the state before a suspension.
    pub(super) async fn lock_tenant(&mut self, slug: &Slug) -> Result<(TenantId, TenantStatus, Option<String>, Option<String>)> {
        let row = sqlx::query!(
            "select id, status, status_before, status_reason from tenants where slug = $1 and status <> 'deleted' for update",
            slug.as_str(),
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok((TenantId(row.id), stored(row.status.parse())?, row.status_before, row.status_reason))
    }

    /// Stops the tenant: from the next statement on its people and keys are refused and shown the reason.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is suspended already or not set up yet.
    pub async fn suspend_tenant(&mut self, slug: &Slug, reason: &Reason) -> Result<()> {
        let (tenant, status, _, _) = self.lock_tenant(slug).await?;
        if !status.is_open() {
            return Err(StoreError::WrongState("Only a tenant that is open can be suspended; this one is suspended already."));
        }
        sqlx::query!(
            "update tenants set status = 'suspended', status_since = now(), status_before = $2, status_reason = $3 where id = $1",
            tenant.0,
            status.as_str(),
            reason.as_str(),
        )
        .execute(self.read.tx.conn())
        .await?;
        let (before, after) = (json!({ "status": status.as_str() }), json!({ "status": "suspended", "reason": reason.as_str() }));
        self.audit(tenant, Action::TenantSuspended, slug.as_str(), Some(before), Some(after)).await
    }

    /// Gives a suspended tenant back the state it had; a trial that ran out meanwhile is active.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is not suspended.
    pub async fn resume_tenant(&mut self, slug: &Slug) -> Result<TenantStatus> {
        let (tenant, status, before, reason) = self.lock_tenant(slug).await?;
        let (TenantStatus::Suspended, Some(before)) = (status, before) else {
            return Err(StoreError::WrongState("Only a suspended tenant can be resumed; this one is open."));
        };
        let status = sqlx::query_scalar!(
            r#"
            update tenants
            set status = case when $2 = 'trial' and trial_ends_at <= now() then 'active' else $2 end,
                status_since = now(), status_before = null, status_reason = null
            where id = $1
            returning status
            "#,
            tenant.0,
            before,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let (from, to) = (json!({ "status": "suspended", "reason": reason }), json!({ "status": status }));
        self.audit(tenant, Action::TenantResumed, slug.as_str(), Some(from), Some(to)).await?;
        stored(status.parse())
    }
}
