//! The person's own account: name and time zone, password, second factor, sessions, light or dark, the tenants they belong to.
//!
//! Who changes the password or the second factor gives the password anew, and all other sessions end. Without script everything works.
//!
//! Routes: `/tenants`, `/account`, `/account/email/{token}` (email.rs); functions `account/…`, see [`server`].

pub mod islands;

#[cfg(feature = "ssr")]
pub mod email;
#[cfg(feature = "ssr")]
mod factor;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
mod profile;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
mod sessions;
