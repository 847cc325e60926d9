//! How full a tenant's limits are, what was noticed about them, and which calls were refused.

use std::collections::HashMap;

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

/// Calls with one key, or by people, that were refused within a second.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub label: String,
    /// `count` or `bytes`.
    pub unit: String,
    pub at: DateTime<Utc>,
    pub times: i64,
    pub used: i64,
    pub quota: Option<i64>,
    /// `plan`, `override`, `grant` or `key`.
    pub source: String,
    /// Empty for people.
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

impl Standing {
    /// Of a meter, or of the `budget`.
    pub fn level(&self, meter: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.meter == meter)
    }
}

/// Full days before today that a forecast looks at.
const HISTORY: usize = 8;

/// What a meter, or the budget, used on each of the last full days, oldest first; `None` where nothing is known.
type History = [Option<Decimal>; HISTORY];

async fn history(conn: &mut PgConnection, tenant: TenantId) -> Result<HashMap<String, History>> {
    let rows = sqlx::query!(
        r#"
        select meter, today() - day as "ago!", amount, cost_usd
        from usage_days
        where tenant_id = $1
          and day between today() - $2::int and today() - 1
        "#,
        tenant.0,
        i32::try_from(HISTORY).unwrap_or(i32::MAX),
    )
    .fetch_all(conn)
    .await?;
    let mut history: HashMap<String, History> = HashMap::new();
    for row in rows {
        let place = usize::try_from(row.ago).ok().and_then(|ago| HISTORY.checked_sub(ago)).filter(|place| *place < HISTORY);
        let Some(place) = place else { continue };
        let budget = &mut history.entry("budget".to_owned()).or_default()[place];
        *budget = Some(budget.unwrap_or_default() + row.cost_usd);
        history.entry(row.meter).or_default()[place] = Some(row.amount.into());
    }
    Ok(history)
}

async fn standing(conn: &mut PgConnection, tenant: TenantId) -> Result<Standing> {
    // In a file of its own, as the dashboard's figures: the benchmark's baseline sends the very same statements.
    let rows = sqlx::query_file!("src/store/levels.sql", tenant.0).fetch_all(&mut *conn).await?;
    let history = history(conn, tenant).await?;
    let today = rows.first().map(|row| row.today).unwrap_or_default();
    let levels = rows
        .into_iter()
        .map(|row| {
            let daily = row.daily.unwrap_or(false);
            let resets = row.metered.then(|| when::next_month(row.today));
            let days = history.get(&row.meter).copied().unwrap_or_default();
            let pace = match row.metered {
                true => forecast::pace_of_use(&days.map(Option::unwrap_or_default)),
                false => forecast::pace_of_growth(&days),
            };
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
        select coalesce(m.label, r.meter) as "label!", coalesce(m.unit, 'count') as "unit!", r.at, r.times, r.used, r.quota, r.source, r.key_prefix
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
