//! The features of one tenant: its plan's, and those that staff switched on or off for it alone.
//!
//! Route: `/admin/tenants/{slug}/features`; function `features/switch`.

pub mod pages;
pub mod server;
