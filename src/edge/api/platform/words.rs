//! Tenants as JSON, for those who see all of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::json::whole_or_none;
use super::super::problem::Problem;
use super::super::schema::{billing_email_or_null, tags_or_null, template_or_null};
use crate::domain::money::Usd;
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::slug::Slug;
use crate::store::tenant_detail::TenantDetail;
use crate::store::tenant_list::TenantRow;

/// `847.32`: dollars and cents as text, so that nobody computes with a float.
pub(super) fn usd(amount: Usd) -> String {
    format!("{:.2}", amount.0.round_dp(2))
}

/// A slug of an address; whatever cannot be one, does not exist.
pub fn slug(text: &str) -> Result<Slug, Problem> {
    text.parse().map_err(|_| crate::store::StoreError::NotFound.into())
}

/// Why it is done, as this field of the body says it.
pub fn reason(field: &str, text: &str) -> Result<Reason, Problem> {
    text.parse().map_err(|error: ReasonError| Problem::field(field, error))
}

/// Parameters of the list, as in the console's own address.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Name, slug or owner e-mail contain these words; or a line of filters, as in the console: `acme plan:pro tokens:>80%`.
    #[param(max_length = 500)]
    pub q: Option<String>,
    /// `provisioning`, `trial`, `active`, `past_due`, `suspended` or `deleted`; all but deleted without.
    #[param(pattern = "^(provisioning|trial|active|past_due|suspended|deleted)$", example = "active")]
    pub status: Option<String>,
    /// A plan's key.
    #[param(pattern = "^[a-z0-9-]{1,40}$", example = "pro")]
    pub plan: Option<String>,
    /// `name`, `plan`, `status`, `agents`, `tokens`, `storage`, `cost`, `limit` (the fullest), `owner` or `created`; with `-` before it the
    /// other way round. Without, the order that suits `q`, else by name.
    #[param(pattern = "^-?(name|plan|status|agents|tokens|storage|cost|limit|owner|created)$", example = "-cost")]
    pub sort: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TenantPage {
    pub tenants: Vec<TenantLine>,
    /// Give it as `after` to get the next page; null on the last one.
    pub next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TenantLine {
    slug: String,
    name: String,
    status: String,
    /// The plan as people call it.
    plan_name: String,
    owner_email: String,
    trial_ends_at: Option<DateTime<Utc>>,
    agents: i64,
    /// Limits of null are unlimited.
    agents_limit: Option<i64>,
    /// Of this UTC month.
    tokens: i64,
    tokens_limit: Option<i64>,
    /// Usage cost of this UTC month, US dollars.
    #[schema(example = "847.32")]
    cost_usd: String,
}

impl From<TenantRow> for TenantLine {
    fn from(row: TenantRow) -> Self {
        Self {
            slug: row.slug.to_string(),
            name: row.name,
            status: row.status.as_str().to_owned(),
            plan_name: row.plan,
            owner_email: row.owner_email,
            trial_ends_at: row.trial_ends_at,
            agents: row.agents,
            agents_limit: row.agents_quota,
            tokens: row.tokens,
            tokens_limit: row.tokens_quota,
            cost_usd: usd(row.cost),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct TenantFacts {
    slug: String,
    name: String,
    status: String,
    status_since: DateTime<Utc>,
    /// Why it is suspended.
    status_reason: Option<String>,
    plan_name: String,
    plan_version: i32,
    /// A month, US dollars.
    #[schema(example = "49.00")]
    price_usd: String,
    trial_ends_at: Option<DateTime<Utc>>,
    owner_email: String,
    billing_email: String,
    /// Where its data is to be, two letters; null when nobody noted it.
    #[schema(example = "eu")]
    region: Option<String>,
    /// Words that staff find it by; its own people do not see them.
    tags: Vec<String>,
    /// Null when none is set.
    #[schema(example = "1000.00")]
    monthly_budget_usd: Option<String>,
    /// Usage cost of this UTC month, US dollars.
    #[schema(example = "847.32")]
    cost_usd: String,
    created_at: DateTime<Utc>,
    members: i64,
    agents: i64,
    /// Limits of null are unlimited.
    agents_limit: Option<i64>,
    /// Of this UTC month.
    tokens: i64,
    tokens_limit: Option<i64>,
    storage_bytes: i64,
    storage_bytes_limit: Option<i64>,
}

impl From<TenantDetail> for TenantFacts {
    fn from(tenant: TenantDetail) -> Self {
        Self {
            slug: tenant.slug.to_string(),
            name: tenant.name,
            status: tenant.status.as_str().to_owned(),
            status_since: tenant.status_since,
            status_reason: tenant.status_reason,
            plan_name: tenant.plan,
            plan_version: tenant.plan_version,
            price_usd: usd(tenant.price),
            trial_ends_at: tenant.trial_ends_at,
            owner_email: tenant.owner_email,
            billing_email: tenant.billing_email,
            region: tenant.region.map(|region| region.as_str().to_owned()),
            tags: tenant.tags.as_slice().to_vec(),
            monthly_budget_usd: tenant.budget.map(usd),
            cost_usd: usd(tenant.cost),
            created_at: tenant.created_at,
            members: tenant.members.iter().map(|(_, n)| n).sum(),
            agents: tenant.agents,
            agents_limit: tenant.agents_quota,
            tokens: tenant.tokens,
            tokens_limit: tenant.tokens_quota,
            storage_bytes: tenant.storage_bytes,
            storage_bytes_limit: tenant.storage_quota,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    #[schema(min_length = 1, max_length = 120, format = "name", example = "Acme Corporation")]
    pub name: String,
    /// In addresses: lower-case letters, digits and hyphens.
    #[schema(min_length = 1, max_length = 40, format = "slug", example = "acme-corp")]
    pub slug: String,
    /// A plan's key.
    #[schema(format = "plan", example = "pro")]
    pub plan: String,
    #[schema(format = "email", example = "owner@acme.example")]
    pub owner_email: String,
    /// 0 or nothing starts the plan at once.
    #[serde(default, deserialize_with = "whole_or_none")]
    #[schema(maximum = 365, example = 14)]
    pub trial_days: Option<u16>,
    /// US dollars.
    #[serde(default)]
    #[schema(format = "decimal", example = "1000.00")]
    pub monthly_budget_usd: Option<String>,
    /// Else the owner's.
    #[serde(default)]
    #[schema(schema_with = billing_email_or_null)]
    pub billing_email: Option<String>,
    /// The key of a template to begin with. The tenant is then made in steps: its status is `provisioning` until they are done.
    #[serde(default)]
    #[schema(schema_with = template_or_null)]
    pub template: Option<String>,
    /// With the template's made-up documents and conversations; without a template with those of `customer-support`.
    #[serde(default)]
    pub sample_data: bool,
}

#[derive(Serialize, ToSchema)]
pub struct MadeTenant {
    pub slug: String,
    pub status: String,
    /// Hand it to the owner: it works once, for 7 days. Null while the tenant is made in steps.
    pub setup_url: Option<String>,
    /// Where its steps can be followed; null when there are none.
    pub steps_url: Option<String>,
}

/// A field that is missing stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantChange {
    #[serde(default)]
    #[schema(min_length = 1, max_length = 120, format = "name")]
    pub name: Option<String>,
    /// The one before is kept for it: it still finds the tenant, and nobody else gets it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, format = "slug", example = "acme-corp")]
    pub slug: Option<String>,
    #[serde(default)]
    #[schema(schema_with = billing_email_or_null)]
    pub billing_email: Option<String>,
    /// `au`, `br`, `ca`, `ch`, `eu`, `in`, `jp`, `sg`, `uk` or `us`; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, pattern = "^(au|br|ca|ch|eu|in|jp|sg|uk|us)$", example = "eu")]
    pub region: Option<Option<String>>,
    #[serde(default)]
    #[schema(schema_with = tags_or_null)]
    pub tags: Option<Vec<String>>,
    /// US dollars; null takes the budget away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = "decimal", example = "1000.00")]
    pub monthly_budget_usd: Option<Option<String>>,
}

/// Tells null from a field that is missing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspend {
    /// The tenant's people read it.
    #[schema(min_length = 1, max_length = 300, format = "prose", example = "Unpaid since May.")]
    pub reason: String,
}

/// Why something is given back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// Stands in the tenant's audit log.
    #[param(min_length = 1, max_length = 300, format = "prose", example = "The deal is over.")]
    pub reason: String,
}

#[derive(Serialize, ToSchema)]
pub struct Status {
    pub slug: String,
    #[schema(example = "suspended")]
    pub status: String,
}

#[derive(Serialize, ToSchema)]
pub struct DeletedTenant {
    pub slug: String,
    #[schema(example = "deleted")]
    pub status: String,
    /// From then on it is gone for good.
    pub restorable_until: DateTime<Utc>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    #[schema(format = "email", example = "new@acme.example")]
    pub email: String,
    /// `owner`, `admin`, `member` or `viewer`.
    #[schema(pattern = "^(owner|admin|member|viewer)$", example = "member")]
    pub role: String,
}

#[derive(Serialize, ToSchema)]
pub struct MadeInvite {
    pub email: String,
    pub role: String,
    /// Hand it to the person: it works once, for 7 days.
    pub invite_url: String,
}
