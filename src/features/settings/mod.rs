//! What owners set for their tenant: its name and slug, whether everybody needs a second factor, which models agents may run on; and how they end
//! it and bring it back. And the facts of a tenant that staff keep.
//!
//! Routes: `/t/{slug}/settings`, `/restore/{token}`; functions `settings/change`, `settings/slug`, `settings/models`, `settings/delete`,
//! `settings/restore`. For staff: `/admin/tenants/{slug}/settings` and the function `tenants/facts`.

pub mod aliases;
pub mod console;
pub mod deletion;
pub mod models;
pub mod pages;
pub mod restore;
pub mod server;
