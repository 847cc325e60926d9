//! A tenant's agents: everybody sees them, members and above make, change, activate and delete them.
//!
//! Routes: `/t/{slug}/agents`, `/t/{slug}/agents/new`, `/t/{slug}/agents/{id}`, the same below `{slug}.<host>`; functions
//! `agents/create`, `agents/change`, `agents/activate`, `agents/delete`. At the limit nothing is made, and the pages say whom to ask.

pub mod form;
pub mod list;
pub mod server;
