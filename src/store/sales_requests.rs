//! "Talk to us": what tenants ask about plans, for staff to answer. One open question a tenant.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx, TenantTx};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::ManageBilling;
use crate::domain::slug::Slug;

/// A question that waits.
#[derive(Debug, Clone)]
pub struct SalesRequest {
    pub id: Uuid,
    pub slug: Slug,
    pub tenant: String,
    /// The plan's name.
    pub plan: String,
    pub message: String,
    pub asked_by: String,
    pub asked_at: DateTime<Utc>,
}

/// Questions that a page shows.
const MOST: i64 = 50;

impl TenantTx<ManageBilling> {
    /// Asks about a plan. `request` is made for one showing of the form: what is sent twice is one question.
    ///
    /// # Errors
    /// `NotFound` for an unknown plan; `WrongState` while another question is open.
    pub async fn ask_about_plan(&mut self, request: Uuid, plan: &str, message: &str) -> Result<()> {
        let name = self.plan_board().await?.offer(plan)?.name.clone();
        let asked = sqlx::query_scalar!(
            r#"
            insert into sales_requests (tenant_id, id, plan, message, asked_by)
            values ($1, $2, $3, $4, $5)
            on conflict do nothing
            returning id
            "#,
            self.head.id.0,
            request,
            name,
            message,
            self.actor.name,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        if asked.is_none() {
            let same = sqlx::query_scalar!(r#"select exists (select from sales_requests where id = $1) as "same!""#, request)
                .fetch_one(self.tx.conn())
                .await?;
            return if same { Ok(()) } else { Err(StoreError::WrongState("Your last question is still open. We will answer it first.")) };
        }
        self.audit(Action::SalesAsked, &name, None, Some(json!({ "message": message }))).await
    }
}

impl PlatformRead {
    /// Open questions, the one that waits longest first; of one tenant, or of all.
    pub async fn list_sales_requests(&mut self, of: Option<&Slug>) -> Result<Vec<SalesRequest>> {
        let rows = sqlx::query!(
            r#"
            select r.id, t.slug, t.name, r.plan, r.message, r.asked_by, r.asked_at
            from sales_requests r
            join tenants t on t.id = r.tenant_id
            where r.answered_at is null
              and t.status <> 'deleted'
              and ($1::text is null or t.id = tenant_by_slug($1))
            order by r.asked_at, r.id
            limit $2
            "#,
            of.map(Slug::as_str),
            MOST,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(SalesRequest {
                    id: row.id,
                    slug: stored(row.slug.parse())?,
                    tenant: row.name,
                    plan: row.plan,
                    message: row.message,
                    asked_by: row.asked_by,
                    asked_at: row.asked_at,
                })
            })
            .collect()
    }
}

impl PlatformTx {
    /// Puts a question aside as answered; one that was is left as it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn answer_sales_request(&mut self, slug: &Slug, request: Uuid) -> Result<()> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let row = sqlx::query!("select plan, answered_at from sales_requests where tenant_id = $1 and id = $2", tenant.0, request)
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        if row.answered_at.is_some() {
            return Ok(());
        }
        sqlx::query!(
            "update sales_requests set answered_by = $3, answered_at = now() where tenant_id = $1 and id = $2",
            tenant.0,
            request,
            self.actor.name,
        )
        .execute(self.read.tx.conn())
        .await?;
        self.audit(tenant, Action::SalesAnswered, &row.plan, None, None).await
    }
}
