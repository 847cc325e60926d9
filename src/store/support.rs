//! Support access begun and ended, by either side. Both stand in the tenant's audit log, and its begin in the platform's; the owners
//! get a mail when it begins.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::{SignedIn, SupportAccess};
use super::audit;
use super::handle::{PlatformRead, PlatformTx, TenantTx};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::ManageSettings;
use crate::domain::mail::{Notice, PageLink};
use crate::domain::reason::Reason;
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::when;

/// Minutes that it lasts.
pub const MINUTES: i64 = 30;

/// One access, as the console lists it.
#[derive(Debug, Clone)]
pub struct SupportRow {
    pub staff: String,
    pub reason: String,
    pub began_at: DateTime<Utc>,
    /// When it ended or will.
    pub ends_at: DateTime<Utc>,
    /// Who ended it before its time.
    pub ended_by: Option<String>,
    pub running: bool,
}

impl PlatformRead {
    /// The latest accesses to a tenant, newest first.
    pub async fn list_support(&mut self, slug: &Slug, most: i64) -> Result<Vec<SupportRow>> {
        Ok(sqlx::query_as!(
            SupportRow,
            r#"
            select x.staff_email as staff, x.reason, x.began_at, coalesce(x.ended_at, x.ends_at) as "ends_at!", x.ended_by,
              x.ended_at is null and x.ends_at > now() as "running!"
            from support_accesses x
            join tenants t on t.id = x.tenant_id
            where t.slug = $1
            order by x.id desc
            limit $2
            "#,
            slug.as_str(),
            most,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}

impl PlatformTx {
    /// Lets the session of `me` look at a tenant for [`MINUTES`], and writes so to its owners. The caller gives the session another id.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for a tenant that its own people cannot open either, or for a session that looks at one already.
    pub async fn begin_support(&mut self, me: &SignedIn, slug: &Slug, reason: &Reason) -> Result<()> {
        let (tenant, status, ..) = self.lock_tenant(slug).await?;
        if !matches!(status, TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue) {
            return Err(StoreError::WrongState("Its own people cannot open this tenant either: there is nothing to look at."));
        }
        let made = sqlx::query_scalar!(
            r#"
            insert into support_accesses (tenant_id, staff_id, staff_email, session_id, reason)
            select $1, $2, $3, $4, $5
            where not exists (select from support_accesses where session_id = $4 and ended_at is null and ends_at > now())
            returning ends_at
            "#,
            tenant.0,
            me.user().0,
            me.email(),
            me.session().0,
            reason.as_str(),
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::WrongState("You look at a tenant already. End that first."))?;
        let facts = json!({ "looks_as": Role::Viewer, "reason": reason.as_str(), "until": made });
        self.audit(tenant, Action::SupportBegan, Role::Viewer.as_str(), None, Some(facts.clone())).await?;
        self.audit_platform("support.began", slug.as_str(), None, Some(facts)).await?;
        let name = self.read.look_at(slug).await?.name;
        self.tell_owners(slug, &notice(me, slug, &name, reason, made)).await.map(drop)
    }

    /// Ends what this session looks at.
    ///
    /// # Errors
    /// `NotFound` when it has ended already.
    pub async fn end_support(&mut self, access: &SupportAccess) -> Result<()> {
        let by = self.actor.name.clone();
        let staff = sqlx::query_scalar!("select support_end($1, $2, $3)", access.tenant_id.0, access.access, by)
            .fetch_one(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        self.audit(access.tenant_id, Action::SupportEnded, &staff, None, None).await?;
        self.audit_platform("support.ended", access.slug.as_str(), None, None).await
    }
}

/// Who does not look at the portal in that half hour learns of it, too.
fn notice(me: &SignedIn, slug: &Slug, tenant: &str, reason: &Reason, until: DateTime<Utc>) -> Notice {
    Notice {
        subject: format!("{tenant}: {} looks at it as support", me.name()),
        paragraphs: vec![
            format!(
                "{} ({}) of the platform's staff sees what a viewer of {tenant} sees, until {} at the latest, and can change nothing.",
                me.name(),
                me.email(),
                when::minute(until)
            ),
            format!("Reason: {reason}"),
            "You can end it with the button that every page of the portal has meanwhile.".to_owned(),
        ],
        page: Some(PageLink { label: "See the audit log".to_owned(), path: format!("/t/{slug}/audit?action=support.began") }),
    }
}

impl TenantTx<ManageSettings> {
    /// Ends a support access to this tenant: the next click of whoever has it is refused.
    ///
    /// # Errors
    /// `NotFound` when it has ended already.
    pub async fn end_support(&mut self, access: Uuid) -> Result<()> {
        let staff = sqlx::query_scalar!("select support_end($1, $2, $3)", self.head.id.0, access, self.actor.name)
            .fetch_one(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        audit::append(self.tx.conn(), self.head.id, &self.actor, Action::SupportEnded, &staff, None, None).await
    }
}
