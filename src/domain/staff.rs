//! Who of the platform's own staff may do what: roles, and capabilities as types, named where a transaction over all tenants is opened.
//!
//! All staff may look at everything that the console shows; a capability is what changes something, or what gives a secret or data away.
//! The matrix of role and capability is this file; `tests/all/surface/staff.rs` keeps it as a golden table, and asks every function with
//! every role.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The role of a platform admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Everything, staff and platform keys too.
    Owner,
    /// Runs the platform's day: tenants, quotas, plans, jobs.
    Operator,
    /// Helps a tenant's people.
    Support,
    /// Plans, prices and invoices.
    Billing,
    /// Looks.
    ReadOnly,
}

impl StaffRole {
    pub const ALL: [StaffRole; 5] = [StaffRole::Owner, StaffRole::Operator, StaffRole::Support, StaffRole::Billing, StaffRole::ReadOnly];

    pub fn as_str(self) -> &'static str {
        match self {
            StaffRole::Owner => "owner",
            StaffRole::Operator => "operator",
            StaffRole::Support => "support",
            StaffRole::Billing => "billing",
            StaffRole::ReadOnly => "read_only",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            StaffRole::Owner => "Owner",
            StaffRole::Operator => "Operator",
            StaffRole::Support => "Support",
            StaffRole::Billing => "Billing",
            StaffRole::ReadOnly => "Read-only",
        }
    }

    /// What it is for, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            StaffRole::Owner => "Everything, staff, platform keys and purging tenants too.",
            StaffRole::Operator => "Runs the platform's day: tenants, quotas, plans, jobs and mail.",
            StaffRole::Support => "Helps tenants' people: invites, roles, sessions, a look at their portal.",
            StaffRole::Billing => "Plans, prices, invoices and credits.",
            StaffRole::ReadOnly => "Looks at everything that is no secret, changes nothing.",
        }
    }

    /// Whether it may do all that `other` may: what somebody may give away.
    pub fn covers(self, other: StaffRole) -> bool {
        match (self, other) {
            (StaffRole::Owner, _) => true,
            (_, StaffRole::Owner) => false,
            (_, _) => MATRIX.iter().all(|(_, roles)| !roles.contains(&other) || roles.contains(&self)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of the list.")]
pub struct UnknownRole;

impl FromStr for StaffRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        StaffRole::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

mod sealed {
    pub trait Sealed {}
}

/// Sealed: a capability cannot be made up elsewhere.
pub trait StaffCapability: sealed::Sealed + Send + Sync + 'static {
    /// Who has it beside owners, who have all.
    const ROLES: &'static [StaffRole];

    fn allows(role: StaffRole) -> bool {
        role == StaffRole::Owner || Self::ROLES.contains(&role)
    }
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident: $($role:ident)*),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl sealed::Sealed for $name {}
            impl StaffCapability for $name {
                const ROLES: &'static [StaffRole] = &[$(StaffRole::$role),*];
            }
        )+

        /// Every capability with the roles that have it beside owners.
        pub const MATRIX: &[(&str, &[StaffRole])] = &[$((stringify!($name), &[$(StaffRole::$role),*])),+];
    };
}

capabilities! {
    /// What every member of staff may do for themselves: keep views of lists, have their command explained.
    UseConsole: Operator Support Billing ReadOnly,
    /// Create tenants, change their facts, suspend and resume, extend trials, switch features, write to owners.
    ManageTenants: Operator,
    /// Delete and restore tenants.
    DeleteTenants: Operator,
    /// Remove a deleted tenant for good.
    PurgeTenants:,
    /// Take a tenant's data out of the platform, and bring it in.
    MoveTenants: Operator,
    /// Set overrides and grants.
    ManageQuotas: Operator,
    /// Invite people, change roles, end memberships and sessions, send links; look at a portal with support access.
    HelpTenants: Operator Support,
    /// Give tenants other plans; credits and invoices.
    ManageTenantPlans: Operator Billing,
    /// Plans, meters, prices, features, templates.
    ManageCatalogue: Operator Billing,
    /// Jobs and mails.
    ManageJobs: Operator,
    /// Acknowledge and assign alerts, answer requests.
    HandleAlerts: Operator Support Billing,
    /// What raises an alert, and whom it tells.
    ManageAlertRules: Operator,
    /// Run the checks of isolation.
    RunChecks: Operator,
    /// Make and revoke platform keys.
    ManagePlatformKeys:,
    /// Appoint staff, change their roles, end them.
    ManageStaff:,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_away_more_than_they_have() {
        let covered = |role: StaffRole| StaffRole::ALL.into_iter().filter(|other| role.covers(*other)).collect::<Vec<_>>();
        assert_eq!(covered(StaffRole::Owner), StaffRole::ALL);
        assert_eq!(covered(StaffRole::Operator), &StaffRole::ALL[1..]);
        assert_eq!(covered(StaffRole::Support), [StaffRole::Support, StaffRole::ReadOnly]);
        assert_eq!(covered(StaffRole::Billing), [StaffRole::Billing, StaffRole::ReadOnly]);
        assert_eq!(covered(StaffRole::ReadOnly), [StaffRole::ReadOnly]);
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in StaffRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("admin".parse::<StaffRole>(), Err(UnknownRole));
    }
}
