//! What platform admins do to the life of a tenant: suspend and resume, trial, payment, delete and restore.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::last_day;
use crate::domain::mail::Notice;
use crate::domain::reason::{Reason, ReasonError};
use crate::domain::slug::Slug;
use crate::domain::staff::{DeleteTenants, ManageTenantPlans, ManageTenants};
use crate::domain::status::TenantStatus;
use crate::domain::when;
use crate::store::PlatformTx;
use crate::web::error::answer;
use crate::web::request::{acting_admin, fresh_admin};
use crate::web::{Context, UiError};

fn parse_slug(slug: &str) -> Result<Slug, UiError> {
    slug.parse().map_err(|_| UiError::not_found())
}

fn parse_reason(field: &str, text: &str) -> Result<Reason, UiError> {
    text.parse().map_err(|error: ReasonError| UiError::field(field, error))
}

fn back(slug: &Slug, done: &str) {
    leptos_axum::redirect(&format!("/admin/tenants/{slug}?done={done}"));
}

/// Writes to the owners of a tenant; `subject` follows its name.
async fn tell(tx: &mut PlatformTx, slug: &Slug, subject: &str, said: Vec<String>) -> Result<(), UiError> {
    let tenant = tx.look_back_at(slug).await?;
    let support = format!("Questions? Write to {}.", Context::get().site.support_email);
    let paragraphs = said.into_iter().chain([support]).collect();
    tx.tell_owners(slug, &Notice { subject: format!("{} {subject}", tenant.name), paragraphs, page: None }).await?;
    Ok(())
}

/// Suspends a tenant; its people see the reason. `tell` is empty, or anything else to write to its owners.
#[server(prefix = "/fn", endpoint = "tenants/suspend", input = PostUrl)]
pub async fn suspend_tenant(slug: String, reason: String, #[server(default)] tell: String) -> Result<(), UiError> {
    let suspended = try_suspend(&slug, &reason, !tell.is_empty()).await;
    answer(suspended.map_err(|error| error.with_typed(&[("reason", &reason), ("tell", &tell)])))
}

async fn try_suspend(slug: &str, reason: &str, told: bool) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    let reason = parse_reason("reason", reason)?;
    tx.suspend_tenant(&slug, &reason).await?;
    if told {
        let said = vec![
            "Its people and API keys are refused from now on. Nothing was deleted, and everything is there again when the suspension is lifted."
                .to_owned(),
            format!("Reason: {reason}"),
        ];
        tell(&mut tx, &slug, "is suspended", said).await?;
    }
    tx.commit().await?;
    back(&slug, "suspended");
    Ok(())
}

/// Takes back what staff did when they suspended a tenant.
#[server(prefix = "/fn", endpoint = "tenants/resume", input = PostUrl)]
pub async fn resume_tenant(slug: String) -> Result<(), UiError> {
    answer(try_resume(&slug).await)
}

async fn try_resume(slug: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    let status = tx.resume_tenant(&slug).await?;
    tx.commit().await?;
    back(&slug, if status == TenantStatus::Suspended { "still-unpaid" } else { "resumed" });
    Ok(())
}

/// Suspends a tenant for what it owes. `owed` is shown to its people.
#[server(prefix = "/fn", endpoint = "tenants/suspend-unpaid", input = PostUrl)]
pub async fn suspend_unpaid(slug: String, owed: String, #[server(default)] tell_unpaid: String) -> Result<(), UiError> {
    let suspended = try_unpaid(&slug, &owed, !tell_unpaid.is_empty()).await;
    answer(suspended.map_err(|error| error.with_typed(&[("owed", &owed), ("tell_unpaid", &tell_unpaid)])))
}

async fn try_unpaid(slug: &str, owed: &str, told: bool) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<ManageTenantPlans>(&admin).await?;
    let owed = parse_reason("owed", owed)?;
    tx.suspend_unpaid(&slug, &owed).await?;
    if told {
        let said = vec![
            "Its people and API keys are refused until the payment has arrived. Nothing was deleted.".to_owned(),
            format!("What is owed: {owed}"),
        ];
        tell(&mut tx, &slug, "is suspended for non-payment", said).await?;
    }
    tx.commit().await?;
    back(&slug, "unpaid");
    Ok(())
}

/// Notes that what was owed is paid.
#[server(prefix = "/fn", endpoint = "tenants/payment-arrived", input = PostUrl)]
pub async fn payment_arrived(slug: String) -> Result<(), UiError> {
    answer(try_paid(&slug).await)
}

async fn try_paid(slug: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<ManageTenantPlans>(&admin).await?;
    let status = tx.payment_arrived(&slug).await?;
    tx.commit().await?;
    back(&slug, if status == TenantStatus::Suspended { "still-held" } else { "paid" });
    Ok(())
}

/// Lets a trial go on until the end of a day.
#[server(prefix = "/fn", endpoint = "tenants/extend-trial", input = PostUrl)]
pub async fn extend_trial(slug: String, trial_until: String) -> Result<(), UiError> {
    answer(try_extend(&slug, &trial_until).await.map_err(|error| error.with_typed(&[("trial_until", &trial_until)])))
}

async fn try_extend(slug: &str, until: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    let until = last_day::parse_required(until, tx.now().await?).map_err(|error| UiError::field("trial_until", error))?;
    tx.extend_trial(&slug, until).await?;
    tx.commit().await?;
    back(&slug, "extended");
    Ok(())
}

/// Ends a trial now: the plan holds and is billed.
#[server(prefix = "/fn", endpoint = "tenants/convert-trial", input = PostUrl)]
pub async fn convert_trial(slug: String) -> Result<(), UiError> {
    answer(try_convert(&slug).await)
}

async fn try_convert(slug: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    tx.convert_trial(&slug).await?;
    tx.commit().await?;
    back(&slug, "converted");
    Ok(())
}

/// Deletes a tenant; for 30 days it can be restored. `confirm_slug` repeats its slug.
#[server(prefix = "/fn", endpoint = "tenants/delete", input = PostUrl)]
pub async fn delete_tenant(slug: String, confirm_slug: String, #[server(default)] tell_deleted: String) -> Result<(), UiError> {
    let deleted = try_delete(&slug, &confirm_slug, !tell_deleted.is_empty()).await;
    answer(deleted.map_err(|error| error.with_typed(&[("confirm_slug", &confirm_slug), ("tell_deleted", &tell_deleted)])))
}

async fn try_delete(slug: &str, typed: &str, told: bool) -> Result<(), UiError> {
    let admin = fresh_admin::<DeleteTenants>().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<DeleteTenants>(&admin).await?;
    let tenant = tx.look_at(&slug).await?;
    if typed.trim() != tenant.slug.as_str() {
        return Err(UiError::field("confirm_slug", format!("Type {} to confirm.", tenant.slug)));
    }
    let until = tx.delete_tenant(&tenant.slug).await?;
    if told {
        let said = vec![
            "Nobody can open it any more, and its API keys are refused.".to_owned(),
            format!(
                "Nothing is lost yet: until {} the platform can bring it back as it was. Then it is removed for good.",
                when::minute(until)
            ),
        ];
        tell(&mut tx, &tenant.slug, "was deleted", said).await?;
    }
    tx.commit().await?;
    back(&tenant.slug, "deleted");
    Ok(())
}

/// Gives a deleted tenant back the state that it had.
#[server(prefix = "/fn", endpoint = "tenants/restore", input = PostUrl)]
pub async fn restore_deleted(slug: String) -> Result<(), UiError> {
    answer(try_restore(&slug).await)
}

async fn try_restore(slug: &str) -> Result<(), UiError> {
    let admin = fresh_admin::<DeleteTenants>().await?;
    let slug = parse_slug(slug)?;
    let mut tx = Context::get().store.platform::<DeleteTenants>(&admin).await?;
    tx.restore_tenant(&slug).await?;
    tx.commit().await?;
    back(&slug, "restored");
    Ok(())
}
