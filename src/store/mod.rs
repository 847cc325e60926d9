//! The only place with SQL: pools, transactions, evidence, and one file a noun.
//!
//! Whoever wants to touch a tenant's rows needs a [`handle::TenantTx`], and whoever wants one needs evidence from [`access`].
//! Knows no HTTP and no page.

pub mod access;
pub mod account_links;
pub mod accounts;
pub mod agents;
mod allocation;
pub mod api_rate;
pub mod audit;
pub mod audit_log;
pub mod billing;
mod billing_jobs;
pub mod branding;
mod callers;
pub mod catalog;
pub mod cluster;
pub mod dashboard;
pub mod demo;
pub mod documents;
pub mod domains;
pub mod entitlements;
pub mod error;
pub mod files;
pub mod grants;
mod guarded;
pub mod handle;
pub mod hosts;
pub mod imports;
pub mod invites;
pub mod inviting;
pub mod invoices;
pub mod job_list;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod members;
pub mod metering;
pub mod meters;
pub mod migrate;
pub mod model_prices;
pub mod model_rules;
pub mod notices;
pub mod overrides;
pub mod overview;
pub mod passwords;
pub mod plan_board;
pub mod plan_candidates;
pub mod plan_change;
pub mod plans;
pub mod platform_keys;
pub mod platform_usage;
mod pool;
mod refusals;
pub mod sales_requests;
pub mod second_factor;
pub mod sessions;
pub mod setup;
pub mod sign_up;
mod sweep;
pub mod tenant_deletion;
pub mod tenant_detail;
pub mod tenant_list;
pub mod tenant_quotas;
pub mod tenant_settings;
pub mod tenant_sheet;
pub mod tenant_usage;
pub mod tenants;
pub mod threads;
pub mod tokens;
pub mod uploads;
pub mod usage_events;
pub mod usage_report;

pub mod users;

pub use error::{Constraint, StoreError};
pub use handle::{PlatformRead, PlatformTx, PublicTx, Store, TenantTx, WorkerTx};

pub type Result<T> = std::result::Result<T, StoreError>;
