//! What one tenant may use of each meter, and why: plan, override, grants, and what is used.

use chrono::{DateTime, Utc};

use super::access::stored;
use super::handle::PlatformRead;
use super::usage_report::Looked;
use super::{Result, StoreError};
use crate::domain::entitlement::Rule;
use crate::domain::meter::Kind;
use crate::domain::quantity::Unit;

/// An override that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// `None` is unlimited.
    pub quota: Option<i64>,
    pub reason: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub struct QuotaLine {
    pub meter: String,
    pub label: String,
    pub kind: Kind,
    pub period: Option<String>,
    pub unit: Unit,
    /// `None` is unlimited.
    pub plan: Option<i64>,
    pub rule: Rule,
    pub overridden: Option<Standing>,
    /// What grants still hold.
    pub granted: i64,
    /// What this period has drawn from grants.
    pub drawn: i64,
    /// What holds; `None` is unlimited.
    pub quota: Option<i64>,
    /// `None` for rates, which leave nothing behind.
    pub used: Option<i64>,
    pub held: i64,
}

impl PlatformRead {
    /// Every meter, in the catalogue's order.
    pub async fn list_quota_lines(&mut self, tenant: &Looked) -> Result<Vec<QuotaLine>> {
        let rows = sqlx::query!(
            r#"
            select
              m.key, m.label, m.kind, m.period, m.unit, e.quota as "plan?", q.at_limit as "rule!", q.quota, q.used, q.held as "held!",
              q.granted as "granted!",
              coalesce((
                select sum(g.amount - g.drawn)::bigint from quota_grants g
                where g.tenant_id = t.id and g.meter = m.key and g.expires_at > now()), 0) as "left!",
              o.tenant_id is not null as "overridden!", o.quota as "own?", o.reason as "reason?", o.created_by as "created_by?",
              o.created_at as "created_at?", o.expires_at as "expires_at?"
            from tenants t
            join quotas q on q.tenant_id = t.id
            join meters m on m.key = q.meter
            left join plan_entitlements e on e.plan_version_id = t.plan_version_id and e.meter = m.key
            left join entitlement_overrides o on o.tenant_id = t.id and o.meter = m.key and (o.expires_at is null or o.expires_at > now())
            where t.id = $1
            order by m.position, m.key
            "#,
            tenant.id.0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                let overridden = match (row.reason, row.created_by, row.created_at) {
                    (Some(reason), Some(created_by), Some(created_at)) if row.overridden => {
                        Some(Standing { quota: row.own, reason, created_by, created_at, expires_at: row.expires_at })
                    }
                    _ => None,
                };
                Ok(QuotaLine {
                    meter: row.key,
                    label: row.label,
                    kind: stored(row.kind.parse())?,
                    period: row.period,
                    unit: stored(row.unit.parse())?,
                    plan: row.plan,
                    rule: stored(row.rule.parse())?,
                    overridden,
                    granted: row.left,
                    drawn: row.granted - row.left,
                    quota: row.quota,
                    used: row.used,
                    held: row.held,
                })
            })
            .collect()
    }

    /// # Errors
    /// `NotFound` for an unknown meter.
    pub async fn get_quota_line(&mut self, tenant: &Looked, meter: &str) -> Result<QuotaLine> {
        self.list_quota_lines(tenant).await?.into_iter().find(|line| line.meter == meter).ok_or(StoreError::NotFound)
    }

    /// The plan's name and version.
    pub async fn get_plan_name(&mut self, tenant: &Looked) -> Result<String> {
        let row = sqlx::query!(
            r#"
            select p.name, v.version
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            where t.id = $1
            "#,
            tenant.id.0,
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok(format!("{} {}", row.name, row.version))
    }
}
