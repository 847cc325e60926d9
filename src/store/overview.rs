//! Figures over all tenants, from the counters that follow the summaries.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::Result;
use super::access::stored;
use super::handle::PlatformRead;
use crate::domain::money::Usd;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;

/// How many tenants stand where, and what they pay a month.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Every state that has tenants; deleted ones left out.
    pub by_status: Vec<(TenantStatus, i64)>,
    pub agents: i64,
    /// Plan and contract prices of active and past-due tenants.
    pub revenue: Usd,
}

impl Totals {
    /// Adds a line of `tenant_counts`.
    pub(super) fn add(&mut self, status: &str, tenants: i64, agents: i64, price: Decimal) -> Result<()> {
        let status: TenantStatus = stored(status.parse())?;
        match self.by_status.iter_mut().find(|(known, _)| *known == status) {
            Some((_, n)) => *n += tenants,
            None => self.by_status.push((status, tenants)),
        }
        self.agents += agents;
        if status.pays() {
            self.revenue.0 += price;
        }
        Ok(())
    }

    pub fn tenants(&self) -> i64 {
        self.by_status.iter().map(|(_, n)| n).sum()
    }

    pub fn of(&self, status: TenantStatus) -> i64 {
        self.by_status.iter().filter(|(s, _)| *s == status).map(|(_, n)| n).sum()
    }
}

#[derive(Debug, Clone)]
pub struct TopTenant {
    pub slug: Slug,
    pub name: String,
    pub plan: String,
    pub agents: i64,
    pub cost: Usd,
}

#[derive(Debug, Clone)]
pub struct NearLimit {
    pub slug: Slug,
    pub name: String,
    pub plan: String,
    /// The fullest of agents, tokens, storage and budget.
    pub what: String,
    pub percent: i32,
}

#[derive(Debug, Clone)]
pub struct Overview {
    pub totals: Totals,
    pub messages_today: i64,
    pub top_by_cost: Vec<TopTenant>,
    pub near_limit: Vec<NearLimit>,
    pub near_limit_count: i64,
    pub now: DateTime<Utc>,
}

impl PlatformRead {
    pub async fn totals(&mut self) -> Result<Totals> {
        let rows = sqlx::query!("select status, tenants, agents, price_usd from tenant_counts where status <> 'deleted'")
            .fetch_all(self.tx.conn())
            .await?;
        let mut totals = Totals::default();
        for row in rows {
            totals.add(&row.status, row.tenants, row.agents, row.price_usd)?;
        }
        Ok(totals)
    }

    pub async fn overview(&mut self) -> Result<Overview> {
        let totals = self.totals().await?;
        let figures = sqlx::query!(
            r#"
            select
              (select coalesce(sum(amount), 0)::bigint from usage_days where meter = 'messages' and day = today()) as "messages_today!",
              (select count(*) from tenant_summaries where peak_percent >= 80 and status in ('trial', 'active', 'past_due')) as "near!",
              now() as "now!"
            "#,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let top = sqlx::query!(
            r#"
            select s.slug, s.name, p.name as plan, s.agents, case when s.month = this_month() then s.cost_usd else 0 end as "cost!"
            from tenant_summaries s
            join plans p on p.id = s.plan_id
            where s.status <> 'deleted'
            order by s.cost_usd desc, s.tenant_id desc
            limit 5
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let near = sqlx::query!(
            r#"
            select
              s.slug, s.name, p.name as plan, s.peak_percent,
              case s.peak_percent
                when s.agents_percent then 'Agents'
                when s.tokens_percent then 'Tokens'
                when s.storage_percent then 'Storage'
                else 'Budget'
              end as "what!"
            from tenant_summaries s
            join plans p on p.id = s.plan_id
            where s.peak_percent >= 80
              and s.status in ('trial', 'active', 'past_due')
            order by s.peak_percent desc, s.tenant_id desc
            limit 8
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(Overview {
            totals,
            messages_today: figures.messages_today,
            near_limit_count: figures.near,
            now: figures.now,
            top_by_cost: top
                .into_iter()
                .map(|row| {
                    Ok(TopTenant {
                        slug: stored(row.slug.parse())?,
                        name: row.name,
                        plan: row.plan,
                        agents: row.agents,
                        cost: Usd(row.cost),
                    })
                })
                .collect::<Result<_>>()?,
            near_limit: near
                .into_iter()
                .map(|row| {
                    Ok(NearLimit {
                        slug: stored(row.slug.parse())?,
                        name: row.name,
                        plan: row.plan,
                        what: row.what,
                        percent: row.peak_percent,
                    })
                })
                .collect::<Result<_>>()?,
        })
    }
}
