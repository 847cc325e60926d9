//! What the plans that are sold grant of each meter, and changing it. Whoever asks for quota reads the row itself, so that a change holds from
//! its commit on; the summaries that lists are sorted by follow, see [`Store::summarize_changed_plans`].

use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::{Result, Store, StoreError};
use crate::domain::entitlement::Entitlement;
use crate::domain::money::Usd;
use crate::domain::unit_price::UnitPrice;

/// A plan in the version that is sold now.
#[derive(Debug, Clone)]
pub struct PlanSheet {
    pub key: String,
    pub name: String,
    pub version: i32,
    pub price: Usd,
    /// Tenants that have the plan; deleted ones left out.
    pub tenants: i64,
    /// One a meter, in the catalogue's order: meter and what is granted.
    pub entitlements: Vec<(String, Entitlement)>,
    version_id: Uuid,
}

/// Summaries that are brought up to date in one transaction.
const SUMMARIES_AT_ONCE: i32 = 500;

fn price(usd: Option<Decimal>, per: Option<i64>) -> Option<UnitPrice> {
    Some(UnitPrice { usd: usd?, per: per? })
}

impl PlatformRead {
    /// Plans that are sold, cheapest first.
    pub async fn list_plan_sheets(&mut self) -> Result<Vec<PlanSheet>> {
        let rows = sqlx::query!(
            r#"
            select
              p.key, p.name, v.id as version_id, v.version, v.price_usd, m.key as meter, e.quota as "quota?",
              coalesce(e.at_limit, 'block') as "rule!", e.overage_price_usd as "overage_price_usd?", e.overage_per as "overage_per?",
              (select coalesce(sum(c.tenants), 0)::bigint from tenant_counts c where c.plan_id = p.id and c.status <> 'deleted') as "tenants!"
            from plans p
            join lateral (
              select id, version, price_usd
              from plan_versions
              where plan_id = p.id
                and published_at <= now()
              order by version desc
              limit 1
            ) v on true
            cross join meters m
            left join plan_entitlements e on e.plan_version_id = v.id and e.meter = m.key
            where p.archived_at is null
            order by p.position, p.key, m.position, m.key
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let mut plans: Vec<PlanSheet> = Vec::new();
        for row in rows {
            let granted =
                Entitlement { quota: row.quota, rule: stored(row.rule.parse())?, overage: price(row.overage_price_usd, row.overage_per) };
            if plans.last().is_none_or(|plan| plan.key != row.key) {
                plans.push(PlanSheet {
                    key: row.key,
                    name: row.name,
                    version: row.version,
                    price: Usd(row.price_usd),
                    tenants: row.tenants,
                    entitlements: Vec::new(),
                    version_id: row.version_id,
                });
            }
            if let Some(plan) = plans.last_mut() {
                plan.entitlements.push((row.meter, granted));
            }
        }
        Ok(plans)
    }

    /// # Errors
    /// `NotFound` for a plan that is not sold.
    pub async fn get_plan_sheet(&mut self, plan: &str) -> Result<PlanSheet> {
        self.list_plan_sheets().await?.into_iter().find(|sheet| sheet.key == plan).ok_or(StoreError::NotFound)
    }
}

impl PlatformTx {
    /// Changes what the version that is sold now grants of a meter, for every tenant that has it.
    ///
    /// # Errors
    /// `NotFound` for an unknown plan or meter.
    pub async fn change_entitlement(&mut self, plan: &str, meter: &str, granted: &Entitlement) -> Result<()> {
        // One change of a plan at a time: what is written as "before" is what was there.
        sqlx::query!("select from plans where key = $1 for update", plan).execute(self.read.tx.conn()).await?;
        let sheet = self.get_plan_sheet(plan).await?;
        let before =
            sheet.entitlements.into_iter().find(|(key, _)| key == meter).map(|(_, granted)| granted).ok_or(StoreError::NotFound)?;
        if before == *granted {
            return Ok(());
        }
        sqlx::query!(
            r#"
            insert into plan_entitlements (plan_version_id, meter, quota, at_limit, overage_price_usd, overage_per)
            values ($1, $2, $3, $4, $5, $6)
            on conflict on constraint plan_entitlements_pkey do update
            set quota = excluded.quota, at_limit = excluded.at_limit,
                overage_price_usd = excluded.overage_price_usd, overage_per = excluded.overage_per
            "#,
            sheet.version_id,
            meter,
            granted.quota,
            granted.rule.as_str(),
            granted.overage.map(|price| price.usd),
            granted.overage.map(|price| price.per),
        )
        .execute(self.read.tx.conn())
        .await?;
        // Of the others a summary holds nothing.
        if before.quota != granted.quota && ["agents", "tokens", "storage"].contains(&meter) {
            sqlx::query!("update plan_versions set summaries_after = $2 where id = $1", sheet.version_id, Uuid::nil())
                .execute(self.read.tx.conn())
                .await?;
        }
        self.audit_platform("plan.changed", &format!("{plan} {meter}"), Some(json!(before)), Some(json!(granted))).await
    }
}

impl Store {
    /// Lets some summaries follow a plan that was changed; returns 0 when none are left. The sweeper calls it until then.
    pub async fn summarize_changed_plans(&self) -> Result<i64> {
        let mut tx = self.worker(None).await?;
        let done = sqlx::query_scalar!(r#"select summarize_changed_plans($1) as "done!""#, SUMMARIES_AT_ONCE).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(done.into())
    }
}
