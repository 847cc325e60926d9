//! The server's outside: listener, layers, routes that are not pages.
//!
//! Layers from the outside in: panic guard, security headers, host, cross-site guard, size limit, session, router.

pub mod csv;
pub mod document;
pub mod guard;
pub mod headers;
pub mod health;
pub mod host;
pub mod router;
pub mod serve;

pub use router::{API_ROUTES, AppState, router};
