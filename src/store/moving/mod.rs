//! A tenant that moves: out as an archive ([`export`]), in as a new tenant ([`import`]), whose own log says what came ([`imported`]).
//!
//! These few files write SQL that no macro checks: it is made from the list of tables ([`tables`]), so that what leaves and what comes in
//! is said once. Nothing of it comes from an archive but values, which are parameters.

pub mod export;
mod ids;
pub mod import;
pub mod imported;
mod pack;
mod rows;
pub mod tables;
pub mod unpack;
