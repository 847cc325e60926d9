//! What a transaction inside a tenant may do, as a type: methods stand on `TenantTx<C>` for the capability `C` that they need.
//!
//! The matrix of role and capability is this file; `tests/roles.rs` keeps it as a golden table. What stands above each capability is shown to
//! people on the page “Roles”.

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

/// One capability: who has it.
#[derive(Debug, Clone, Copy)]
pub struct Right {
    pub name: &'static str,
    /// What it allows, as a sentence.
    words: &'static str,
    pub least: Role,
    pub scope: Option<Scope>,
}

impl Right {
    pub fn words(&self) -> &'static str {
        self.words.trim()
    }
}
/// Capabilities with which nothing is changed: what a support access may have too. Sealed by being a [`Capability`], and listed here.
pub trait Looks: Capability {}

impl Looks for ViewTenant {}

macro_rules! capabilities {
    ($($(#[doc = $doc:literal])+ $name:ident from $role:ident $(scope $scope:ident)?),+ $(,)?) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl sealed::Sealed for $name {}
            impl Capability for $name {
                const LEAST_ROLE: Role = Role::$role;
                const SCOPE: Option<Scope> = capabilities!(@scope $($scope)?);
            }
        )+

        /// Every capability with the least role and the scope that have it.
        pub const MATRIX: &[Right] = &[$(Right {
            name: stringify!($name),
            words: concat!($($doc),+),
            least: Role::$role,
            scope: capabilities!(@scope $($scope)?),
        }),+];
    };
    (@scope) => { None };
    (@scope $scope:ident) => { Some(Scope::$scope) };
}

capabilities! {
    /// See where the tenant stands: quotas, usage and cost, plan, agents, team, recent activity.
    ViewTenant from Viewer scope Read,
    /// Ask for quota and report what was used.
    UseQuota from Member scope Usage,
    /// Make, change and delete agents, knowledge documents and conversations.
    ManageAgents from Member scope Resources,
    /// Invite people, change roles and remove members, up to one's own role.
    ManageTeam from Admin,
    /// Make another member the owner in their place.
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
    /// Change the settings: name, models, whether everybody needs a second factor.
    ManageSettings from Owner,
    /// Take everything out of the tenant, as an archive.
    ExportTenant from Owner,
    /// Delete the tenant.
    DeleteTenant from Owner,
}
