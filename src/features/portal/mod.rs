//! The portal of one tenant: its dashboard and its team, for its own people.
//!
//! Routes: `/t/{slug}`, `/t/{slug}/team`, the same below `{slug}.<host>`; function `team/remove`.

pub mod pages;
pub mod server;
mod team;
