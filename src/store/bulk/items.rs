//! The tenants of a run: what has happened to each, or what would.

use super::super::Result;
use super::super::access::stored;
use super::super::handle::PlatformRead;
use super::BulkRun;
use crate::domain::bulk::{Details, Facts, FeatureNow, Outcome, Verdict, verdict};
use crate::domain::slug::Slug;

/// One tenant of a run.
#[derive(Debug, Clone)]
pub struct BulkItem {
    pub position: i32,
    pub slug: Slug,
    pub name: String,
    /// What has happened.
    pub outcome: Option<Outcome>,
    pub note: Option<String>,
    /// What would happen now.
    pub verdict: Option<Verdict>,
}

impl PlatformRead {
    /// The tenants of a run in their order, with what has happened to them and, as long as its details are known and nothing has, what would.
    pub async fn list_bulk_items(&mut self, run: &BulkRun, after: i32, only: Option<Outcome>, most: usize) -> Result<Vec<BulkItem>> {
        let feature = match &run.details {
            Some(Details::SwitchFeature { feature, .. }) => Some(feature.as_str()),
            _ => None,
        };
        let rows = sqlx::query!(
            r#"
            select
              i.position, i.outcome, i.note, t.slug, t.name, t.status, t.status_before, t.status_reason, t.unpaid_reason,
              coalesce(t.trial_ends_at <= now(), false) as "trial_over!", p.key as plan_key, p.name as plan,
              h.in_plan as "in_plan?", o.enabled as "switched?", o.expires_at as "until?", now() as "now!",
              (
                select count(*)
                from members m
                join users u on u.id = m.user_id and u.disabled_at is null
                where m.tenant_id = t.id and m.role = 'owner') as "owners!"
            from bulk_items i
            join tenants t on t.id = i.tenant_id
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            left join tenant_features h on h.tenant_id = t.id and h.feature = $5::text
            left join feature_overrides o
              on o.tenant_id = t.id and o.feature = $5::text and (o.expires_at is null or o.expires_at > now())
            where i.run_id = $1
              and i.position > $2
              and ($3::text is null or i.outcome = $3)
            order by i.position
            limit $4
            "#,
            run.id.0,
            after,
            only.map(Outcome::as_str),
            i64::try_from(most).unwrap_or(i64::MAX),
            feature,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                let facts = Facts {
                    status: stored(row.status.parse())?,
                    status_before: row.status_before.map(|before| stored(before.parse())).transpose()?,
                    held_reason: row.status_reason,
                    unpaid_reason: row.unpaid_reason,
                    trial_over: row.trial_over,
                    plan_key: row.plan_key,
                    plan: row.plan,
                    owners: row.owners,
                    feature: row.in_plan.map(|in_plan| FeatureNow { in_plan, switched: row.switched.map(|enabled| (enabled, row.until)) }),
                    now: row.now,
                };
                Ok(BulkItem {
                    position: row.position,
                    slug: stored(row.slug.parse())?,
                    name: row.name,
                    outcome: row.outcome.map(|outcome| stored(outcome.parse())).transpose()?,
                    note: row.note,
                    verdict: run.details.as_ref().map(|details| verdict(details, &facts)),
                })
            })
            .collect()
    }
}
