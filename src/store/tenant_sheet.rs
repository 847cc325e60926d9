//! A tenant as its own programs see it: state, plan, features, every meter.

use chrono::{DateTime, Utc};

use super::Result;
use super::handle::TenantTx;
use crate::domain::capability::ViewTenant;
use crate::domain::model_rules::ModelRules;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;

#[derive(Debug, Clone)]
pub struct TenantSheet {
    pub slug: Slug,
    pub name: String,
    pub status: TenantStatus,
    /// The plan's key.
    pub plan: String,
    /// Of a trial.
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// Keys of what the tenant has.
    pub features: Vec<String>,
    pub models: ModelRules,
    /// In the catalogue's order.
    pub meters: Vec<MeterLine>,
}

#[derive(Debug, Clone)]
pub struct MeterLine {
    pub meter: String,
    pub label: String,
    pub kind: String,
    pub unit: String,
    /// `None` for rates.
    pub used: Option<i64>,
    /// `None` is unlimited.
    pub limit: Option<i64>,
    pub resets_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureLine {
    pub key: String,
    pub enabled: bool,
}

impl TenantTx<ViewTenant> {
    pub async fn get_sheet(&mut self) -> Result<TenantSheet> {
        let row = sqlx::query!(
            r#"
            select p.key as plan, case when t.status = 'trial' then t.trial_ends_at end as trial_ends_at
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            where t.id = $1
            "#,
            self.head.id.0,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let features = self.list_features().await?.into_iter().filter(|feature| feature.enabled).map(|feature| feature.key).collect();
        Ok(TenantSheet {
            slug: self.head.slug.clone(),
            name: self.head.name.clone(),
            status: self.head.status,
            plan: row.plan,
            trial_ends_at: row.trial_ends_at,
            features,
            models: self.model_rules().await?,
            meters: self.list_meters().await?,
        })
    }

    async fn list_meters(&mut self) -> Result<Vec<MeterLine>> {
        Ok(sqlx::query_as!(
            MeterLine,
            r#"
            select m.key as meter, m.label, m.kind, m.unit, q.quota as "limit", q.used,
              case when m.kind = 'metered' then (date_trunc(m.period, now() at time zone 'utc') + ('1 ' || m.period)::interval) at time zone 'utc' end as resets_at
            from quotas q
            join meters m on m.key = q.meter
            where q.tenant_id = $1
            order by m.position, m.key
            "#,
            self.head.id.0,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// Every feature there is, in the catalogue's order, and whether the tenant has it: by its plan, or because staff said so.
    pub async fn list_features(&mut self) -> Result<Vec<FeatureLine>> {
        Ok(sqlx::query_as!(
            FeatureLine,
            r#"
            select f.key, h.enabled as "enabled!"
            from features f
            join tenant_features h on h.feature = f.key and h.tenant_id = $1
            order by f.position, f.key
            "#,
            self.head.id.0,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}
