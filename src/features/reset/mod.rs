//! A new password by mail: who asks learns nothing about accounts; who has the link sets a password, once, and is signed out everywhere.
//!
//! Routes: `/reset`, `/reset/{token}`; functions `reset/request`, `reset/set`.

pub mod pages;
pub mod server;
