//! API keys: a tenant's own in its portal, the platform's in the console. Made, rotated with an overlap, revoked at once; shown once.
//!
//! Routes: `/t/{slug}/keys`, `/admin/keys`; functions `keys/create`, `keys/rotate`, `keys/revoke`, and the same under `platform-keys/`.
//! Every change writes its audit event in the same transaction.

pub mod console;
pub mod pages;
pub mod platform;
pub mod server;
mod view;
