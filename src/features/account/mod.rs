//! The person's own account: the tenants they belong to, their sessions, light or dark.
//!
//! Routes: `/tenants`, `/account`; functions `account/revoke-session`, `account/revoke-others`, `account/theme`.

pub mod islands;

#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;
