//! Signing in and out. The same answer for a wrong password and an unknown e-mail; afterwards to `next` on this host, nowhere else.
//!
//! Routes: `/`, `/login`, `/logout`; functions `auth/sign-in`, `auth/sign-out`.

pub mod pages;
pub mod server;
