//! The command palette: jump to a page or a tenant, or say in plain words what is to be done; what it means is shown, and done once it is
//! confirmed. Ctrl-K opens it on every page of the console; `/admin/go` is the same without script.
//!
//! Routes: `/admin/go`, `/admin/go/help`; function `go/run`.

pub mod help;
pub mod pages;
pub mod preview;
pub mod server;

use crate::domain::command::{MeterWord, Vocabulary};
use crate::domain::staff::StaffRole;
use crate::store::{PlatformRead, Result};
use crate::web::frame::console_pages;

/// The words that the grammar takes from the platform as it is.
async fn vocabulary(read: &mut PlatformRead, role: StaffRole) -> Result<Vocabulary> {
    let plans = read.list_plans().await?.into_iter().map(|plan| (plan.key, plan.name)).collect();
    let meters = read.list_meters().await?;
    Ok(Vocabulary {
        plans,
        meters: meters.into_iter().map(|meter| MeterWord { key: meter.key, label: meter.label, unit: meter.unit }).collect(),
        pages: console_pages(role).map(|(href, label)| (href.to_owned(), label.to_owned())).collect(),
    })
}
