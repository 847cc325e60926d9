//! What is sold and counted, as data: plans in versions, meters, features, prices of models. What a tenant bought does not change: plans change
//! in drafts, which become versions, and tenants move to them when they are moved. Every change writes its event in the same transaction.
//!
//! Routes: `/admin/plans`, `/admin/plans/new`, `/admin/plans/{plan}`, `/admin/plans/{plan}/draft`, `/admin/plans/{plan}/draft/{meter}`,
//! `/admin/plans/{plan}/move`, `/admin/plans/{plan}/moves/{move}`, `/admin/meters`, `/admin/meters/new`, `/admin/meters/{meter}`,
//! `/admin/features`, `/admin/features/new`, `/admin/features/{feature}`, `/admin/prices`, `/admin/prices/new`; functions `plans/create`,
//! `plans/facts`, `plans/archive`, `plans/draft`, `plans/change`, `plans/terms`, `plans/publish`, `plans/discard`, `plans/move`,
//! `plans/move-one`, `plans/resume-move`, `meters/create`, `meters/change`, `features/create`, `features/change`, `prices/add`.

pub mod draft;
pub mod entitlement;
pub mod features;
pub mod meter;
pub mod meters;
pub mod move_server;
pub mod moves;
pub mod moving;
pub mod new_plan;
pub mod plan;
pub mod plan_server;
pub mod plans;
pub mod prices;
pub mod server;
