//! One tenant as the console's detail page shows it.

use chrono::{DateTime, NaiveDate, Utc};

use super::access::stored;
use super::handle::PlatformRead;
use super::{Result, StoreError};
use crate::domain::activity::Activity;
use crate::domain::ids::TenantId;
use crate::domain::money::Usd;
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::token::Token;

/// Quotas of `None` are unlimited, a budget of `None` is not set.
#[derive(Debug, Clone)]
pub struct TenantDetail {
    pub slug: Slug,
    pub name: String,
    pub plan: String,
    pub plan_version: i32,
    pub price: Usd,
    /// The price is the contract's, not the plan's.
    pub contract: bool,
    pub status: TenantStatus,
    pub status_since: DateTime<Utc>,
    pub status_reason: Option<String>,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub billing_email: String,
    pub owner_email: String,
    pub created_at: DateTime<Utc>,
    pub agents: i64,
    pub agents_quota: Option<i64>,
    pub tokens: i64,
    pub tokens_quota: Option<i64>,
    pub storage_bytes: i64,
    pub storage_quota: Option<i64>,
    pub cost: Usd,
    pub budget: Option<Usd>,
    /// Members by role, most powerful first.
    pub members: Vec<(Role, i64)>,
    /// The last 30 days, oldest first, today last.
    pub days: Vec<DayUsage>,
    pub activity: Vec<Activity>,
    /// The owner's one-time link and when it runs out, while it works.
    pub setup: Option<(Token, DateTime<Utc>)>,
    pub now: DateTime<Utc>,
}

#[derive(Debug, Clone)]
pub struct DayUsage {
    pub day: NaiveDate,
    pub messages: i64,
    pub tokens: i64,
    pub cost: Usd,
}

impl PlatformRead {
    pub async fn get_tenant(&mut self, slug: &Slug) -> Result<TenantDetail> {
        let row = sqlx::query!(
            r#"
            select
              t.id, t.name, p.name as plan, v.version, coalesce(t.contract_price_usd, v.price_usd) as "price!",
              t.contract_price_usd is not null as "contract!", t.status, t.status_since, t.status_reason, t.trial_ends_at,
              t.billing_email, t.owner_email, t.created_at, t.monthly_budget_usd,
              s.agents, s.agents_quota, s.storage_bytes, s.storage_quota, s.tokens_quota,
              case when s.month = this_month() then s.tokens else 0 end as "tokens!",
              case when s.month = this_month() then s.cost_usd else 0 end as "cost!", now() as "now!"
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            join tenant_summaries s on s.tenant_id = t.id
            where t.slug = $1
              and t.status <> 'deleted'
            "#,
            slug.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let tenant = TenantId(row.id);
        Ok(TenantDetail {
            slug: slug.clone(),
            name: row.name,
            plan: row.plan,
            plan_version: row.version,
            price: Usd(row.price),
            contract: row.contract,
            status: stored(row.status.parse())?,
            status_since: row.status_since,
            status_reason: row.status_reason,
            trial_ends_at: row.trial_ends_at,
            billing_email: row.billing_email,
            owner_email: row.owner_email,
            created_at: row.created_at,
            agents: row.agents,
            agents_quota: row.agents_quota,
            tokens: row.tokens,
            tokens_quota: row.tokens_quota,
            storage_bytes: row.storage_bytes,
            storage_quota: row.storage_quota,
            cost: Usd(row.cost),
            budget: row.monthly_budget_usd.map(Usd),
            members: self.count_members(tenant).await?,
            days: self.list_days(tenant).await?,
            activity: self.list_tenant_activity(tenant, 8).await?,
            setup: self.find_setup_link(tenant).await?,
            now: row.now,
        })
    }

    async fn count_members(&mut self, tenant: TenantId) -> Result<Vec<(Role, i64)>> {
        let rows = sqlx::query!(r#"select role, count(*) as "n!" from members where tenant_id = $1 group by role"#, tenant.0)
            .fetch_all(self.tx.conn())
            .await?;
        let mut members = rows.into_iter().map(|row| Ok((stored(row.role.parse())?, row.n))).collect::<Result<Vec<(Role, i64)>>>()?;
        members.sort_by(|a, b| b.cmp(a));
        Ok(members)
    }

    async fn list_days(&mut self, tenant: TenantId) -> Result<Vec<DayUsage>> {
        let rows = sqlx::query!(
            r#"
            select
              d::date as "day!",
              coalesce(sum(u.amount) filter (where u.meter = 'messages'), 0)::bigint as "messages!",
              coalesce(sum(u.amount) filter (where u.meter = 'tokens'), 0)::bigint as "tokens!",
              coalesce(sum(u.cost_usd), 0) as "cost!"
            from generate_series(today() - 29, today(), interval '1 day') d
            left join usage_days u on u.tenant_id = $1 and u.day = d::date
            group by d
            order by d
            "#,
            tenant.0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows.into_iter().map(|row| DayUsage { day: row.day, messages: row.messages, tokens: row.tokens, cost: Usd(row.cost) }).collect())
    }
}
