//! What owners set for their tenant: its name, and whether everybody needs a second factor.
//!
//! Route: `/t/{slug}/settings`; function `settings/change`.

pub mod pages;
pub mod server;
