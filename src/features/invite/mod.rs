//! Accepting an invite: a link that works once, for the e-mail it was made for.
//!
//! Route: `/invite/{token}`; function `invite/accept`.

pub mod pages;
pub mod server;
