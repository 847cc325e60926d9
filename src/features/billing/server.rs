//! What owners do about their plan, and staff about their questions.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use crate::domain::capability::ManageBilling;
use crate::domain::downgrade::ChoicesForm;
use crate::domain::email::{Email, EmailError};
use crate::domain::slug::Slug;
use crate::domain::staff::HandleAlerts;
use crate::store::plan_change::{Changed, Confirmed};
use crate::web::error::{Kind, answer};
use crate::web::request::{acting_admin, acting_member};
use crate::web::{Context, RequestInfo, UiError};

fn back(slug: &Slug, path: &str) {
    leptos_axum::redirect(&format!("{}{path}", RequestInfo::get().portal_base(slug)));
}

fn incomplete() -> UiError {
    UiError::new(Kind::Invalid, "The form was incomplete. Reload the page and try again.")
}

/// Changes the plan: to a dearer one at once, to a cheaper one when the period ends. `request` is what makes it happen once; `version` and
/// `day` are what the page had shown.
#[server(prefix = "/fn", endpoint = "plan/change", input = PostUrl)]
#[allow(clippy::too_many_arguments, reason = "a function's arguments are the form's fields")]
pub async fn change_plan(
    tenant: String,
    plan: String,
    version: String,
    day: String,
    request: String,
    #[server(default)] agents: String,
    #[server(default)] stay_agents: Vec<String>,
    #[server(default)] members: String,
    #[server(default)] stay_members: Vec<String>,
) -> Result<(), UiError> {
    let choices = ChoicesForm { agents, stay_agents, members, stay_members };
    let confirmed =
        || Some(Confirmed { plan: plan.clone(), request: request.parse().ok()?, version: version.parse().ok()?, day: day.parse().ok()? });
    let changed = try_change(&tenant, confirmed(), &choices).await;
    answer(changed.map_err(|error| {
        let typed = error.with_typed(&[("agents", &choices.agents), ("members", &choices.members)]);
        typed.with_ticked("stay_agents", &choices.stay_agents).with_ticked("stay_members", &choices.stay_members)
    }))
}

async fn try_change(tenant: &str, confirmed: Option<Confirmed>, choices: &ChoicesForm) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageBilling>(&member).await?;
    let confirmed = confirmed.ok_or_else(incomplete)?;
    let done = match tx.change_plan(&confirmed, choices).await? {
        Changed::Now => "changed",
        Changed::AtPeriodEnd => "scheduled",
        Changed::Refused(errors) => return Err(UiError::invalid(errors)),
    };
    tx.commit().await?;
    back(&slug, &format!("/plan?done={done}"));
    Ok(())
}

/// Takes back a change that waits.
#[server(prefix = "/fn", endpoint = "plan/cancel", input = PostUrl)]
pub async fn cancel_change(tenant: String, change: String) -> Result<(), UiError> {
    answer(try_cancel(&tenant, &change).await)
}

async fn try_cancel(tenant: &str, change: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageBilling>(&member).await?;
    let change: Uuid = change.parse().map_err(|_| UiError::not_found())?;
    tx.cancel_change(change).await?;
    tx.commit().await?;
    back(&slug, "/plan?done=cancelled");
    Ok(())
}

/// Asks about a plan that is not chosen on a page.
#[server(prefix = "/fn", endpoint = "plan/ask", input = PostUrl)]
pub async fn ask_about_plan(tenant: String, plan: String, request: String, message: String) -> Result<(), UiError> {
    answer(try_ask(&tenant, &plan, &request, &message).await.map_err(|error| error.with_typed(&[("message", &message)])))
}

const MAX_MESSAGE: usize = 400;

async fn try_ask(tenant: &str, plan: &str, request: &str, message: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageBilling>(&member).await?;
    let request: Uuid = request.parse().map_err(|_| incomplete())?;
    let message = message.trim();
    if message.is_empty() {
        return Err(UiError::field("message", "Say what you need, or what you would like to know."));
    }
    if message.chars().count() > MAX_MESSAGE {
        return Err(UiError::field("message", "Use at most 400 characters."));
    }
    if message.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
        return Err(UiError::field("message", "Leave out invisible characters."));
    }
    tx.ask_about_plan(request, plan, message).await?;
    tx.commit().await?;
    back(&slug, "/plan?done=asked");
    Ok(())
}

/// Sets where invoices go.
#[server(prefix = "/fn", endpoint = "billing/email", input = PostUrl)]
pub async fn set_billing_email(tenant: String, email: String) -> Result<(), UiError> {
    answer(try_set_email(&tenant, &email).await.map_err(|error| error.with_typed(&[("email", &email)])))
}

async fn try_set_email(tenant: &str, email: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageBilling>(&member).await?;
    let email: Email = email.parse().map_err(|error: EmailError| UiError::field("email", error))?;
    tx.set_billing_email(&email).await?;
    tx.commit().await?;
    back(&slug, "/billing?done=email");
    Ok(())
}

/// Puts a tenant's question aside as answered.
#[server(prefix = "/fn", endpoint = "sales/answer", input = PostUrl)]
pub async fn answer_request(slug: String, request: String) -> Result<(), UiError> {
    answer(try_answer(&slug, &request).await)
}

async fn try_answer(slug: &str, request: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
    let request: Uuid = request.parse().map_err(|_| UiError::not_found())?;
    let mut tx = Context::get().store.platform::<HandleAlerts>(&admin).await?;
    tx.answer_sales_request(&slug, request).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{slug}/billing?done=answered"));
    Ok(())
}
