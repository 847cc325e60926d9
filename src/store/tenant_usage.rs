//! What one tenant uses, meter by meter and day by day, for staff: from the rollups.

use chrono::NaiveDate;
use serde::Serialize;

use super::handle::PlatformRead;
use super::{Result, StoreError};
use crate::domain::money::Usd;
use crate::domain::slug::Slug;

#[derive(Debug, Clone)]
pub struct TenantUsage {
    pub name: String,
    /// The UTC day of this report.
    pub today: NaiveDate,
    /// This month until now, and the whole month before.
    pub cost: Usd,
    pub cost_before: Usd,
    pub budget: Option<Usd>,
    /// In the catalogue's order.
    pub meters: Vec<MeterUsage>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeterUsage {
    pub meter: String,
    pub label: String,
    /// allocated, metered, rate or concurrent.
    pub kind: String,
    pub unit: String,
    /// Metered: this period's sum. Allocated: what exists. Rate and concurrent: the highest of today.
    pub used: i64,
    /// Null is unlimited.
    pub limit: Option<i64>,
    pub overridden: bool,
    /// minute, day or month.
    pub period: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterDay {
    pub day: NaiveDate,
    pub meter: String,
    pub amount: i64,
    pub cost: Usd,
}

impl PlatformRead {
    /// # Errors
    /// `NotFound` for a tenant that is not there or was deleted.
    pub async fn tenant_usage(&mut self, slug: &Slug) -> Result<TenantUsage> {
        let head = sqlx::query!(
            r#"
            select
              t.id, t.name, t.monthly_budget_usd, today() as "today!",
              coalesce(sum(d.cost_usd) filter (where d.day >= this_month()), 0) as "cost!",
              coalesce(sum(d.cost_usd) filter (where d.day < this_month()), 0) as "cost_before!"
            from tenants t
            left join usage_days d on d.tenant_id = t.id and d.day >= (this_month() - interval '1 month')::date
            where t.id = tenant_by_slug($1)
              and t.status <> 'deleted'
            group by t.id
            "#,
            slug.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let meters = sqlx::query_as!(
            MeterUsage,
            r#"
            select
              m.key as meter, m.label, m.kind, m.unit, m.period, q.quota as "limit", q.overridden as "overridden!",
              case when m.kind in ('metered', 'allocated') then q.used else coalesce((
                select d.amount from usage_days d where d.tenant_id = $1 and d.meter = m.key and d.day = today()), 0)
              end as "used!"
            from quotas q
            join meters m on m.key = q.meter
            where q.tenant_id = $1
            order by m.position
            "#,
            head.id,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(TenantUsage {
            name: head.name,
            today: head.today,
            cost: Usd(head.cost),
            cost_before: Usd(head.cost_before),
            budget: head.monthly_budget_usd.map(Usd),
            meters,
        })
    }

    /// The last 30 days, today included, oldest first; days on which nothing was used are left out.
    pub async fn list_usage_days(&mut self, slug: &Slug) -> Result<Vec<MeterDay>> {
        let rows = sqlx::query!(
            r#"
            select d.day, d.meter, d.amount, d.cost_usd
            from usage_days d
            join tenants t on t.id = d.tenant_id
            join meters m on m.key = d.meter
            where t.id = tenant_by_slug($1)
              and d.day > today() - 30
            order by d.day, m.position
            "#,
            slug.as_str(),
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows.into_iter().map(|row| MeterDay { day: row.day, meter: row.meter, amount: row.amount, cost: Usd(row.cost_usd) }).collect())
    }
}
