//! A tenant's knowledge documents: everybody reads them, members and above bring and delete them.
//!
//! Route: `/t/{slug}/knowledge`, the same below `{slug}.<host>`; function `knowledge/delete`. A document is uploaded to the page's own
//! path and downloaded below it: those two are plain routes, `edge/knowledge.rs`, for bytes do not fit into a form's text.

pub mod pages;
pub mod server;
