//! What the plans that are sold grant of each meter; `plan_drafts.rs` changes it. Summaries that lists are sorted by hold a copy of where a plan
//! stands, which follows, see [`Store::summarize_changed_plans`].

use rust_decimal::Decimal;

use super::access::stored;
use super::handle::PlatformRead;
use super::{Result, Store};
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
}

/// Summaries that are brought up to date in one transaction.
const SUMMARIES_AT_ONCE: i32 = 500;

pub(super) fn price(usd: Option<Decimal>, per: Option<i64>) -> Option<UnitPrice> {
    Some(UnitPrice { usd: usd?, per: per? })
}

impl PlatformRead {
    /// Plans that are sold, cheapest first.
    pub async fn list_plan_sheets(&mut self) -> Result<Vec<PlanSheet>> {
        let rows = sqlx::query!(
            r#"
            select
              p.key, p.name, v.version, v.price_usd, m.key as meter, e.quota as "quota?",
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
                });
            }
            if let Some(plan) = plans.last_mut() {
                plan.entitlements.push((row.meter, granted));
            }
        }
        Ok(plans)
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
