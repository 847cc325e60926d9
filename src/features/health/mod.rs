//! How the platform is, and what deserves a look: this server's requests, the database, the queue, mail, disks, busy tenants, slow statements;
//! alerts, who has seen them and whose they are; the rules that raise some of them.
//!
//! Routes: `/admin/health`, `/admin/health/alerts`, `/admin/health/rules` (`/new`, `/{rule}`); functions `alerts/acknowledge`, `alerts/assign`,
//! `alert-rules/create`, `alert-rules/change`, `alert-rules/delete`.

mod alerts;
pub mod figures;
pub mod list;
pub mod rule;
pub mod rules;
pub mod server;
mod traffic;
