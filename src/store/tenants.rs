//! The life of a tenant, as platform admins steer it: create, suspend, resume.

use serde_json::json;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::activity::Action;
use crate::domain::email::Email;
use crate::domain::ids::TenantId;
use crate::domain::invite::NewInvite;
use crate::domain::money::Usd;
use crate::domain::name::Name;
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

/// A change of a tenant's facts: what is `None` stays as it is; a budget of `Some(None)` is taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantEdit {
    pub name: Option<Name>,
    pub billing_email: Option<Email>,
    pub monthly_budget: Option<Option<Usd>>,
}

impl TenantEdit {
    /// # Errors
    /// All that is wrong at once.
    pub fn parse(
        name: Option<&str>,
        billing_email: Option<&str>,
        monthly_budget: Option<Option<&str>>,
    ) -> std::result::Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut edit = Self::default();
        match name.map(str::parse).transpose() {
            Ok(name) => edit.name = name,
            Err(error) => errors.push(FieldError::new("name", error)),
        }
        match billing_email.map(str::parse).transpose() {
            Ok(email) => edit.billing_email = email,
            Err(error) => errors.push(FieldError::new("billing_email", error)),
        }
        match monthly_budget.map(|budget| budget.map(str::parse).transpose()).transpose() {
            Ok(budget) => edit.monthly_budget = budget,
            Err(error) => errors.push(FieldError::new("monthly_budget_usd", error)),
        }
        if errors.is_empty() { Ok(edit) } else { Err(errors) }
    }
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

    /// Changes name, billing address or budget.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn update_tenant(&mut self, slug: &Slug, edit: &TenantEdit) -> Result<()> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let before = sqlx::query!("select name, billing_email, monthly_budget_usd from tenants where id = $1", tenant.0)
            .fetch_one(self.read.tx.conn())
            .await?;
        let after = sqlx::query!(
            r#"
            update tenants
            set name = coalesce($2, name),
                billing_email = coalesce($3, billing_email),
                monthly_budget_usd = case when $4 then $5 else monthly_budget_usd end
            where id = $1
            returning name, billing_email, monthly_budget_usd
            "#,
            tenant.0,
            edit.name.as_ref().map(Name::as_str),
            edit.billing_email.as_ref().map(Email::as_str),
            edit.monthly_budget.is_some(),
            edit.monthly_budget.flatten().map(|usd| usd.0),
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let before = json!({ "name": before.name, "billing_email": before.billing_email, "monthly_budget_usd": before.monthly_budget_usd });
        let after = json!({ "name": after.name, "billing_email": after.billing_email, "monthly_budget_usd": after.monthly_budget_usd });
        if before == after {
            return Ok(());
        }
        self.audit(tenant, Action::TenantUpdated, slug.as_str(), Some(before), Some(after)).await
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
