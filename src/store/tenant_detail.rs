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
use crate::domain::staff_facts::{Region, Tags};
use crate::domain::status::TenantStatus;
use crate::domain::token::Token;

/// Quotas of `None` are unlimited, a budget of `None` is not set.
#[derive(Debug, Clone)]
pub struct TenantDetail {
    pub(super) id: TenantId,
    pub slug: Slug,
    pub name: String,
    pub plan: String,
    pub plan_version: i32,
    pub price: Usd,
    /// The price is the contract's, not the plan's.
    pub contract: bool,
    pub status: TenantStatus,
    pub status_since: DateTime<Utc>,
    /// Why it is suspended, as its people read it.
    pub status_reason: Option<String>,
    /// Why staff suspended it.
    pub held_reason: Option<String>,
    /// What is owed and since when, while it is suspended for that.
    pub unpaid: Option<(String, DateTime<Utc>)>,
    /// Until when a deleted tenant can be restored.
    pub purge_after: Option<DateTime<Utc>>,
    /// The state that a suspended or deleted tenant had before.
    pub status_before: Option<TenantStatus>,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub billing_email: String,
    pub owner_email: String,
    pub region: Option<Region>,
    pub tags: Tags,
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
    /// # Errors
    /// `NotFound` for a slug that nobody has or had, and for deleted tenants.
    pub async fn get_tenant(&mut self, slug: &Slug) -> Result<TenantDetail> {
        self.get_any_tenant(slug).await.and_then(|tenant| match tenant.status {
            TenantStatus::Deleted => Err(StoreError::NotFound),
            _ => Ok(tenant),
        })
    }

    /// A tenant that may be deleted.
    ///
    /// # Errors
    /// `NotFound` for a slug that nobody has or had.
    pub async fn get_any_tenant(&mut self, slug: &Slug) -> Result<TenantDetail> {
        let row = sqlx::query!(
            r#"
            select
              t.id, t.slug, t.name, p.name as plan, v.version, coalesce(t.contract_price_usd, v.price_usd) as "price!",
              t.contract_price_usd is not null as "contract!", t.status, t.status_since, t.status_reason, t.unpaid_reason, t.unpaid_since,
              suspension_reason(t.status_reason, t.unpaid_reason) as reason, t.purge_after,
              case t.status when 'deleted' then t.deleted_from else t.status_before end as status_before, t.trial_ends_at,
              t.billing_email, t.owner_email, t.region, coalesce(f.tags, '{}') as "tags!", t.created_at, t.monthly_budget_usd,
              s.agents, s.agents_quota, s.storage_bytes, s.storage_quota, s.tokens_quota,
              case when s.month = this_month() then s.tokens else 0 end as "tokens!",
              case when s.month = this_month() then s.cost_usd else 0 end as "cost!", now() as "now!",
              m.owners as "owners!", m.admins as "admins!", m.members as "members!", m.viewers as "viewers!"
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            join tenant_summaries s on s.tenant_id = t.id
            left join staff_facts f on f.tenant_id = t.id
            cross join lateral (
              select
                count(*) filter (where role = 'owner') as owners, count(*) filter (where role = 'admin') as admins,
                count(*) filter (where role = 'member') as members, count(*) filter (where role = 'viewer') as viewers
              from members
              where tenant_id = t.id
            ) m
            where t.id = tenant_by_slug($1)
            "#,
            slug.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let tenant = TenantId(row.id);
        let roles = [(Role::Owner, row.owners), (Role::Admin, row.admins), (Role::Member, row.members), (Role::Viewer, row.viewers)];
        Ok(TenantDetail {
            id: tenant,
            slug: stored(row.slug.parse())?,
            name: row.name,
            plan: row.plan,
            plan_version: row.version,
            price: Usd(row.price),
            contract: row.contract,
            status: stored(row.status.parse())?,
            status_since: row.status_since,
            status_reason: row.reason,
            held_reason: row.status_reason,
            unpaid: row.unpaid_reason.zip(row.unpaid_since),
            purge_after: row.purge_after,
            status_before: row.status_before.map(|before| stored(before.parse())).transpose()?,
            trial_ends_at: row.trial_ends_at,
            billing_email: row.billing_email,
            owner_email: row.owner_email,
            region: row.region.map(|region| stored(region.parse())).transpose()?,
            tags: stored(Tags::of(row.tags))?,
            created_at: row.created_at,
            agents: row.agents,
            agents_quota: row.agents_quota,
            tokens: row.tokens,
            tokens_quota: row.tokens_quota,
            storage_bytes: row.storage_bytes,
            storage_quota: row.storage_quota,
            cost: Usd(row.cost),
            budget: row.monthly_budget_usd.map(Usd),
            members: roles.into_iter().filter(|(_, n)| *n > 0).collect(),
            days: self.list_days(tenant).await?,
            activity: self.list_tenant_activity(tenant, 8).await?,
            setup: self.find_setup_link(tenant).await?,
            now: row.now,
        })
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
