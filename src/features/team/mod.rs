//! A tenant's team: everybody sees who belongs to it and can leave; admins invite, change roles and remove, up to their own role; an owner
//! hands the tenant over. Nobody is invited beyond the plan's limit, the last owner stays, and what is sent twice is done once.
//!
//! Routes: `/t/{slug}/team`, `…/team/members/{id}`, `…/team/invites/{id}`, `…/team/import` (its upload comes in at `edge/team_import.rs`),
//! `…/team/import/{id}`, `/t/{slug}/roles`, the same below `{slug}.<host>`; functions `team/invite`, `team/resend`, `team/revoke`, `team/import`, `team/role`,
//! `team/remove`, `team/leave`, `team/transfer`.
//! `…/team/import/{id}`, the same below `{slug}.<host>`; functions `team/invite`, `team/resend`, `team/revoke`, `team/import`, `team/role`,
//! `team/remove`, `team/leave`, `team/transfer`. For staff: `/admin/tenants/{slug}/users` and the functions `users/…`.

pub mod console;
pub mod import;
pub mod invite;
pub mod inviting;
pub mod list;
pub mod member;
pub mod roles;
pub mod server;
mod words;
