//! Plan and bills of one tenant: all plans beside its own usage, changing between them, invoices. What a change costs is shown to the cent before
//! it is confirmed; a change that is sent twice, from two windows or after going back, is one change.
//!
//! Routes: `/t/{slug}/plan`, `/t/{slug}/plan/{plan}`, `/t/{slug}/billing`, `/t/{slug}/billing/{number}`, `/admin/tenants/{slug}/billing`;
//! functions `plan/change`, `plan/cancel`, `plan/ask`, `billing/email`, `sales/answer`. Files of invoices: `edge/invoices.rs`.

pub mod account;
pub mod choose;
pub mod console;
mod downgrade;
pub mod invoice;
mod parts;
pub mod plans;
pub mod server;
mod upgrade;
