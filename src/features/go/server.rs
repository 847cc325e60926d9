//! `go/run`: what was shown, done. By the same functions of the store as everywhere, with their capabilities and audit events.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::vocabulary;
use crate::domain::command::{Becomes, Change, Command, parse};
use crate::domain::listing::encode;
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::slug::Slug;
use crate::domain::staff::{ManageQuotas, ManageTenantPlans, ManageTenants, StaffRole, UseConsole};
use crate::store::access::PlatformAdmin;
use crate::store::overrides::QuotaChange;
use crate::store::{PlatformRead, Store};
use crate::web::error::{Kind, answer};
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

/// Does what a command says, as it was shown: `was` is what stood there then.
#[server(prefix = "/fn", endpoint = "go/run", input = PostUrl)]
pub async fn run_command(command: String, was: String, #[server(default)] reason: String) -> Result<(), UiError> {
    answer(try_run(&command, &was, &reason).await.map_err(|error| error.with_typed(&[("reason", &reason)])))
}

async fn try_run(command: &str, was: &str, reason: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let store = &Context::get().store;
    let mut read = store.platform_read_for::<UseConsole>(&admin).await?;
    let words = vocabulary(&mut read, StaffRole::ReadOnly).await?;
    drop(read);
    let Ok(Command::Change(change)) = parse(command, &words) else {
        return Err(UiError::new(Kind::Invalid, "This is no command that changes something. Type it again."));
    };
    let slug: Slug = change.tenant.parse().map_err(|_| UiError::not_found())?;
    run(store, &admin, &slug, &change, was, reason).await?;
    leptos_axum::redirect(&format!("/admin/go?done=run&q={}", encode(&change.to_string())));
    Ok(())
}

fn parse_reason(reason: &str) -> Result<Reason, UiError> {
    reason.parse().map_err(|error: ReasonError| UiError::field("reason", error.to_string()))
}

fn changed_meanwhile(still: bool) -> Result<(), UiError> {
    match still {
        true => Ok(()),
        false => Err(UiError::new(Kind::Conflict, "Somebody else changed this meanwhile. Look at what is there now, then confirm again.")),
    }
}

/// State and plan of the tenant as they stand in this transaction.
async fn standing(read: &mut PlatformRead, slug: &Slug) -> Result<(String, String), UiError> {
    let found = read.find_tenants(slug.as_str(), 1).await?;
    let tenant = found.into_iter().find(|tenant| tenant.slug == *slug).ok_or_else(UiError::not_found)?;
    Ok((tenant.status.as_str().to_owned(), tenant.plan.0))
}

async fn run(store: &Store, admin: &PlatformAdmin, slug: &Slug, change: &Change, was: &str, reason: &str) -> Result<(), UiError> {
    match &change.to {
        Becomes::OnPlan(plan) => {
            let mut tx = store.platform::<ManageTenantPlans>(admin).await?;
            changed_meanwhile(standing(&mut tx, slug).await?.1 == was)?;
            tx.change_plan(slug, plan).await?;
            tx.commit().await?;
        }
        Becomes::Suspended { .. } => {
            let mut tx = store.platform::<ManageTenants>(admin).await?;
            let reason = parse_reason(reason)?;
            changed_meanwhile(standing(&mut tx, slug).await?.0 == was)?;
            tx.suspend_tenant(slug, &reason).await?;
            tx.commit().await?;
        }
        Becomes::Resumed => {
            let mut tx = store.platform::<ManageTenants>(admin).await?;
            changed_meanwhile(standing(&mut tx, slug).await?.0 == was)?;
            tx.resume_tenant(slug).await?;
            tx.commit().await?;
        }
        Becomes::Limited(meter, quota, _) => {
            let mut tx = store.platform::<ManageQuotas>(admin).await?;
            let reason = parse_reason(reason)?;
            let looked = tx.look_at(slug).await?;
            let now = tx.get_quota_line(&looked, meter).await?.quota;
            changed_meanwhile(now.map_or_else(|| "unlimited".to_owned(), |quota| quota.to_string()) == was)?;
            tx.change_quotas(slug, &[(meter, QuotaChange::to(*quota))], &reason).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
