//! Tenants in the console: find one, open it, create one, suspend and resume.
//!
//! Routes: `/admin/tenants`, `/admin/tenants/new`, `/admin/tenants/{slug}`; functions `tenants/create`, `tenants/check-slug`,
//! `tenants/suspend`, `tenants/resume`. Every change writes its audit event in the same transaction.

pub mod islands;

#[cfg(feature = "ssr")]
pub mod detail;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod new;
#[cfg(feature = "ssr")]
pub mod server;
