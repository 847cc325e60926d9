//! All plans side by side for one tenant: what each grants and costs, what the tenant uses itself, which change waits.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::access::stored;
use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::capability::Capability;
use crate::domain::downgrade::{Choices, Over};
use crate::domain::meter::Kind;
use crate::domain::money::Usd;
use crate::domain::quantity::Unit;

/// A plan: the tenant's own in the version that it has, others in the one that is sold now.
#[derive(Debug, Clone, Deserialize)]
pub struct Offer {
    pub key: String,
    pub name: String,
    pub price: Usd,
    pub position: i32,
    /// Else people talk to somebody about it.
    pub self_service: bool,
    pub current: bool,
    pub features: Vec<String>,
    /// By meter; a meter that is not named has no limit.
    quotas: Vec<(String, Option<i64>)>,
    pub(super) version: Uuid,
}

/// One meter, and what the tenant uses of it.
#[derive(Debug, Clone)]
pub struct Own {
    pub meter: String,
    pub label: String,
    pub unit: Unit,
    pub kind: Kind,
    pub period: Option<String>,
    /// `None` for rates, which leave nothing behind.
    pub used: Option<i64>,
    /// A quota in the place of any plan's: its inner `None` is unlimited.
    pub overridden: Option<Option<i64>>,
    /// On top of any plan's, until the grants end.
    pub granted: i64,
}

impl Own {
    /// What holds of this meter with a plan.
    pub fn limit(&self, offer: &Offer) -> Option<i64> {
        let plan = offer.quotas.iter().find(|(meter, _)| *meter == self.meter).and_then(|(_, quota)| *quota);
        self.overridden.unwrap_or(plan).map(|quota| quota.saturating_add(self.granted))
    }
}

/// A smaller plan that waits for its day.
#[derive(Debug, Clone, Deserialize)]
pub struct Scheduled {
    pub id: Uuid,
    pub plan: String,
    pub price: Usd,
    pub effective_at: DateTime<Utc>,
    pub requested_by: String,
    pub choices: Choices,
    pub(super) version: Uuid,
}

#[derive(Debug, Clone)]
pub struct Board {
    /// Cheapest first.
    pub offers: Vec<Offer>,
    pub own: Vec<Own>,
    /// What is paid now a month: the contract's price, else the plan's.
    pub price: Usd,
    pub contract: bool,
    /// While the trial runs.
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub billing_email: String,
    pub scheduled: Option<Scheduled>,
    /// A question about a plan that nobody has answered yet: when, and which plan.
    pub asked: Option<(DateTime<Utc>, String)>,
    /// Of the plan, as it was read; who confirms a change says it again.
    pub version: i64,
    pub today: NaiveDate,
}

impl Board {
    /// # Errors
    /// `NotFound` for a plan that is not sold.
    pub fn offer(&self, key: &str) -> Result<&Offer> {
        self.offers.iter().find(|offer| offer.key == key).ok_or(StoreError::NotFound)
    }

    /// The tenant's own plan.
    ///
    /// # Errors
    /// `NotFound` never: every tenant has a plan.
    pub fn current(&self) -> Result<&Offer> {
        self.offers.iter().find(|offer| offer.current).ok_or(StoreError::NotFound)
    }

    /// Whether a plan costs more than the tenant's own; of two at the same price, whether it comes later in the catalogue.
    pub fn is_upgrade(&self, offer: &Offer) -> bool {
        self.current().is_ok_and(|current| (offer.price, offer.position) > (current.price, current.position))
    }

    /// What exists beyond the limits that a plan would set.
    pub fn over(&self, offer: &Offer) -> Vec<Over> {
        let kept = self.own.iter().filter(|own| own.kind == Kind::Allocated);
        kept.filter_map(|own| {
            let (used, limit) = (own.used?, own.limit(offer)?);
            (used > limit).then(|| Over { meter: own.meter.clone(), label: own.label.clone(), unit: own.unit, used, limit })
        })
        .collect()
    }

    /// Features that the tenant has and a plan has not.
    pub fn lost<'a>(&'a self, offer: &'a Offer) -> impl Iterator<Item = &'a str> {
        let own = self.offers.iter().filter(|offer| offer.current).flat_map(|offer| &offer.features);
        own.filter(move |feature| !offer.features.contains(feature)).map(String::as_str)
    }

    /// When a smaller plan begins that is chosen now: at the trial's end, else with the next month.
    pub fn next_period(&self) -> DateTime<Utc> {
        let month = crate::domain::when::next_month(self.today).and_time(chrono::NaiveTime::MIN).and_utc();
        self.trial_ends_at.unwrap_or(month)
    }
}

/// One meter as the statement gives it.
#[derive(Debug, Deserialize)]
struct OwnRow {
    meter: String,
    label: String,
    unit: String,
    kind: String,
    period: Option<String>,
    used: Option<i64>,
    overridden: bool,
    granted: i64,
    own: Option<i64>,
}

impl OwnRow {
    fn read(self) -> Result<Own> {
        Ok(Own {
            meter: self.meter,
            label: self.label,
            unit: stored(self.unit.parse())?,
            kind: stored(self.kind.parse())?,
            period: self.period,
            used: self.used,
            overridden: self.overridden.then_some(self.own),
            granted: self.granted,
        })
    }
}

impl<C: Capability> TenantTx<C> {
    pub async fn plan_board(&mut self) -> Result<Board> {
        // In a file of its own: the benchmark's baseline sends the very same statement.
        let row = sqlx::query_file!("src/store/plan_board.sql", self.head.id.0).fetch_one(self.tx.conn()).await?;
        Ok(Board {
            offers: row.offers.0,
            own: row.own.0.into_iter().map(OwnRow::read).collect::<Result<_>>()?,
            price: Usd(row.price),
            contract: row.contract,
            trial_ends_at: row.trial_ends_at,
            billing_email: row.billing_email,
            scheduled: row.scheduled.map(|scheduled| scheduled.0),
            asked: row.asked_at.zip(row.asked_plan),
            version: row.version,
            today: row.today,
        })
    }
}
