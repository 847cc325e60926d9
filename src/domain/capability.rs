//! What a transaction inside a tenant may do, as a type: methods stand on `TenantTx<C>` for the capability `C` that they need.
//!
//! The matrix of role and capability is this file; `tests/roles.rs` keeps it as a golden table.

use super::role::Role;

mod sealed {
    pub trait Sealed {}
}

/// Sealed: a capability cannot be made up elsewhere.
pub trait Capability: sealed::Sealed + Send + Sync + 'static {
    /// The least role that has it.
    const LEAST_ROLE: Role;

    fn allows(role: Role) -> bool {
        role >= Self::LEAST_ROLE
    }
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident from $role:ident),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl sealed::Sealed for $name {}
            impl Capability for $name {
                const LEAST_ROLE: Role = Role::$role;
            }
        )+

        /// Every capability with the least role that has it.
        pub const MATRIX: &[(&str, Role)] = &[$((stringify!($name), Role::$role)),+];
    };
}

capabilities! {
    /// See the dashboard: quotas, cost, team, recent activity.
    ViewTenant from Viewer,
    /// Ask for quota, report usage.
    UseQuota from Member,
    /// Invite and remove members.
    ManageTeam from Admin,
}
