//! Quotas of one tenant that are other than its plan's.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::handle::PlatformTx;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::TenantId;
use crate::domain::reason::Reason;
use crate::domain::slug::Slug;

/// What a quota is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaChange {
    Set {
        /// `None` is unlimited.
        quota: Option<i64>,
        /// `None` is until it is changed again.
        until: Option<DateTime<Utc>>,
    },
    /// What the plan says.
    Plan,
}

impl QuotaChange {
    /// For good.
    pub fn to(quota: Option<i64>) -> Self {
        QuotaChange::Set { quota, until: None }
    }
}

/// A quota as it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct QuotaNow {
    pub meter: String,
    /// Null is unlimited.
    pub quota: Option<i64>,
    pub overridden: bool,
    pub expires_at: Option<DateTime<Utc>>,
}

impl PlatformTx {
    /// Changes quotas for a reason, one audit event each; returns them as they are afterwards.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant or meter.
    pub async fn change_quotas(&mut self, slug: &Slug, changes: &[(&str, QuotaChange)], reason: &Reason) -> Result<Vec<QuotaNow>> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let mut now = Vec::with_capacity(changes.len());
        for (meter, change) in changes {
            let before = self.quota_now(tenant, meter).await?;
            match change {
                QuotaChange::Set { quota, until } => self.set_override(tenant, meter, *quota, *until, reason).await?,
                QuotaChange::Plan => {
                    sqlx::query!("delete from entitlement_overrides where tenant_id = $1 and meter = $2", tenant.0, meter)
                        .execute(self.read.tx.conn())
                        .await?;
                }
            }
            let after = self.quota_now(tenant, meter).await?;
            let (from, to) = (
                json!(before),
                json!({ "quota": after.quota, "overridden": after.overridden, "expires_at": after.expires_at, "reason": reason.as_str() }),
            );
            self.audit(tenant, Action::QuotaChanged, meter, Some(from), Some(to)).await?;
            now.push(after);
        }
        Ok(now)
    }

    /// Gives a meter back to the plan.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant or meter; `WrongState` when no override stands.
    pub async fn remove_override(&mut self, slug: &Slug, meter: &str, reason: &Reason) -> Result<()> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        if !self.quota_now(tenant, meter).await?.overridden {
            return Err(StoreError::WrongState("There is no override any more: the plan's quota holds."));
        }
        self.change_quotas(slug, &[(meter, QuotaChange::Plan)], reason).await?;
        Ok(())
    }

    async fn set_override(
        &mut self,
        tenant: TenantId,
        meter: &str,
        quota: Option<i64>,
        until: Option<DateTime<Utc>>,
        reason: &Reason,
    ) -> Result<()> {
        sqlx::query!(
            r#"
            insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by, expires_at)
            values ($1, $2, $3, $4, $5, $6)
            on conflict on constraint entitlement_overrides_pkey do update
            set quota = excluded.quota, reason = excluded.reason, created_by = excluded.created_by,
                created_at = now(), expires_at = excluded.expires_at
            "#,
            tenant.0,
            meter,
            quota,
            reason.as_str(),
            self.actor.name,
            until,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }

    async fn quota_now(&mut self, tenant: TenantId, meter: &str) -> Result<QuotaNow> {
        let row = sqlx::query!(
            r#"
            select q.quota, q.overridden as "overridden!", o.expires_at as "expires_at?"
            from quotas q
            left join entitlement_overrides o on o.tenant_id = q.tenant_id and o.meter = q.meter and q.overridden
            where q.tenant_id = $1
              and q.meter = $2
            "#,
            tenant.0,
            meter,
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok(QuotaNow { meter: meter.to_owned(), quota: row.quota, overridden: row.overridden, expires_at: row.expires_at })
    }
}
