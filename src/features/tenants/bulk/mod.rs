//! One action on many tenants. Routes: `/admin/bulk`, `/admin/bulk/{run}`; functions `bulk/draft`, `bulk/details`, `bulk/start`.
//!
//! Choosing changes nothing: first its page says what would happen to each tenant, or why nothing would. Begun, a job does one tenant after
//! the other, and the same page says how far it is and what has happened.

mod details;
pub mod list;
pub mod pages;
pub mod server;

use leptos::prelude::use_context;

use crate::domain::bulk::BulkAction;
use crate::domain::staff::StaffRole;

/// Whether the member of staff who looks at this page may do this to tenants.
pub(super) fn may(action: BulkAction) -> bool {
    use_context::<StaffRole>().is_some_and(|role| action.allowed_to(role))
}

/// Whether they may do anything to many at once: who may not has nothing to select tenants for.
pub(super) fn may_any() -> bool {
    BulkAction::ALL.into_iter().any(may)
}
