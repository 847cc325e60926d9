//! Usage and cost: of one tenant, in its portal and in the console, and of the whole platform.
//!
//! Routes: `/t/{slug}/usage`, `/admin/tenants/{slug}/usage`, `/admin/usage`; the downloads beside them are the edge's. Changes nothing.

pub mod analytics;
mod body;
mod meters;
pub mod pages;
mod shares;
