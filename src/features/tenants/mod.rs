//! Tenants in the console: find one, open it, create one, and what happens in its life: trial, suspension, payment, deletion; see [`bulk`] for
//! many at once, [`views`] for saved views.
//!
//! Routes: `/admin/tenants`, `/admin/tenants/new`, `/admin/tenants/{slug}`; functions `tenants/create`, `tenants/check-slug`,
//! `tenants/suspend`, `tenants/resume`, `tenants/suspend-unpaid`, `tenants/payment-arrived`, `tenants/extend-trial`, `tenants/convert-trial`,
//! `tenants/delete`, `tenants/restore`. Every change writes its audit event in the same transaction.

pub mod islands;

#[cfg(feature = "ssr")]
pub mod bulk;
#[cfg(feature = "ssr")]
mod consequences;
#[cfg(feature = "ssr")]
pub mod detail;
#[cfg(feature = "ssr")]
mod health;
#[cfg(feature = "ssr")]
mod imported;
#[cfg(feature = "ssr")]
mod life;
#[cfg(feature = "ssr")]
pub mod life_server;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod new;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod views;
