//! Components without state of their own.
pub mod dialog;
