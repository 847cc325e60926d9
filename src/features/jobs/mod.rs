//! The queue for platform admins: what waits, runs, failed; to try again or to cancel.
//!
//! Route: `/admin/jobs`; functions `jobs/retry`, `jobs/cancel`.

pub mod pages;
pub mod server;
