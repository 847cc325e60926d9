//! Who did what to whom, before and after; narrowed by actor, action, target and days. A tenant's own log for its owners and admins; all logs at
//! once, and the platform's own, for staff. The whole of a tenant's log can be downloaded and verified elsewhere, see `edge/audit.rs` and
//! `tenantry audit verify`; what staff look for is a file too, see `edge/audit_search.rs`.
//!
//! Routes: `/t/{slug}/audit`; for staff `/admin/tenants/{slug}/audit`, where the chain is verified too.

//! Routes: `/t/{slug}/audit`; `/admin/audit`.

pub mod console;
pub mod pages;
pub mod tenant;
