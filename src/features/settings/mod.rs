//! What owners set for their tenant: its name, and whether everybody needs a second factor; and how they end it and bring it back.
//!
//! Routes: `/t/{slug}/settings`, `/restore/{token}`; functions `settings/change`, `settings/delete`, `settings/restore`.

pub mod deletion;
pub mod pages;
pub mod restore;
pub mod server;
