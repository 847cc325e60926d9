//! Alerts: raised and resolved by the server's clock, once each whichever server looks; acknowledged and assigned by staff.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx, Store};
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::alert::AlertKind;
use crate::domain::queue_query::PAGE_SIZE;

#[derive(Debug, Clone)]
pub struct Alert {
    pub id: Uuid,
    pub kind: AlertKind,
    /// Slug and name; `None` for what concerns the platform.
    pub tenant: Option<(String, String)>,
    pub detail: String,
    pub raised_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    /// Who has seen it, and when.
    pub acknowledged: Option<(String, DateTime<Utc>)>,
    /// Whose it is: id and name.
    pub assigned: Option<(Uuid, String)>,
}

/// Newest first.
#[derive(Debug, Clone)]
pub struct AlertPage {
    pub rows: Vec<Alert>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
    pub now: DateTime<Utc>,
}

/// Somebody to whom an alert can be given.
#[derive(Debug, Clone)]
pub struct StaffName {
    pub id: Uuid,
    pub name: String,
}

impl Store {
    /// Raises and resolves what is about tenants, jobs and domains.
    pub async fn watch_tenants(&self) -> Result<()> {
        let mut tx = self.worker(None).await?;
        sqlx::query!(r#"select watch_tenants() as "done!""#).fetch_one(tx.conn()).await?;
        tx.commit().await
    }
}

impl PlatformRead {
    /// One page of the alerts that stand, or of those that are over.
    pub async fn list_alerts(&mut self, open: bool, kind: Option<AlertKind>, after: Option<Uuid>) -> Result<AlertPage> {
        let found = sqlx::query!(
            r#"
            select
              a.id, a.kind, t.slug as "slug?", t.name as "tenant_name?", a.detail, a.raised_at, a.resolved_at, a.acknowledged_by, a.acknowledged_at,
              u.id as "user_id?", u.name as "user_name?"
            from alerts a
            left join tenants t on t.id = a.tenant_id
            left join users u on u.id = a.assigned_to
            where (a.resolved_at is null) = $1
              and ($2::text is null or a.kind = $2)
              and ($3::uuid is null or a.id < $3)
            order by a.id desc
            limit $4
            "#,
            open,
            kind.map(AlertKind::as_str),
            after,
            i64::try_from(PAGE_SIZE + 1).unwrap_or(i64::MAX),
        )
        .fetch_all(self.tx.conn())
        .await?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            rows.push(Alert {
                id: row.id,
                kind: stored(row.kind.parse())?,
                tenant: row.slug.zip(row.tenant_name),
                detail: row.detail,
                raised_at: row.raised_at,
                resolved_at: row.resolved_at,
                acknowledged: row.acknowledged_by.zip(row.acknowledged_at),
                assigned: row.user_id.zip(row.user_name),
            });
        }
        let more = rows.len() > PAGE_SIZE;
        rows.truncate(PAGE_SIZE);
        let next = rows.last().filter(|_| more).map(|alert| alert.id);
        Ok(AlertPage { rows, next, now: self.now().await? })
    }

    /// How many stand, and how many of them nobody has acknowledged.
    pub async fn count_alerts(&mut self) -> Result<(i64, i64)> {
        let row = sqlx::query!(
            r#"
            select count(*) as "open!", count(*) filter (where acknowledged_at is null) as "new!"
            from alerts
            where resolved_at is null
            "#,
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok((row.open, row.new))
    }

    /// Everybody to whom an alert can be given, by name.
    pub async fn list_staff_names(&mut self) -> Result<Vec<StaffName>> {
        Ok(sqlx::query_as!(
            StaffName,
            r#"
            select u.id, u.name
            from active_platform_admins a
            join users u on u.id = a.user_id
            order by lower(u.name), u.id
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}

impl PlatformTx {
    async fn lock_alert(&mut self, id: Uuid) -> Result<(String, String, Option<Uuid>)> {
        let row = sqlx::query!("select kind, detail, assigned_to, resolved_at from alerts where id = $1 for update", id)
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        if row.resolved_at.is_some() {
            return Err(StoreError::WrongState("This alert is over already: there is nothing left to do about it."));
        }
        Ok((row.kind, row.detail, row.assigned_to))
    }

    /// Says that somebody has seen it; the first one counts.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for one that is over.
    pub async fn acknowledge_alert(&mut self, id: Uuid) -> Result<()> {
        let (kind, detail, _) = self.lock_alert(id).await?;
        let by = self.actor.name.clone();
        let done = sqlx::query!(
            "update alerts set acknowledged_by = $2, acknowledged_at = now() where id = $1 and acknowledged_at is null",
            id,
            by
        )
        .execute(self.read.tx.conn())
        .await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        self.audit_platform("alert.acknowledged", &kind, None, Some(json!({ "alert": id, "detail": detail }))).await
    }

    /// Gives it to somebody of the staff, or to nobody.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for one that is over; `Invalid` for who does not work here.
    pub async fn assign_alert(&mut self, id: Uuid, to: Option<Uuid>) -> Result<()> {
        let (kind, detail, before) = self.lock_alert(id).await?;
        let name = match to {
            Some(to) => {
                let staff = self.list_staff_names().await?.into_iter().find(|staff| staff.id == to);
                Some(staff.ok_or_else(|| StoreError::Invalid(FieldError::new("assigned_to", "Choose somebody of the list.")))?.name)
            }
            None => None,
        };
        if before == to {
            return Ok(());
        }
        sqlx::query!("update alerts set assigned_to = $2 where id = $1", id, to).execute(self.read.tx.conn()).await?;
        let after = json!({ "alert": id, "detail": detail, "assigned_to": name });
        self.audit_platform("alert.assigned", &kind, None, Some(after)).await
    }
}
