//! Pure types and rules: what a tenant, a role, a quota is. Builds for the server and for the browser.
//!
//! Knows no database, no network and no clock: time arrives as an argument.

pub mod accent;
pub mod activity;
pub mod agent;
#[cfg(feature = "ssr")]
pub mod alert;
pub mod allowance;
pub mod amount;
#[cfg(feature = "ssr")]
pub mod archive;
pub mod audit_change;
#[cfg(feature = "ssr")]
pub mod audit_event;
#[cfg(feature = "ssr")]
pub mod audit_filter;
#[cfg(feature = "ssr")]
pub mod audit_query;
pub mod billing;
pub mod branding;
#[cfg(feature = "ssr")]
pub mod bulk;
pub mod capability;
#[cfg(feature = "ssr")]
pub mod chain;
pub mod clone_form;
pub mod color;
#[cfg(feature = "ssr")]
pub mod command;
pub mod csv;
#[cfg(feature = "ssr")]
pub mod dns_report;
pub mod document;
#[cfg(feature = "ssr")]
pub mod domain_state;
pub mod downgrade;
pub mod email;
pub mod entitlement;
pub mod feature;
#[cfg(feature = "ssr")]
pub mod feature_switch;
pub mod forecast;
#[cfg(feature = "ssr")]
pub mod hostname;
pub mod ids;
pub mod invite;
#[cfg(feature = "ssr")]
pub mod isolation;
pub mod job;
pub mod key;
pub mod label;
pub mod last_day;
pub mod lifecycle;
pub mod limit;
pub mod listing;
pub mod local_path;
pub mod mail;
pub mod meter;
pub mod metering;
pub mod model_price;
pub mod model_rules;
pub mod money;
pub mod name;
pub mod new_meter;
pub mod new_tenant;
#[cfg(feature = "ssr")]
pub mod password;
pub mod payment;
#[cfg(feature = "ssr")]
pub mod picture;
pub mod plan_terms;
pub mod provision;
pub mod quantity;
pub mod queue_query;
pub mod quota;
pub mod reason;
#[cfg(feature = "ssr")]
pub mod receipt;
pub mod role;
#[cfg(feature = "ssr")]
pub mod roster;
pub mod sample;
pub mod second_code;
pub mod setup;
pub mod sign_up;
pub mod slug;
pub mod staff;
#[cfg(feature = "ssr")]
pub mod staff_facts;
pub mod status;
#[cfg(feature = "ssr")]
pub mod stylesheet;
pub mod team;
#[cfg(feature = "ssr")]
pub mod template;
pub mod tenant_line;
pub mod thread;
pub mod token;
#[cfg(feature = "ssr")]
pub mod totp;
#[cfg(feature = "ssr")]
pub mod traffic;
pub mod unit_price;
pub mod usage;
pub mod when;
#[cfg(feature = "ssr")]
pub mod zone;

/// What is wrong with one input, beside which field it belongs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: &str, message: impl ToString) -> Self {
        Self { field: field.to_owned(), message: message.to_string() }
    }
}
