//! How full a tenant's limits are, what was noticed about them, and which calls were refused.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

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
const HISTORY_DAYS: i32 = 8;

/// What a meter, or the budget, used on each of the last full days, oldest first; `None` where nothing is known.
type History = [Option<Decimal>; HISTORY];

/// A day as the statement gives it.
#[derive(Debug, Deserialize)]
struct UnusualRow {
    meter: String,
    day: NaiveDate,
    amount: i64,
    mean: Decimal,
}

/// Where in a history so many days ago stands.
fn place(ago: i32) -> Option<usize> {
    usize::try_from(ago).ok().and_then(|ago| HISTORY.checked_sub(ago)).filter(|place| *place < HISTORY)
}

async fn standing(conn: &mut PgConnection, tenant: TenantId) -> Result<Standing> {
    // In a file of its own, as the dashboard's figures: the benchmark's baseline sends the very same statements.
    let rows = sqlx::query_file!("src/store/levels.sql", tenant.0, HISTORY_DAYS).fetch_all(conn).await?;
    let today = rows.first().map(|row| row.today).unwrap_or_default();
    let unusual = rows.first().and_then(|row| row.unusual.as_ref()).map(|unusual| unusual.0.as_slice()).unwrap_or_default();
    let label = |meter: &str| rows.iter().find(|row| row.meter == meter).map_or_else(|| meter.to_owned(), |row| row.label.clone());
    let unusual = unusual.iter().map(|u| Unusual { label: label(&u.meter), day: u.day, amount: u.amount, mean: u.mean }).collect();
    let (mut histories, mut spent) = (Vec::with_capacity(rows.len()), History::default());
    for row in &rows {
        let (ago, amounts, costs) = (row.ago.iter().flatten(), row.amounts.iter().flatten(), row.costs.iter().flatten());
        let mut history = History::default();
        for ((ago, amount), cost) in ago.zip(amounts).zip(costs) {
            let Some(place) = place(*ago) else { continue };
            history[place] = Some((*amount).into());
            spent[place] = Some(spent[place].unwrap_or_default() + cost);
        }
        histories.push(history);
    }
    let levels = rows
        .into_iter()
        .zip(histories)
        .map(|(row, days)| {
            let days = if row.meter == "budget" { spent } else { days };
            let daily = row.daily.unwrap_or(false);
            let resets = row.metered.then(|| when::next_month(row.today));
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
    Ok(Standing { levels, unusual, today })
}

/// The newest refusals that a page shows.
const MOST_REFUSALS: i64 = 50;

async fn refusals(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<Refusal>> {
    Ok(sqlx::query_file_as!(Refusal, "src/store/refusals.sql", tenant.0, MOST_REFUSALS,).fetch_all(conn).await?)
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
