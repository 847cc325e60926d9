//! What is sold and counted, as data: plans, meters, prices of models. Every change writes its platform event in the same transaction.
//!
//! Routes: `/admin/plans`, `/admin/plans/{plan}/{meter}`, `/admin/meters`, `/admin/meters/new`, `/admin/meters/{meter}`, `/admin/prices`,
//! `/admin/prices/new`; functions `plans/change`, `meters/create`, `meters/change`, `prices/add`.

pub mod entitlement;
pub mod meter;
pub mod meters;
pub mod plans;
pub mod prices;
pub mod server;
