//! What one tenant gets besides its plan: overrides and grants, set by platform admins. Every change stands in the tenant's audit chain, in the
//! transaction of the change.
//!
//! Routes: `/admin/tenants/{slug}/quotas`, `/admin/tenants/{slug}/quotas/{meter}`; functions `quotas/override`, `quotas/plan`,
//! `quotas/grant`, `quotas/end-grant`.

mod facts;
mod grants;
pub mod list;
pub mod one;
mod own;
pub mod server;
mod words;
