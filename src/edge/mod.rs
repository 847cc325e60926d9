//! The server's outside: listener, layers, routes that are not pages.
//!
//! Layers from the outside in: panic guard, security headers, host, cross-site guard, size limit, session, support access, router. The machine API stands
//! outside of all but the first two: it looks at no host, cookie or origin, only at the key.

pub mod api;
pub mod audit;
pub mod audit_search;
mod branding;
mod branding_form;
pub mod csv;
pub mod download;
mod exports;
pub mod guard;
pub mod headers;
pub mod health;
pub mod host;
mod invoice_pdf;
pub mod invoices;
pub mod isolation;
pub mod knowledge;
mod live;
pub mod mail;
pub mod metrics;
mod pages;
pub mod router;
pub mod serve;
pub mod spool;
mod support;
mod team_import;
mod tenant_calls;
mod tenant_import;
mod tenants_csv;
mod tls_gate;
mod upload;

pub use router::{AppState, PLAIN_ROUTES, router};
