//! What a tenant used in a span of days, by day, by meter, and by what events say of it. Read from rollups, never from events.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::access::stored;
use super::handle::{PlatformRead, TenantTx};
use super::tenant_detail::DayUsage;
use super::{Result, StoreError};
use crate::domain::capability::ViewTenant;
use crate::domain::ids::TenantId;
use crate::domain::meter::Kind;
use crate::domain::money::Usd;
use crate::domain::quantity::Unit;
use crate::domain::slug::Slug;
use crate::domain::usage::{Breakdown, Span};

/// One meter over the span, and over the span before. Of what is not counted up, the highest level.
#[derive(Debug, Clone)]
pub struct MeterTotal {
    pub meter: String,
    pub label: String,
    pub kind: Kind,
    pub unit: Unit,
    pub amount: i64,
    pub before: i64,
    pub cost: Usd,
    pub cost_before: Usd,
}

/// What one model, agent or cost centre used. The name is empty for what events leave open.
#[derive(Debug, Clone)]
pub struct Share {
    pub name: String,
    /// Departments of agents with this cost centre.
    pub department: Option<String>,
    pub tokens: i64,
    pub messages: i64,
    pub cost: Usd,
    pub cost_before: Usd,
}

#[derive(Debug, Clone)]
pub struct UsageReport {
    pub span: Span,
    /// Every day of the span, oldest first.
    pub days: Vec<DayUsage>,
    /// Meters that were used in the span or before it, in the catalogue's order.
    pub totals: Vec<MeterTotal>,
}

impl UsageReport {
    pub fn cost(&self) -> Usd {
        Usd(self.totals.iter().map(|total| total.cost.0).sum())
    }

    pub fn cost_before(&self) -> Usd {
        Usd(self.totals.iter().map(|total| total.cost_before.0).sum())
    }

    /// What was used of a meter, now and before.
    pub fn amounts(&self, meter: &str) -> (i64, i64) {
        self.totals.iter().find(|total| total.meter == meter).map_or((0, 0), |total| (total.amount, total.before))
    }
}

/// One line of the download.
#[derive(Debug, Clone)]
pub struct UsageLine {
    pub meter: String,
    pub model: String,
    pub agent: String,
    pub cost_center: String,
    pub amount: i64,
    pub cost: Decimal,
}

/// Shares that a page lists; what is left over is one line more.
const MOST_SHARES: i64 = 20;

async fn report(conn: &mut PgConnection, tenant: TenantId, span: Span) -> Result<UsageReport> {
    let days = sqlx::query!(
        r#"
        select
          d::date as "day!",
          coalesce(sum(u.amount) filter (where u.meter = 'messages'), 0)::bigint as "messages!",
          coalesce(sum(u.amount) filter (where u.meter = 'tokens'), 0)::bigint as "tokens!",
          coalesce(sum(u.cost_usd), 0) as "cost!"
        from generate_series($2::date, $3::date, interval '1 day') d
        left join usage_days u on u.tenant_id = $1 and u.day = d::date
        group by d
        order by d
        "#,
        tenant.0,
        span.from,
        span.to,
    )
    .fetch_all(&mut *conn)
    .await?;
    let totals = sqlx::query!(
        r#"
        select
          m.key, m.label, m.kind, m.unit,
          (case m.kind
            when 'metered' then sum(u.amount) filter (where u.day >= $2)
            else max(u.amount) filter (where u.day >= $2) end)::bigint as amount,
          (case m.kind
            when 'metered' then sum(u.amount) filter (where u.day < $2)
            else max(u.amount) filter (where u.day < $2) end)::bigint as before,
          coalesce(sum(u.cost_usd) filter (where u.day >= $2), 0) as "cost!",
          coalesce(sum(u.cost_usd) filter (where u.day < $2), 0) as "cost_before!"
        from meters m
        join usage_days u on u.tenant_id = $1
          and u.meter = m.key
          and (u.day between $2 and $3 or u.day between $4 and $5)
        group by m.key, m.label, m.kind, m.unit, m.position
        order by m.position, m.key
        "#,
        tenant.0,
        span.from,
        span.to,
        span.before_from,
        span.before_to,
    )
    .fetch_all(conn)
    .await?;
    Ok(UsageReport {
        span,
        days: days
            .into_iter()
            .map(|row| DayUsage { day: row.day, messages: row.messages, tokens: row.tokens, cost: Usd(row.cost) })
            .collect(),
        totals: totals
            .into_iter()
            .map(|row| {
                Ok(MeterTotal {
                    meter: row.key,
                    label: row.label,
                    kind: stored(row.kind.parse())?,
                    unit: stored(row.unit.parse())?,
                    amount: row.amount.unwrap_or(0),
                    before: row.before.unwrap_or(0),
                    cost: Usd(row.cost),
                    cost_before: Usd(row.cost_before),
                })
            })
            .collect::<Result<_>>()?,
    })
}

async fn shares(conn: &mut PgConnection, tenant: TenantId, span: Span, by: Breakdown) -> Result<Vec<Share>> {
    let rows = sqlx::query!(
        r#"
        select s.name as "name!", s.tokens as "tokens!", s.messages as "messages!", s.cost as "cost!", s.cost_before as "cost_before!",
          case when $6 = 'cost_center' and s.name <> '' then (
            select string_agg(distinct a.department, ', ' order by a.department)
            from agents a
            where a.tenant_id = $1 and a.cost_center = s.name) end as department
        from (
          select
            case $6::text when 'model' then b.model when 'agent' then b.agent else b.cost_center end as name,
            coalesce(sum(b.amount) filter (where b.meter = 'tokens' and b.day >= $2), 0)::bigint as tokens,
            coalesce(sum(b.amount) filter (where b.meter = 'messages' and b.day >= $2), 0)::bigint as messages,
            coalesce(sum(b.cost_usd) filter (where b.day >= $2), 0) as cost,
            coalesce(sum(b.cost_usd) filter (where b.day < $2), 0) as cost_before,
            bool_or(b.day >= $2) as used
          from usage_breakdowns b
          where b.tenant_id = $1
            and (b.day between $2 and $3 or b.day between $4 and $5)
          group by 1
        ) s
        where s.used
        order by s.cost desc, s.tokens desc, s.name
        limit $7
        "#,
        tenant.0,
        span.from,
        span.to,
        span.before_from,
        span.before_to,
        by.as_str(),
        MOST_SHARES,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Share {
            name: row.name,
            department: row.department,
            tokens: row.tokens,
            messages: row.messages,
            cost: Usd(row.cost),
            cost_before: Usd(row.cost_before),
        })
        .collect())
}

/// The lines of one day. What no event accounts for stands in a line of its own, so that the lines add up to the day.
async fn lines(conn: &mut PgConnection, tenant: TenantId, day: NaiveDate) -> Result<Vec<UsageLine>> {
    Ok(sqlx::query_as!(
        UsageLine,
        r#"
        select
          x.meter as "meter!", x.model as "model!", x.agent as "agent!", x.cost_center as "cost_center!",
          sum(x.amount)::bigint as "amount!", sum(x.cost_usd) as "cost!"
        from (
          select meter, model, agent, cost_center, amount, cost_usd
          from usage_breakdowns
          where tenant_id = $1 and day = $2
          union all
          select d.meter, '', '', '', d.amount - b.amount, d.cost_usd - b.cost_usd
          from usage_days d
          join meters m on m.key = d.meter
          cross join lateral (
            select coalesce(sum(e.amount), 0)::bigint as amount, coalesce(sum(e.cost_usd), 0) as cost_usd
            from usage_breakdowns e
            where e.tenant_id = d.tenant_id and e.day = d.day and e.meter = d.meter
          ) b
          where d.tenant_id = $1 and d.day = $2 and (m.kind = 'metered' or d.cost_usd > 0)
        ) x
        group by 1, 2, 3, 4
        having sum(x.amount) > 0 or sum(x.cost_usd) > 0
        order by 1, 2, 3, 4
        "#,
        tenant.0,
        day,
    )
    .fetch_all(conn)
    .await?)
}

impl TenantTx<ViewTenant> {
    pub async fn usage_report(&mut self, span: Span) -> Result<UsageReport> {
        report(self.tx.conn(), self.head.id, span).await
    }

    /// The largest shares, the most costly first.
    pub async fn list_shares(&mut self, span: Span, by: Breakdown) -> Result<Vec<Share>> {
        shares(self.tx.conn(), self.head.id, span, by).await
    }

    pub async fn list_usage_lines(&mut self, day: NaiveDate) -> Result<Vec<UsageLine>> {
        lines(self.tx.conn(), self.head.id, day).await
    }
}

/// A tenant that the console looks at: found once, then read from.
#[derive(Debug, Clone)]
pub struct Looked {
    pub(super) id: TenantId,
    pub slug: Slug,
    pub name: String,
    /// The database's clock.
    pub today: NaiveDate,
}

impl PlatformRead {
    /// # Errors
    /// `NotFound` for a slug that nobody has, and for deleted tenants.
    pub async fn look_at(&mut self, slug: &Slug) -> Result<Looked> {
        let row = sqlx::query!(
            r#"select id, slug, name, today() as "today!" from tenants where slug = $1 and status <> 'deleted'"#,
            slug.as_str()
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok(Looked { id: TenantId(row.id), slug: stored(row.slug.parse())?, name: row.name, today: row.today })
    }

    pub async fn usage_report(&mut self, tenant: &Looked, span: Span) -> Result<UsageReport> {
        report(self.tx.conn(), tenant.id, span).await
    }

    pub async fn list_shares(&mut self, tenant: &Looked, span: Span, by: Breakdown) -> Result<Vec<Share>> {
        shares(self.tx.conn(), tenant.id, span, by).await
    }

    pub async fn list_usage_lines(&mut self, tenant: &Looked, day: NaiveDate) -> Result<Vec<UsageLine>> {
        lines(self.tx.conn(), tenant.id, day).await
    }
}
