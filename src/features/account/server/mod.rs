//! What people do to their own account: a file for each section of the page.

pub mod factor;
pub mod profile;
pub mod sessions;
