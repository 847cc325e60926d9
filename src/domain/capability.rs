//! What a transaction inside a tenant may do, as a type: methods stand on `TenantTx<C>` for the capability `C` that they need.
//!
//! The matrix of role and capability is this file; `tests/roles.rs` keeps it as a golden table.

use super::key::Scope;
use super::role::Role;

mod sealed {
    pub trait Sealed {}
}

/// Sealed: a capability cannot be made up elsewhere.
pub trait Capability: sealed::Sealed + Send + Sync + 'static {
    /// The least role that has it.
    const LEAST_ROLE: Role;
    /// The scope with which an API key has it; `None` is for people only.
    const SCOPE: Option<Scope>;

    fn allows(role: Role) -> bool {
        role >= Self::LEAST_ROLE
    }
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident from $role:ident $(scope $scope:ident)?),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl sealed::Sealed for $name {}
            impl Capability for $name {
                const LEAST_ROLE: Role = Role::$role;
                const SCOPE: Option<Scope> = capabilities!(@scope $($scope)?);
            }
        )+

        /// Every capability with the least role and the scope that have it.
        pub const MATRIX: &[(&str, Role, Option<Scope>)] =
            &[$((stringify!($name), Role::$role, capabilities!(@scope $($scope)?))),+];
    };
    (@scope) => { None };
    (@scope $scope:ident) => { Some(Scope::$scope) };
}

capabilities! {
    /// See the dashboard: quotas, cost, team, recent activity.
    ViewTenant from Viewer scope Read,
    /// Ask for quota, report usage.
    UseQuota from Member scope Usage,
    /// Make, change and delete agents, knowledge documents and conversations; for keys also to read them.
    ManageAgents from Member scope Resources,
    /// Invite people, change roles and remove members, up to one's own role.
    ManageTeam from Admin,
    /// Make another member the owner in one's place.
    TransferTenant from Owner,
    /// Make, rotate and revoke API keys.
    ManageKeys from Admin,
    /// Add, check and remove domains, choose the primary one.
    ManageDomains from Admin,
    /// Read invoices and what the next one holds.
    SeeBilling from Admin,
    /// Change the plan and where invoices go.
    ManageBilling from Owner,
    /// Read and download the audit log.
    ReadAudit from Admin,
    /// See what is left to set up, skip steps of it.
    SetUpTenant from Admin,
    /// Change how the portal, the sign-in page and mails look, and publish it.
    ManageBranding from Admin,
    /// Change the tenant's name and whether everybody needs a second factor.
    ManageSettings from Owner,
    /// Delete the tenant.
    DeleteTenant from Owner,
}
