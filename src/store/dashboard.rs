//! The figures of one tenant's dashboard, as its own people see them: base tables under their policies.

use chrono::{DateTime, NaiveDate, Utc};

use super::Result;
use super::handle::TenantTx;
use crate::domain::activity::Activity;
use crate::domain::capability::ViewTenant;
use crate::domain::money::Usd;

/// Quotas of `None` are unlimited, a budget of `None` is not set.
#[derive(Debug, Clone)]
pub struct Figures {
    pub plan: String,
    /// The contract's price, else the plan version's.
    pub price: Usd,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub agents: i64,
    pub agents_quota: Option<i64>,
    pub members: i64,
    pub admins: i64,
    pub open_invites: i64,
    pub tokens: i64,
    pub tokens_quota: Option<i64>,
    pub storage_bytes: i64,
    pub storage_quota: Option<i64>,
    /// Usage cost of this UTC month.
    pub cost: Usd,
    pub budget: Option<Usd>,
    /// The last 30 days, today included, and the 30 before.
    pub messages: i64,
    pub messages_before: i64,
    pub today: NaiveDate,
}

#[derive(Debug, Clone)]
pub struct Dashboard {
    pub figures: Figures,
    pub activity: Vec<Activity>,
}

impl TenantTx<ViewTenant> {
    pub async fn dashboard(&mut self) -> Result<Dashboard> {
        let row = sqlx::query!(
            r#"
            select
              p.name as plan, coalesce(t.contract_price_usd, v.price_usd) as "price!", t.trial_ends_at, t.monthly_budget_usd,
              (select count(*) from agents) as "agents!",
              (select quota from quotas where meter = 'agents') as agents_quota,
              (select quota from quotas where meter = 'tokens') as tokens_quota,
              (select quota from quotas where meter = 'storage') as storage_quota,
              (select count(*) from members) as "members!",
              (select count(*) from members where role in ('owner', 'admin')) as "admins!",
              (select count(*) from invites where accepted_at is null and revoked_at is null and expires_at > now()) as "open_invites!",
              coalesce((select amount from usage_levels where meter = 'storage'), 0) as "storage!",
              u.tokens as "tokens!", u.cost as "cost!", u.messages as "messages!", u.messages_before as "messages_before!", today() as "today!"
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            cross join lateral (
              select
                coalesce(sum(amount) filter (where meter = 'tokens' and day >= this_month()), 0)::bigint as tokens,
                coalesce(sum(cost_usd) filter (where day >= this_month()), 0) as cost,
                coalesce(sum(amount) filter (where meter = 'messages' and day > today() - 30), 0)::bigint as messages,
                coalesce(sum(amount) filter (where meter = 'messages' and day <= today() - 30), 0)::bigint as messages_before
              from usage_days
              where tenant_id = t.id
                and day > today() - 60
            ) u
            where t.id = $1
            "#,
            self.head.id.0,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let figures = Figures {
            plan: row.plan,
            price: Usd(row.price),
            trial_ends_at: row.trial_ends_at,
            agents: row.agents,
            agents_quota: row.agents_quota,
            members: row.members,
            admins: row.admins,
            open_invites: row.open_invites,
            tokens: row.tokens,
            tokens_quota: row.tokens_quota,
            storage_bytes: row.storage,
            storage_quota: row.storage_quota,
            cost: Usd(row.cost),
            budget: row.monthly_budget_usd.map(Usd),
            messages: row.messages,
            messages_before: row.messages_before,
            today: row.today,
        };
        Ok(Dashboard { figures, activity: self.list_activity(6).await? })
    }
}
