//! Signing in and out. The same answer for a wrong password and an unknown e-mail; a code after it for who has a second factor, without
//! which the session is nobody's; afterwards to `next` on this host, nowhere else.
//!
//! Routes: `/`, `/login`, `/login/code`, `/logout`; functions `auth/sign-in`, `auth/code`, `auth/sign-out`.

pub mod pages;
pub mod server;
