//! Evidence of support access: a member of staff looks at one tenant for a while, with a reason that its audit log holds (security.md, C10).
//!
//! It is no [`super::Evidence`]: nothing but [`Store::look`] takes it, which opens a transaction that PostgreSQL itself keeps from writing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Actor, Member, TenantHead, stored};
use crate::domain::branding::Look;
use crate::domain::capability::Looks;
use crate::domain::ids::{SessionId, TenantId};
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::store::guarded::Guarded;
use crate::store::{Result, Store, StoreError, TenantTx};

/// What a session looks at as support, read with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportAccess {
    pub access: Uuid,
    pub(in crate::store) tenant_id: TenantId,
    pub slug: Slug,
    pub name: String,
    pub ends_at: DateTime<Utc>,
}

/// A support access that runs, as the tenant's own people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    pub access: Uuid,
    pub staff: String,
    pub ends_at: DateTime<Utc>,
}

/// Evidence of a support access.
#[derive(Debug, Clone)]
pub struct SupportViewer {
    pub(super) access: SupportAccess,
    pub(super) session: SessionId,
    pub(super) actor: Actor,
}

/// Whoever looks at a tenant's portal.
#[derive(Debug, Clone)]
pub enum Looker {
    Member(Member),
    Support(SupportViewer),
}

impl SupportViewer {
    /// Reads again that the access runs and its person may have it.
    async fn recheck(&self, conn: &mut PgConnection) -> Result<TenantHead> {
        let row = sqlx::query!(
            r#"
            select t.slug, t.name, t.accent, t.status, t.status_since, suspension_reason(t.status_reason, t.unpaid_reason) as status_reason,
              now() as "now!", b.look as "look?: Json<Look>"
            from tenants t
            left join shown_brandings b on b.tenant_id = t.id
            where t.id = $1
              and support_runs($2, $3)
            "#,
            self.access.tenant_id.0,
            self.access.access,
            self.session.0,
        )
        .fetch_optional(conn)
        .await?
        .ok_or(StoreError::NotFound)?;
        let look = row.look.map(|look| look.0).unwrap_or_default();
        Ok(TenantHead {
            id: self.access.tenant_id,
            slug: stored(row.slug.parse())?,
            name: row.name,
            accent: look.accent.clone().unwrap_or(row.accent),
            look,
            // A tenant's own CSS dresses its people's pages, not those of the staff.
            css_version: None,
            status: stored(row.status.parse())?,
            role: Role::Viewer,
            scopes: None,
            lacks_second_factor: false,
            watched: None,
            now: row.now,
            unseen: false,
            status_since: row.status_since,
            status_reason: row.status_reason,
        })
    }
}

impl Store {
    /// Opens a transaction to look at a tenant, after reading again, inside it, that its member or support may. For support it is read only.
    ///
    /// # Errors
    /// As [`Store::tenant`]; `NotFound` when the access has ended.
    pub async fn look<C: Looks>(&self, looker: &Looker) -> Result<TenantTx<C>> {
        let viewer = match looker {
            Looker::Member(member) => return self.tenant::<C>(member).await,
            Looker::Support(viewer) => viewer,
        };
        let mut tx = Guarded::begin_to_read(self.app_pool(), viewer.access.tenant_id).await?;
        match viewer.recheck(tx.conn()).await.and_then(TenantHead::permit::<C>) {
            Ok(head) => Ok(TenantTx::of(tx, head, viewer.actor.clone(), self.secret.clone())),
            Err(refused) => {
                tx.rollback().await?;
                Err(refused)
            }
        }
    }
}
