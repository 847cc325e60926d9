//! Saved views of the list. Route: `/admin/views`; functions `views/save`, `views/change`, `views/delete`. Everybody of the staff has their
//! own, and sees those that others share.

pub mod pages;
pub mod server;
