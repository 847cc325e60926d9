//! A tenant that goes: its archive, for owners and for staff, and its removal for good, with the receipt of that. And one that comes in from an
//! archive.
//!
//! Routes: `/t/{slug}/export`, `/admin/tenants/{slug}/export`, `/admin/tenants/import`, `/admin/tenants/{slug}/purge`, `/admin/purged`; functions
//! `moving/export`, `moving/export-tenant`, `moving/purge`. The files themselves are `edge/exports.rs` and `edge/tenant_import.rs`.

pub mod console;
pub mod import;
mod list;
pub mod portal;
pub mod purge;
pub mod purged;
