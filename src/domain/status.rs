//! The states of a tenant.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    Provisioning,
    Trial,
    Active,
    PastDue,
    Suspended,
    /// Soft: the data is kept for 30 days, then purged.
    Deleted,
}

impl TenantStatus {
    pub const ALL: [TenantStatus; 6] = [
        TenantStatus::Provisioning,
        TenantStatus::Trial,
        TenantStatus::Active,
        TenantStatus::PastDue,
        TenantStatus::Suspended,
        TenantStatus::Deleted,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            TenantStatus::Provisioning => "provisioning",
            TenantStatus::Trial => "trial",
            TenantStatus::Active => "active",
            TenantStatus::PastDue => "past_due",
            TenantStatus::Suspended => "suspended",
            TenantStatus::Deleted => "deleted",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            TenantStatus::Provisioning => "Provisioning",
            TenantStatus::Trial => "Trial",
            TenantStatus::Active => "Active",
            TenantStatus::PastDue => "Past due",
            TenantStatus::Suspended => "Suspended",
            TenantStatus::Deleted => "Deleted",
        }
    }

    /// Whether the tenant's people and keys may work in it.
    pub fn is_open(self) -> bool {
        match self {
            TenantStatus::Trial | TenantStatus::Active | TenantStatus::PastDue => true,
            TenantStatus::Provisioning | TenantStatus::Suspended | TenantStatus::Deleted => false,
        }
    }

    /// Whether the plan's price counts as revenue: trials and suspended tenants do not pay.
    pub fn pays(self) -> bool {
        match self {
            TenantStatus::Active | TenantStatus::PastDue => true,
            TenantStatus::Provisioning | TenantStatus::Trial | TenantStatus::Suspended | TenantStatus::Deleted => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose a state: provisioning, trial, active, past_due, suspended or deleted.")]
pub struct UnknownStatus;

impl FromStr for TenantStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        TenantStatus::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}
