//! The setup wizard of a tenant that was signed up: a first agent, the team, logo and colour. Each step can be done, skipped or left; what is done
//! is seen from what there is.
//!
//! Route: `/t/{slug}/setup`; functions `setup/skip`, `setup/dismiss`. The steps' own forms go to the functions that other pages use too.

pub mod pages;
pub mod server;
