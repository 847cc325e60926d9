//! The tenant's audit log for its owners and admins: who did what to whom, before and after; narrowed by actor, action, target and days.
//! The whole of it can be downloaded and verified elsewhere, see `edge/audit.rs` and `tenantry audit verify`.
//!
//! Route: `/t/{slug}/audit`.

mod change;
pub mod pages;
