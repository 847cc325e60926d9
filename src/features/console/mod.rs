//! The console's overview: figures over all tenants, who costs most, who is near a limit.
//!
//! Route: `/admin`. Changes nothing.

pub mod pages;
