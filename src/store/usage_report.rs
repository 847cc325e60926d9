//! What a tenant used in a span of days, by day, by meter, and by what events say of it. Read from rollups, never from events.

use chrono::{DateTime, NaiveDate, Utc};
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
use crate::domain::status::TenantStatus;
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
    /// By what was asked for.
    shares: Vec<(Breakdown, Vec<Share>)>,
}

impl UsageReport {
    pub fn cost(&self) -> Usd {
        Usd(self.totals.iter().map(|total| total.cost.0).sum())
    }

    pub fn cost_before(&self) -> Usd {
        Usd(self.totals.iter().map(|total| total.cost_before.0).sum())
    }

    /// The largest shares, the most costly first; none of what was not asked for.
    pub fn shares(&self, by: Breakdown) -> &[Share] {
        self.shares.iter().find(|(other, _)| *other == by).map_or(&[], |(_, shares)| shares)
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

async fn report(conn: &mut PgConnection, tenant: TenantId, span: Span, by: &[Breakdown]) -> Result<UsageReport> {
    let parts: Vec<&str> = by.iter().map(|by| by.as_str()).collect();
    let rows = sqlx::query_file!(
        "src/store/usage_report.sql",
        tenant.0,
        span.from,
        span.to,
        span.before_from,
        span.before_to,
        &parts as &[&str],
        MOST_SHARES,
    )
    .fetch_all(conn)
    .await?;
    let mut report = UsageReport { span, days: Vec::new(), totals: Vec::new(), shares: by.iter().map(|by| (*by, Vec::new())).collect() };
    for row in rows {
        let amount = row.amount.unwrap_or(0);
        match row.part.as_str() {
            "day" => {
                let day = row.day.unwrap_or(span.from);
                report.days.push(DayUsage { day, messages: amount, tokens: row.tokens, cost: Usd(row.cost) });
            }
            "meter" => report.totals.push(MeterTotal {
                meter: row.name,
                label: row.label.unwrap_or_default(),
                kind: stored(row.kind.unwrap_or_default().parse())?,
                unit: stored(row.unit.unwrap_or_default().parse())?,
                amount,
                before: row.before.unwrap_or(0),
                cost: Usd(row.cost),
                cost_before: Usd(row.cost_before),
            }),
            part => {
                let Some((_, shares)) = report.shares.iter_mut().find(|(by, _)| by.as_str() == part) else { continue };
                shares.push(Share {
                    name: row.name,
                    department: row.department,
                    tokens: row.tokens,
                    messages: amount,
                    cost: Usd(row.cost),
                    cost_before: Usd(row.cost_before),
                });
            }
        }
    }
    Ok(report)
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
    pub async fn usage_report(&mut self, span: Span, by: &[Breakdown]) -> Result<UsageReport> {
        report(self.tx.conn(), self.head.id, span, by).await
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
    pub status: TenantStatus,
    /// The database's clock.
    pub today: NaiveDate,
    pub now: DateTime<Utc>,
}

impl PlatformRead {
    /// # Errors
    /// `NotFound` for a slug that nobody has or had, and for deleted tenants.
    pub async fn look_at(&mut self, slug: &Slug) -> Result<Looked> {
        self.look_back_at(slug).await.and_then(|tenant| match tenant.status {
            TenantStatus::Deleted => Err(StoreError::NotFound),
            _ => Ok(tenant),
        })
    }

    /// A tenant that may be deleted.
    ///
    /// # Errors
    /// `NotFound` for a slug that nobody has or had.
    pub async fn look_back_at(&mut self, slug: &Slug) -> Result<Looked> {
        let row = sqlx::query!(
            r#"select id, slug, name, status, today() as "today!", now() as "now!" from tenants where id = tenant_by_slug($1)"#,
            slug.as_str()
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok(Looked {
            id: TenantId(row.id),
            slug: stored(row.slug.parse())?,
            name: row.name,
            status: stored(row.status.parse())?,
            today: row.today,
            now: row.now,
        })
    }

    pub async fn usage_report(&mut self, tenant: &Looked, span: Span, by: &[Breakdown]) -> Result<UsageReport> {
        report(self.tx.conn(), tenant.id, span, by).await
    }

    pub async fn list_usage_lines(&mut self, tenant: &Looked, day: NaiveDate) -> Result<Vec<UsageLine>> {
        lines(self.tx.conn(), tenant.id, day).await
    }
}
