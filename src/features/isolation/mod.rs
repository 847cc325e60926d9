//! Whether tenants are kept apart, checked on this installation and shown to who has to be shown: the latest result, those before it, each as
//! a file (`edge/isolation.rs`).
//!
//! Routes: `/admin/isolation`, `/admin/isolation/{check}`; function `isolation/check`.

pub mod pages;
mod result;
pub mod server;
