//! Grants: what one tenant gets on top of its quota until a day, for a reason.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::handle::{PlatformRead, PlatformTx};
use super::usage_report::Looked;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::allowance::NewGrant;
use crate::domain::slug::Slug;

/// A grant that runs.
#[derive(Debug, Clone)]
pub struct Grant {
    pub id: Uuid,
    pub meter: String,
    pub amount: i64,
    /// What was used of it.
    pub drawn: i64,
    pub reason: String,
    pub created_by: String,
    pub expires_at: DateTime<Utc>,
}

const OVER: StoreError = StoreError::WrongState("This grant has ended already.");

impl PlatformRead {
    /// Those that have not run out, the next to run out first.
    pub async fn list_grants(&mut self, tenant: &Looked) -> Result<Vec<Grant>> {
        Ok(sqlx::query_as!(
            Grant,
            r#"
            select id, meter, amount, drawn, reason, created_by, expires_at
            from quota_grants
            where tenant_id = $1
              and expires_at > now()
            order by expires_at, id
            "#,
            tenant.id.0,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}

impl PlatformTx {
    /// Adds a grant.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant or meter.
    pub async fn add_grant(&mut self, slug: &Slug, meter: &str, new: &NewGrant) -> Result<()> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let id = sqlx::query_scalar!(
            r#"
            insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at)
            select $1, key, $3, $4, $5, $6
            from meters
            where key = $2
            returning id
            "#,
            tenant.0,
            meter,
            new.amount,
            new.reason.as_str(),
            self.actor.name,
            new.until,
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let after = json!({ "id": id, "meter": meter, "amount": new.amount, "expires_at": new.until, "reason": new.reason.as_str() });
        self.audit(tenant, Action::GrantAdded, meter, None, Some(after)).await
    }

    /// Takes back what a grant still holds.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant; `WrongState` for a grant that does not run, or not here.
    pub async fn end_grant(&mut self, slug: &Slug, grant: Uuid) -> Result<String> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let was = sqlx::query!(
            r#"select meter as "meter!", amount as "amount!", drawn as "drawn!", expires_at as "expires_at!" from end_grant($1, $2)"#,
            tenant.0,
            grant,
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(OVER)?;
        let before = json!({ "id": grant, "amount": was.amount, "drawn": was.drawn, "expires_at": was.expires_at });
        let after = json!({ "taken_back": was.amount - was.drawn });
        self.audit(tenant, Action::GrantEnded, &was.meter, Some(before), Some(after)).await?;
        Ok(was.meter)
    }
}
