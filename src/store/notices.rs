//! How full a tenant's limits are, what was noticed about them, and which calls were refused.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::Result;
use super::handle::{PlatformRead, TenantTx};
use super::usage_report::Looked;
use crate::domain::capability::ViewTenant;
use crate::domain::forecast;
use crate::domain::ids::TenantId;
use crate::domain::when;

/// How full one thing is. Amounts of the budget are dollars.
#[derive(Debug, Clone)]
pub struct Level {
    /// A meter's key, or `budget`.
    pub meter: String,
    pub label: String,
    /// `count`, `bytes` or `usd`.
    pub unit: String,
    /// Starts anew with each UTC day, rather than month.
    pub daily: bool,
    /// Starts anew at all.
    pub resets: bool,
    pub used: Decimal,
    /// `None` is unlimited, or no budget.
    pub quota: Option<Decimal>,
    /// The highest threshold that was crossed in this period.
    pub noticed: Option<i32>,
    /// On which day it runs out at the pace of the last week; `None` when not before it starts anew.
    pub runs_out: Option<NaiveDate>,
}

/// A day that was three times as busy as usual.
#[derive(Debug, Clone)]
pub struct Unusual {
    pub label: String,
    pub day: NaiveDate,
    pub amount: i64,
    pub mean: Decimal,
}

/// Calls with one key that were refused within a second.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub label: String,
    pub at: DateTime<Utc>,
    pub times: i64,
    pub used: i64,
    pub quota: Option<i64>,
    /// `plan`, `override` or `grant`.
    pub source: String,
    pub key_prefix: String,
}

/// Where a tenant stands.
#[derive(Debug, Clone)]
pub struct Standing {
    pub levels: Vec<Level>,
    /// Of today and yesterday.
    pub unusual: Vec<Unusual>,
    pub today: NaiveDate,
}

/// Full days before today that a forecast looks at.
const HISTORY: i32 = 14;

async fn standing(conn: &mut PgConnection, tenant: TenantId) -> Result<Standing> {
    let rows = sqlx::query!(
        r#"
        select
          l.meter as "meter!", l.label as "label!", l.unit as "unit!", l.kind = 'metered' as "metered!", l.period = 'day' as daily,
          l.used as "used!", l.quota,
          (select max(n.percent) from notices n where n.tenant_id = $1 and n.meter = l.meter and n.period = l.period_start) as noticed,
          -- One figure a day of the last days, oldest first: amounts, levels, or what the budget pays.
          array(
            select coalesce(case when l.meter = 'budget' then sum(u.cost_usd) else max(u.amount) end, 0)
            from generate_series(today() - $2::int, today() - 1, interval '1 day') d
            left join usage_days u on u.tenant_id = $1 and u.day = d::date and (l.meter = 'budget' or u.meter = l.meter)
            group by d
            order by d) as "history!: Vec<Decimal>",
          today() as "today!"
        from meter_levels l
        where l.tenant_id = $1
        order by l.position
        "#,
        tenant.0,
        HISTORY,
    )
    .fetch_all(&mut *conn)
    .await?;
    let today = rows.first().map(|row| row.today).unwrap_or_default();
    let levels = rows
        .into_iter()
        .map(|row| {
            let daily = row.daily.unwrap_or(false);
            let resets = row.metered.then(|| when::next_month(row.today));
            let pace = if row.metered { forecast::pace_of_use(&row.history) } else { forecast::pace_of_growth(&row.history) };
            // What starts anew every night needs no forecast.
            let limit = row.quota.filter(|quota| !daily && !quota.is_zero());
            let runs_out = limit.and_then(|limit| forecast::runs_out(row.used, limit, pace, row.today, resets));
            Level {
                meter: row.meter,
                label: row.label,
                unit: row.unit,
                daily,
                resets: row.metered,
                used: row.used,
                quota: row.quota,
                noticed: row.noticed,
                runs_out,
            }
        })
        .collect();
    let unusual = sqlx::query_as!(
        Unusual,
        r#"
        select m.label, u.day, u.amount, u.mean
        from unusual_days u
        join meters m on m.key = u.meter
        where u.tenant_id = $1
          and u.day >= today() - 1
        order by u.day desc, m.position
        "#,
        tenant.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(Standing { levels, unusual, today })
}

/// The newest refusals that a page shows.
const MOST_REFUSALS: i64 = 50;

async fn refusals(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<Refusal>> {
    Ok(sqlx::query_as!(
        Refusal,
        r#"
        select coalesce(m.label, r.meter) as "label!", r.at, r.times, r.used, r.quota, r.source, r.key_prefix
        from refusals r
        left join meters m on m.key = r.meter
        where r.tenant_id = $1
          and r.at > now() - interval '7 days'
        order by r.at desc, r.meter, r.key_prefix
        limit $2
        "#,
        tenant.0,
        MOST_REFUSALS,
    )
    .fetch_all(conn)
    .await?)
}

impl TenantTx<ViewTenant> {
    pub async fn standing(&mut self) -> Result<Standing> {
        standing(self.tx.conn(), self.head.id).await
    }

    pub async fn list_refusals(&mut self) -> Result<Vec<Refusal>> {
        refusals(self.tx.conn(), self.head.id).await
    }
}

impl PlatformRead {
    pub async fn standing(&mut self, tenant: &Looked) -> Result<Standing> {
        standing(self.tx.conn(), tenant.id).await
    }

    pub async fn list_refusals(&mut self, tenant: &Looked) -> Result<Vec<Refusal>> {
        refusals(self.tx.conn(), tenant.id).await
    }
}
