//! How a tenant looks: its admins change a draft, look at it, publish it, and go back to what was published before.
//!
//! Routes: `/t/{slug}/branding`, `/t/{slug}/branding/preview/{part}`, `/admin/tenants/{slug}/branding`; functions `branding/publish`,
//! `branding/discard`, `branding/use`. The form itself, images, CSS and mails: `edge/branding.rs`.

pub mod islands;

#[cfg(feature = "ssr")]
pub mod console;
#[cfg(feature = "ssr")]
mod form;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod preview;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
mod versions;
