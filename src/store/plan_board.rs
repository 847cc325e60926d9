//! All plans side by side for one tenant: what each grants and costs, what the tenant uses itself, which change waits.

use chrono::{DateTime, NaiveDate, Utc};
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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
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

impl<C: Capability> TenantTx<C> {
    pub async fn plan_board(&mut self) -> Result<Board> {
        let head = sqlx::query!(
            r#"
            select
              coalesce(t.contract_price_usd, v.price_usd) as "price!", t.contract_price_usd is not null as "contract!",
              case when t.status = 'trial' then t.trial_ends_at end as trial_ends_at, t.billing_email, h.version, today() as "today!"
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join billing_heads h on h.tenant_id = t.id
            where t.id = $1
            "#,
            self.head.id.0,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let asked =
            sqlx::query!("select asked_at, plan from sales_requests where answered_at is null").fetch_optional(self.tx.conn()).await?;
        Ok(Board {
            offers: self.list_offers().await?,
            own: self.list_own().await?,
            price: Usd(head.price),
            contract: head.contract,
            trial_ends_at: head.trial_ends_at,
            billing_email: head.billing_email,
            scheduled: self.find_scheduled().await?,
            asked: asked.map(|row| (row.asked_at, row.plan)),
            version: head.version,
            today: head.today,
        })
    }

    async fn list_offers(&mut self) -> Result<Vec<Offer>> {
        let rows = sqlx::query!(
            r#"
            select
              p.key, p.name, p.position, p.self_service, p.id = own.plan_id as "current!", v.id as version, v.price_usd,
              array(
                select f.label
                from plan_features g
                join features f on f.key = g.feature
                where g.plan_version_id = v.id
                order by f.position
              ) as "features!"
            from tenants t
            join plan_versions own on own.id = t.plan_version_id
            cross join plans p
            join lateral (
              select x.id, x.price_usd
              from plan_versions x
              where x.plan_id = p.id
                and case when p.id = own.plan_id then x.id = own.id else x.published_at <= now() end
              order by x.version desc
              limit 1
            ) v on true
            where t.id = $1
              and (p.archived_at is null or p.id = own.plan_id)
            order by v.price_usd, p.position, p.key
            "#,
            self.head.id.0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let versions: Vec<Uuid> = rows.iter().map(|row| row.version).collect();
        let quotas =
            sqlx::query!("select plan_version_id, meter, quota from plan_entitlements where plan_version_id = any ($1)", &versions)
                .fetch_all(self.tx.conn())
                .await?;
        Ok(rows
            .into_iter()
            .map(|row| Offer {
                key: row.key,
                name: row.name,
                price: Usd(row.price_usd),
                position: row.position,
                self_service: row.self_service,
                current: row.current,
                features: row.features,
                quotas: quotas.iter().filter(|q| q.plan_version_id == row.version).map(|q| (q.meter.clone(), q.quota)).collect(),
                version: row.version,
            })
            .collect())
    }

    async fn list_own(&mut self) -> Result<Vec<Own>> {
        let rows = sqlx::query!(
            r#"
            select m.key, m.label, m.unit, m.kind, m.period, q.used, q.overridden as "overridden!", q.granted as "granted!", o.quota as "own?"
            from quotas q
            join meters m on m.key = q.meter
            left join entitlement_overrides o on o.tenant_id = q.tenant_id and o.meter = q.meter and q.overridden
            where q.tenant_id = $1
            order by m.position, m.key
            "#,
            self.head.id.0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Own {
                    meter: row.key,
                    label: row.label,
                    unit: stored(row.unit.parse())?,
                    kind: stored(row.kind.parse())?,
                    period: row.period,
                    used: row.used,
                    overridden: row.overridden.then_some(row.own),
                    granted: row.granted,
                })
            })
            .collect()
    }

    async fn find_scheduled(&mut self) -> Result<Option<Scheduled>> {
        let row = sqlx::query!(
            r#"
            select c.id, p.name, v.price_usd, c.effective_at, coalesce(u.name, c.requested_by) as "requested_by!", c.choices, v.id as version
            from plan_changes c
            join plan_versions v on v.id = c.to_version_id
            join plans p on p.id = v.plan_id
            left join users u on u.email = c.requested_by
            where c.state = 'scheduled'
            "#,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        row.map(|row| {
            Ok(Scheduled {
                id: row.id,
                plan: row.name,
                price: Usd(row.price_usd),
                effective_at: row.effective_at,
                requested_by: row.requested_by,
                choices: stored(serde_json::from_value(row.choices))?,
                version: row.version,
            })
        })
        .transpose()
    }
}
