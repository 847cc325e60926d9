//! The portal of one tenant: its dashboard, for its own people.
//!
//! Routes: `/t/{slug}`, the same below `{slug}.<host>`.

pub mod pages;
