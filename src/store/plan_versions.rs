//! Plans as staff see them: versions that were published, who has them, and the draft of the next one.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::access::stored;
use super::entitlements::price;
use super::handle::PlatformRead;
use super::{Result, StoreError};
use crate::domain::entitlement::Entitlement;
use crate::domain::money::Usd;
use crate::domain::plan_terms::PlanTerms;

/// A plan with all its versions.
#[derive(Debug, Clone)]
pub struct PlanRecord {
    pub id: Uuid,
    pub key: String,
    pub name: String,
    pub position: i32,
    pub self_service: bool,
    pub archived_at: Option<DateTime<Utc>>,
    /// Of the plan itself; who changes it says it again.
    pub revision: i64,
    /// Published ones, newest first. A plan that was never published has none.
    pub versions: Vec<VersionLine>,
    pub draft: Option<DraftLine>,
}

impl PlanRecord {
    /// The version that is sold, or would be if the plan were.
    pub fn newest(&self) -> Option<&VersionLine> {
        self.versions.first()
    }

    /// # Errors
    /// `NotFound` for a number that was not published.
    pub fn version(&self, number: i32) -> Result<&VersionLine> {
        self.versions.iter().find(|version| version.number == number).ok_or(StoreError::NotFound)
    }

    /// Tenants that have some version of it.
    pub fn tenants(&self) -> i64 {
        self.versions.iter().map(|version| version.tenants).sum()
    }
}

#[derive(Debug, Clone)]
pub struct VersionLine {
    pub(super) id: Uuid,
    pub number: i32,
    pub price: Usd,
    pub published_at: DateTime<Utc>,
    /// Nobody for the catalogue that the platform came with.
    pub published_by: Option<String>,
    /// Deleted ones left out.
    pub tenants: i64,
}

#[derive(Debug, Clone)]
pub struct DraftLine {
    pub id: Uuid,
    pub number: i32,
    pub revision: i64,
    pub changed_at: DateTime<Utc>,
    pub changed_by: Option<String>,
}

/// So many tenants would be over their limit of a meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverLimit {
    pub label: String,
    pub tenants: i64,
}

/// What a version costs and grants.
pub(super) async fn terms(conn: &mut PgConnection, version: Uuid) -> Result<PlanTerms> {
    let head = sqlx::query!(
        r#"
        select
          v.price_usd,
          array(
            select g.feature
            from plan_features g
            join features f on f.key = g.feature
            where g.plan_version_id = v.id
            order by f.position, f.key
          ) as "features!"
        from plan_versions v
        where v.id = $1
        "#,
        version,
    )
    .fetch_one(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        r#"
        select m.key, e.quota as "quota?", coalesce(e.at_limit, 'block') as "rule!", e.overage_price_usd as "usd?", e.overage_per as "per?"
        from meters m
        left join plan_entitlements e on e.meter = m.key and e.plan_version_id = $1
        order by m.position, m.key
        "#,
        version,
    )
    .fetch_all(conn)
    .await?;
    let entitlements = rows
        .into_iter()
        .map(|row| Ok((row.key, Entitlement { quota: row.quota, rule: stored(row.rule.parse())?, overage: price(row.usd, row.per) })))
        .collect::<Result<_>>()?;
    Ok(PlanTerms { price: Usd(head.price_usd), entitlements, features: head.features })
}

impl PlatformRead {
    /// All plans, those too that are archived or were never published.
    pub async fn list_plan_records(&mut self) -> Result<Vec<PlanRecord>> {
        let plans = sqlx::query!("select id, key, name, position, self_service, archived_at, revision from plans order by position, key")
            .fetch_all(self.tx.conn())
            .await?;
        let versions = sqlx::query!(
            r#"
            select
              v.id, v.plan_id, v.version, v.price_usd, v.published_at, v.published_by, v.revision, v.changed_at, v.changed_by,
              (select count(*) from tenants t where t.plan_version_id = v.id and t.status <> 'deleted') as "tenants!"
            from plan_versions v
            order by v.version desc
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(plans
            .into_iter()
            .map(|plan| {
                let mut record = PlanRecord {
                    id: plan.id,
                    key: plan.key,
                    name: plan.name,
                    position: plan.position,
                    self_service: plan.self_service,
                    archived_at: plan.archived_at,
                    revision: plan.revision,
                    versions: Vec::new(),
                    draft: None,
                };
                for row in versions.iter().filter(|row| row.plan_id == plan.id) {
                    match row.published_at {
                        Some(published_at) => record.versions.push(VersionLine {
                            id: row.id,
                            number: row.version,
                            price: Usd(row.price_usd),
                            published_at,
                            published_by: row.published_by.clone(),
                            tenants: row.tenants,
                        }),
                        None => {
                            record.draft = Some(DraftLine {
                                id: row.id,
                                number: row.version,
                                revision: row.revision,
                                changed_at: row.changed_at,
                                changed_by: row.changed_by.clone(),
                            });
                        }
                    }
                }
                record
            })
            .collect())
    }

    /// # Errors
    /// `NotFound`.
    pub async fn get_plan_record(&mut self, key: &str) -> Result<PlanRecord> {
        self.list_plan_records().await?.into_iter().find(|plan| plan.key == key).ok_or(StoreError::NotFound)
    }

    /// What a published version costs and grants.
    pub async fn version_terms(&mut self, version: &VersionLine) -> Result<PlanTerms> {
        terms(self.tx.conn(), version.id).await
    }

    pub async fn draft_terms(&mut self, draft: &DraftLine) -> Result<PlanTerms> {
        terms(self.tx.conn(), draft.id).await
    }

    /// How many tenants of these versions would be over which limit of the draft.
    pub async fn over_in_draft(&mut self, from: &[VersionLine], draft: &DraftLine) -> Result<Vec<OverLimit>> {
        self.over_limits(from, draft.id).await
    }

    /// How many tenants of these versions would be over which limit of a published one.
    pub async fn over_in_version(&mut self, from: &[VersionLine], to: &VersionLine) -> Result<Vec<OverLimit>> {
        self.over_limits(from, to.id).await
    }

    async fn over_limits(&mut self, from: &[VersionLine], to: Uuid) -> Result<Vec<OverLimit>> {
        let from: Vec<Uuid> = from.iter().filter(|version| version.tenants > 0).map(|version| version.id).collect();
        Ok(sqlx::query_as!(
            OverLimit,
            r#"
            select m.label, o.tenants as "tenants!"
            from over_limits($1, $2) o
            join meters m on m.key = o.meter
            order by m.position, m.key
            "#,
            &from,
            to,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}
