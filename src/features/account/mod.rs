//! The person's own account: the tenants they belong to, their sessions, light or dark.
//!
//! Routes: `/tenants`, `/account`, `/account/email/{token}` (email.rs); functions `account/revoke-session`, `account/revoke-others`, `account/theme`.

pub mod islands;

#[cfg(feature = "ssr")]
pub mod email;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;
