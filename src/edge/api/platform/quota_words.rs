//! Quotas of one tenant as JSON, with where they come from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::json::{whole, whole_or_none};
use super::super::schema::last_day_or_null;
use crate::store::grants::Grant;
use crate::store::tenant_quotas::{QuotaLine, Standing};

#[derive(Serialize, ToSchema)]
pub struct TenantQuotas {
    pub slug: String,
    /// One a meter.
    pub quotas: Vec<MeterQuota>,
}

/// What holds for one meter. Limits of null are unlimited.
#[derive(Serialize, ToSchema)]
pub struct MeterQuota {
    #[schema(example = "tokens")]
    meter: String,
    #[schema(example = "Tokens")]
    label: String,
    /// `count` or `bytes`.
    #[schema(example = "count")]
    unit: String,
    /// What the plan grants.
    plan_limit: Option<i64>,
    /// What holds in the plan's place.
    #[serde(rename = "override")]
    own: Option<QuotaOverride>,
    /// Those that run, the next to run out first.
    grants: Vec<QuotaGrant>,
    /// What holds now, with all of that.
    limit: Option<i64>,
    /// Null for meters that leave nothing behind.
    used: Option<i64>,
    /// Of it by reservations.
    held: i64,
}

#[derive(Serialize, ToSchema)]
pub struct QuotaOverride {
    limit: Option<i64>,
    reason: String,
    set_by: String,
    set_at: DateTime<Utc>,
    /// From then on the plan's holds again; null for no end.
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct QuotaGrant {
    id: Uuid,
    amount: i64,
    used: i64,
    reason: String,
    granted_by: String,
    /// What is left then is gone.
    expires_at: DateTime<Utc>,
}

impl From<Standing> for QuotaOverride {
    fn from(standing: Standing) -> Self {
        Self {
            limit: standing.quota,
            reason: standing.reason,
            set_by: standing.created_by,
            set_at: standing.created_at,
            expires_at: standing.expires_at,
        }
    }
}

impl From<&Grant> for QuotaGrant {
    fn from(grant: &Grant) -> Self {
        Self {
            id: grant.id,
            amount: grant.amount,
            used: grant.drawn,
            reason: grant.reason.clone(),
            granted_by: grant.created_by.clone(),
            expires_at: grant.expires_at,
        }
    }
}

impl MeterQuota {
    /// `grants` are those of all meters.
    pub fn new(line: QuotaLine, grants: &[Grant]) -> Self {
        Self {
            grants: grants.iter().filter(|grant| grant.meter == line.meter).map(QuotaGrant::from).collect(),
            meter: line.meter,
            label: line.label,
            unit: line.unit.as_str().to_owned(),
            plan_limit: line.plan,
            own: line.overridden.map(QuotaOverride::from),
            limit: line.quota,
            used: line.used,
            held: line.held,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetQuota {
    /// In the meter's unit; null is unlimited.
    #[serde(deserialize_with = "whole_or_none")]
    #[schema(required = true, minimum = 0, maximum = 1_000_000_000_000_000_i64, example = 200)]
    pub limit: Option<i64>,
    /// Stands in the tenant's audit log.
    #[schema(min_length = 1, max_length = 300, format = "prose", example = "A deal of the year.")]
    pub reason: String,
    #[serde(default)]
    #[schema(schema_with = last_day_or_null)]
    pub until: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddGrant {
    /// In the meter's unit.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64, example = 5_000)]
    pub amount: i64,
    /// Stands in the tenant's audit log.
    #[schema(min_length = 1, max_length = 300, format = "prose", example = "Sorry for the outage.")]
    pub reason: String,
    /// Its last day, UTC, within ten years. What is left then is gone.
    #[schema(format = "last-day", example = "2027-12-31")]
    pub until: String,
}
