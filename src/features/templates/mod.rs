//! Templates, and tenants that come to be in steps: from a template, or as a clone. Until its last step such a tenant is open to nobody; what does
//! not succeed can be tried again, or deleted.
//!
//! Routes: `/admin/templates`, `/admin/templates/new`, `/admin/templates/{template}`, `/admin/tenants/{slug}/clone`,
//! `/admin/tenants/{slug}/provisioning`; functions `templates/create`, `templates/change`, `templates/delete`, `tenants/clone`,
//! `tenants/retry-steps`. Every change writes its event in the same transaction.

pub mod clone;
pub mod clone_server;
pub mod list;
pub mod one;
pub mod progress;
pub mod server;
