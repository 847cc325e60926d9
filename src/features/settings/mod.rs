//! What owners set for their tenant: its name, whether everybody needs a second factor, which models agents may run on; and how they end it and bring it back.
//!
//! Routes: `/t/{slug}/settings`, `/restore/{token}`; functions `settings/change`, `settings/models`, `settings/delete`, `settings/restore`.

pub mod deletion;
pub mod models;
pub mod pages;
pub mod restore;
pub mod server;
