//! How a tenant comes to be, as platform admins make one.

use serde_json::json;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::TenantId;
use crate::domain::invite::NewInvite;
use crate::domain::new_tenant::NewTenant;
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
    /// Whether no tenant has this slug, or had it and keeps it.
    pub async fn is_slug_free(&mut self, slug: &Slug) -> Result<bool> {
        Ok(sqlx::query_scalar!(r#"select tenant_by_slug($1) is null as "free!""#, slug.as_str()).fetch_one(self.tx.conn()).await?)
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
            select make_tenant($1, $2, $3, $4, $5, $6, $7) as "id!"
            "#,
            new.slug.as_str(),
            new.name.as_str(),
            plan.version,
            i32::from(new.trial_days),
            new.monthly_budget.map(|usd| usd.0),
            billing_email.as_str(),
            new.owner_email.as_str(),
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
        let owner = NewInvite { email: new.owner_email.clone(), role: Role::Owner, name: None };
        let setup_token = self.invite_one(tenant, owner).await?;
        Ok(CreatedTenant { id: tenant, slug: new.slug.clone(), status, setup_token })
    }

    pub(super) async fn override_quota(&mut self, tenant: TenantId, meter: &str, quota: i64) -> Result<()> {
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
            "select id, status, status_before, status_reason from tenants where id = tenant_by_slug($1) and status <> 'deleted' for update",
            slug.as_str(),
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok((TenantId(row.id), stored(row.status.parse())?, row.status_before, row.status_reason))
    }
}
