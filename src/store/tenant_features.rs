//! The features of one tenant: what its plan has, and what staff switched on or off for it alone.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::handle::{PlatformRead, PlatformTx};
use super::usage_report::Looked;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::reason::Reason;
use crate::domain::slug::Slug;

#[derive(Debug, Clone)]
pub struct TenantFeature {
    pub key: String,
    pub label: String,
    pub in_plan: bool,
    /// What holds.
    pub enabled: bool,
    pub switched: Option<Switched>,
}

/// That staff said otherwise than the plan, or the same for whatever plan comes.
#[derive(Debug, Clone)]
pub struct Switched {
    pub enabled: bool,
    pub reason: String,
    pub by: String,
    pub at: DateTime<Utc>,
    /// `None` is until it is changed again.
    pub until: Option<DateTime<Utc>>,
}

impl PlatformRead {
    /// Every feature, in the catalogue's order.
    pub async fn list_tenant_features(&mut self, tenant: &Looked) -> Result<Vec<TenantFeature>> {
        let rows = sqlx::query!(
            r#"
            select
              f.key, f.label, h.in_plan as "in_plan!", h.enabled as "enabled!", o.enabled as "switched?", o.reason as "reason?",
              o.created_by as "created_by?", o.created_at as "created_at?", o.expires_at as "expires_at?"
            from features f
            join tenant_features h on h.feature = f.key and h.tenant_id = $1
            left join feature_overrides o on o.tenant_id = $1 and o.feature = f.key and (o.expires_at is null or o.expires_at > now())
            order by f.position, f.key
            "#,
            tenant.id.0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let features = rows.into_iter().map(|row| TenantFeature {
            key: row.key,
            label: row.label,
            in_plan: row.in_plan,
            enabled: row.enabled,
            switched: match (row.switched, row.reason, row.created_by, row.created_at) {
                (Some(enabled), Some(reason), Some(by), Some(at)) => Some(Switched { enabled, reason, by, at, until: row.expires_at }),
                _ => None,
            },
        });
        Ok(features.collect())
    }
}

fn as_json(enabled: bool, until: Option<DateTime<Utc>>) -> Value {
    json!({ "enabled": enabled, "until": until })
}

impl PlatformTx {
    /// Switches a feature on or off for one tenant, or back to what its plan says (`None`). Whoever asks next whether the tenant has it gets
    /// the new answer.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant; `Invalid` for an unknown feature.
    pub async fn switch_feature(
        &mut self,
        slug: &Slug,
        feature: &str,
        enabled: Option<bool>,
        reason: &Reason,
        until: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let known = sqlx::query_scalar!("select label from features where key = $1", feature).fetch_optional(self.read.tx.conn()).await?;
        if known.is_none() {
            return Err(StoreError::Invalid(crate::domain::FieldError::new("feature", "There is no such feature.")));
        }
        let before =
            sqlx::query!("select enabled, expires_at from feature_overrides where tenant_id = $1 and feature = $2", tenant.0, feature)
                .fetch_optional(self.read.tx.conn())
                .await?;
        match enabled {
            Some(enabled) => {
                sqlx::query!(
                    r#"
                    insert into feature_overrides (tenant_id, feature, enabled, reason, created_by, expires_at)
                    values ($1, $2, $3, $4, $5, $6)
                    on conflict on constraint feature_overrides_pkey do update
                    set enabled = excluded.enabled, reason = excluded.reason, created_by = excluded.created_by,
                        created_at = now(), expires_at = excluded.expires_at
                    "#,
                    tenant.0,
                    feature,
                    enabled,
                    reason.as_str(),
                    self.actor.name,
                    until,
                )
                .execute(self.read.tx.conn())
                .await?;
            }
            None if before.is_none() => return Ok(()),
            None => {
                sqlx::query!("delete from feature_overrides where tenant_id = $1 and feature = $2", tenant.0, feature)
                    .execute(self.read.tx.conn())
                    .await?;
            }
        }
        let before = before.map(|row| as_json(row.enabled, row.expires_at));
        let mut after = enabled.map_or_else(|| json!({ "as_plan": true }), |enabled| as_json(enabled, until));
        after["reason"] = json!(reason.as_str());
        self.audit(tenant, Action::FeatureSwitched, feature, before, Some(after)).await
    }
}
