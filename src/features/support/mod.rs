//! Support access: a member of staff looks at one tenant's portal for half an hour at most, with a reason, and changes nothing. Both sides
//! see it and can end it; both names stand in the tenant's audit log (security.md, C10).
//!
//! Route: `/admin/tenants/{slug}/support`; functions `support/begin`, `support/end` (by whoever looks), `support/stop` (by an owner of the
//! tenant). While a session looks, edge/support.rs refuses everything else that it sends.

pub mod pages;
pub mod server;
