//! Custom domains: names that tenants bring. The page says which records to set, what DNS answers instead, and what to do; a proved name shows
//! the portal, and one of them can be its primary address.
//!
//! Routes: `/t/{slug}/domains`, and for staff, to look at, `/admin/tenants/{slug}/domains`; functions `domains/add`, `domains/check`,
//! `domains/primary`, `domains/remove`. Every change writes its audit event in the same transaction.

pub mod console;
pub mod pages;
pub mod server;
mod view;
mod words;
