//! Usage over all tenants: what pays, what costs, who is active, who is near a limit. From rollups and summaries.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::Result;
use super::access::stored;
use super::handle::PlatformRead;
use super::tenant_detail::DayUsage;
use crate::domain::money::Usd;
use crate::domain::slug::Slug;

/// One plan of the catalogue: who is on it, what it earns and costs this month.
#[derive(Debug, Clone)]
pub struct PlanMargin {
    pub plan: String,
    pub tenants: i64,
    /// Of active and past-due tenants.
    pub revenue: Usd,
    pub cost: Usd,
}

impl PlanMargin {
    pub fn margin(&self) -> Usd {
        Usd(self.revenue.0 - self.cost.0)
    }
}

#[derive(Debug, Clone)]
pub struct ActiveTenant {
    pub slug: Slug,
    pub name: String,
    pub members: i64,
    /// Seen in the last 30 days.
    pub active: i64,
}

/// The highest threshold that a tenant crossed in a period that runs.
#[derive(Debug, Clone)]
pub struct Crossed {
    pub slug: Slug,
    pub name: String,
    pub what: String,
    pub percent: i32,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub struct UnusualTenant {
    pub slug: Slug,
    pub name: String,
    pub what: String,
    pub amount: i64,
    pub mean: Decimal,
}

#[derive(Debug, Clone)]
pub struct PlatformUsage {
    /// The last 30 days, oldest first, today last.
    pub days: Vec<DayUsage>,
    pub plans: Vec<PlanMargin>,
    /// Most active users first.
    pub active: Vec<ActiveTenant>,
    pub active_users: i64,
    pub crossed: Vec<Crossed>,
    pub unusual: Vec<UnusualTenant>,
    pub now: DateTime<Utc>,
}

impl PlatformRead {
    pub async fn platform_usage(&mut self) -> Result<PlatformUsage> {
        let now = sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(self.tx.conn()).await?;
        Ok(PlatformUsage {
            days: self.list_platform_days().await?,
            plans: self.list_margins().await?,
            active: self.list_most_active().await?,
            active_users: sqlx::query_scalar!(
                r#"select count(distinct user_id) as "n!" from members where last_active_at > now() - interval '30 days'"#
            )
            .fetch_one(self.tx.conn())
            .await?,
            crossed: self.list_crossed().await?,
            unusual: self.list_unusual().await?,
            now,
        })
    }

    async fn list_platform_days(&mut self) -> Result<Vec<DayUsage>> {
        let rows = sqlx::query!(
            r#"
            select
              d::date as "day!: NaiveDate",
              coalesce(sum(p.amount) filter (where p.meter = 'messages'), 0)::bigint as "messages!",
              coalesce(sum(p.amount) filter (where p.meter = 'tokens'), 0)::bigint as "tokens!",
              coalesce(sum(p.cost_usd), 0) as "cost!"
            from generate_series(today() - 29, today(), interval '1 day') d
            left join platform_days p on p.day = d::date
            group by d
            order by d
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows.into_iter().map(|row| DayUsage { day: row.day, messages: row.messages, tokens: row.tokens, cost: Usd(row.cost) }).collect())
    }

    async fn list_margins(&mut self) -> Result<Vec<PlanMargin>> {
        let rows = sqlx::query!(
            r#"
            select
              p.name, count(s.tenant_id) as "tenants!",
              coalesce(sum(s.price_usd) filter (where s.status in ('active', 'past_due')), 0) as "revenue!",
              coalesce(sum(s.cost_usd) filter (where s.month = this_month()), 0) as "cost!"
            from plans p
            left join tenant_summaries s on s.plan_id = p.id and s.status <> 'deleted'
            group by p.id, p.name, p.position
            order by p.position
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| PlanMargin { plan: row.name, tenants: row.tenants, revenue: Usd(row.revenue), cost: Usd(row.cost) })
            .collect())
    }

    async fn list_most_active(&mut self) -> Result<Vec<ActiveTenant>> {
        let rows = sqlx::query!(
            r#"
            select t.slug, t.name, m.members as "members!", m.active as "active!"
            from (
              select tenant_id, count(*) as members, count(*) filter (where last_active_at > now() - interval '30 days') as active
              from members
              group by tenant_id
              order by 3 desc, 1
              limit 20
            ) m
            join tenants t on t.id = m.tenant_id and t.status <> 'deleted'
            where m.active > 0
            order by m.active desc, t.slug
            limit 10
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| Ok(ActiveTenant { slug: stored(row.slug.parse())?, name: row.name, members: row.members, active: row.active }))
            .collect()
    }

    async fn list_crossed(&mut self) -> Result<Vec<Crossed>> {
        let rows = sqlx::query!(
            r#"
            select t.slug, t.name, coalesce(m.label, 'Budget') as "what!", n.percent as "percent!", n.at as "at!"
            from (
              select tenant_id, meter, max(percent) as percent, max(at) as at
              from notices
              where period in (this_month(), today())
              group by tenant_id, meter
              order by 3 desc, 4 desc
              limit 60
            ) n
            join tenants t on t.id = n.tenant_id and t.status in ('trial', 'active', 'past_due')
            left join meters m on m.key = n.meter
            order by n.percent desc, n.at desc, t.slug, 3
            limit 30
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| Ok(Crossed { slug: stored(row.slug.parse())?, name: row.name, what: row.what, percent: row.percent, at: row.at }))
            .collect()
    }

    async fn list_unusual(&mut self) -> Result<Vec<UnusualTenant>> {
        let rows = sqlx::query!(
            r#"
            select t.slug, t.name, m.label, u.amount, u.mean
            from unusual_days u
            join tenants t on t.id = u.tenant_id and t.status <> 'deleted'
            join meters m on m.key = u.meter
            where u.day = today()
            order by u.amount / u.mean desc, t.slug
            limit 20
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(UnusualTenant { slug: stored(row.slug.parse())?, name: row.name, what: row.label, amount: row.amount, mean: row.mean })
            })
            .collect()
    }
}
