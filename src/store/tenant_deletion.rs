//! Deleting a tenant, and taking that back: for 30 days nothing of it is lost. Its slug stays taken.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::access::stored;
use super::handle::PlatformTx;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::TenantId;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;

/// How long a deleted tenant can be restored.
pub const DAYS: i32 = 30;

impl PlatformTx {
    /// Ends the tenant for its people and keys from the next statement on, and returns until when it can be restored.
    ///
    /// # Errors
    /// `NotFound`, also when it is deleted already.
    pub async fn delete_tenant(&mut self, slug: &Slug) -> Result<DateTime<Utc>> {
        let (tenant, status, ..) = self.lock_tenant(slug).await?;
        let purge_after = sqlx::query_scalar!(
            r#"
            update tenants
            set status = 'deleted', status_since = now(), deleted_from = $2, purge_after = now() + make_interval(days => $3)
            where id = $1
            returning purge_after as "purge_after!"
            "#,
            tenant.0,
            status.as_str(),
            DAYS,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let (before, after) = (json!({ "status": status.as_str() }), json!({ "status": "deleted", "purge_after": purge_after }));
        self.audit(tenant, Action::TenantDeleted, slug.as_str(), Some(before), Some(after)).await?;
        Ok(purge_after)
    }

    /// Gives a deleted tenant back the state it had; a trial that ran out meanwhile is active.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is not deleted, or its 30 days are over.
    pub async fn restore_tenant(&mut self, slug: &Slug) -> Result<TenantStatus> {
        let row = sqlx::query!(
            r#"select id, status, coalesce(purge_after > now(), false) as "in_time!" from tenants where slug = $1 for update"#,
            slug.as_str(),
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        match (stored(row.status.parse::<TenantStatus>())?, row.in_time) {
            (TenantStatus::Deleted, true) => {}
            (TenantStatus::Deleted, false) => {
                return Err(StoreError::WrongState("Its 30 days are over: this tenant cannot be restored any more."));
            }
            _ => return Err(StoreError::WrongState("Only a deleted tenant can be restored; this one is not deleted.")),
        }
        let tenant = TenantId(row.id);
        let status = sqlx::query_scalar!(
            r#"
            update tenants
            set status = case when deleted_from = 'trial' and trial_ends_at <= now() then 'active' else deleted_from end,
                status_since = now(), deleted_from = null, purge_after = null
            where id = $1
            returning status
            "#,
            tenant.0,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let (from, to) = (json!({ "status": "deleted" }), json!({ "status": status }));
        self.audit(tenant, Action::TenantRestored, slug.as_str(), Some(from), Some(to)).await?;
        stored(status.parse())
    }
}
