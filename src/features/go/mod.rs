//! The command palette: jump to a page or a tenant, or say in plain words what is to be done; what it means is shown, and done once it is
//! confirmed. Ctrl-K opens it on every page of the console; `/admin/go` is the same without script.
//!
//! Routes: `/admin/go`, `/admin/go/help`; function `go/run`.

pub mod help;
pub mod pages;
pub mod preview;
pub mod server;

use crate::domain::command::{MeterWord, Vocabulary};
use crate::domain::staff::{MoveTenants, StaffCapability as _, StaffRole};
use crate::store::{PlatformRead, Result};
use crate::web::frame::console_pages;

/// A page by its address and name, and whether a role may open it.
type Gated = (&'static str, &'static str, fn(StaffRole) -> bool);

/// Pages that are in no menu, and that somebody may look for by name.
const FORMS: &[Gated] = &[("/admin/tenants/import", "Import a tenant", MoveTenants::allows)];

/// The words that the grammar takes from the platform as it is.
async fn vocabulary(read: &mut PlatformRead, role: StaffRole) -> Result<Vocabulary> {
    let plans = read.list_plans().await?.into_iter().map(|plan| (plan.key, plan.name)).collect();
    let meters = read.list_meters().await?;
    let forms = FORMS.iter().filter(|(.., allows)| allows(role)).map(|(href, label, _)| (*href, *label));
    Ok(Vocabulary {
        plans,
        meters: meters.into_iter().map(|meter| MeterWord { key: meter.key, label: meter.label, unit: meter.unit }).collect(),
        pages: console_pages(role).chain(forms).map(|(href, label)| (href.to_owned(), label.to_owned())).collect(),
    })
}
