//! Choosing, filling in, beginning.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::FieldError;
use crate::domain::bulk::{BulkAction, Details, DetailsForm};
use crate::domain::ids::BulkId;
use crate::domain::listing::TenantQuery;
use crate::domain::slug::Slug;
use crate::domain::staff::{ManageTenantPlans, ManageTenants, UseConsole};
use crate::store::PlatformTx;
use crate::store::access::PlatformAdmin;
use crate::store::bulk::Chosen;
use crate::web::error::answer;
use crate::web::request::{acting_admin, fresh_admin};
use crate::web::{Context, UiError};

/// With the capability that the action needs.
async fn open(admin: &PlatformAdmin, action: BulkAction) -> Result<PlatformTx, UiError> {
    let store = &Context::get().store;
    Ok(match action {
        BulkAction::Suspend | BulkAction::Resume | BulkAction::SwitchFeature | BulkAction::Message => {
            store.platform::<ManageTenants>(admin).await?
        }
        BulkAction::ChangePlan => store.platform::<ManageTenantPlans>(admin).await?,
    })
}

fn parse_run(run: &str) -> Result<BulkId, UiError> {
    run.parse().map(BulkId).map_err(|_| UiError::not_found())
}

/// Chooses tenants for an action: those that are ticked, or all of a view.
#[server(prefix = "/fn", endpoint = "bulk/draft", input = PostUrl)]
pub async fn draft_bulk(
    action: String,
    #[server(default)] which: String,
    #[server(default)] view: String,
    #[server(default)] tenant: Vec<String>,
) -> Result<(), UiError> {
    answer(try_draft(&action, &which, &view, &tenant).await)
}

async fn try_draft(action: &str, which: &str, view: &str, tenants: &[String]) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let action: BulkAction = action.parse().map_err(|error| UiError::field("action", error))?;
    let chosen = if which == "view" {
        let (view, errors) = TenantQuery::from_query(view);
        // What cannot be read must not become all tenants.
        if !errors.is_empty() {
            return Err(UiError::invalid(vec![FieldError::new("tenant", "This view cannot be read. Open the list anew.")]));
        }
        Chosen::View(view)
    } else {
        Chosen::Slugs(tenants.iter().filter_map(|slug| slug.parse::<Slug>().ok()).collect())
    };
    let mut tx = open(&admin, action).await?;
    let run = tx.draft_bulk(action, &chosen).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/bulk/{run}"));
    Ok(())
}

/// What the action needs besides tenants: a reason, a plan, a feature with its state and last day, a letter.
#[server(prefix = "/fn", endpoint = "bulk/details", input = PostUrl)]
#[allow(clippy::too_many_arguments, reason = "a function's arguments are the form's fields")]
pub async fn detail_bulk(
    run: String,
    #[server(default)] reason: String,
    #[server(default)] plan: String,
    #[server(default)] feature: String,
    #[server(default)] state: String,
    #[server(default)] until: String,
    #[server(default)] subject: String,
    #[server(default)] message: String,
) -> Result<(), UiError> {
    let form = DetailsForm { reason, plan, feature, state, until, subject, message };
    let typed = [
        ("reason", form.reason.as_str()),
        ("plan", &form.plan),
        ("feature", &form.feature),
        ("state", &form.state),
        ("until", &form.until),
        ("subject", &form.subject),
        ("message", &form.message),
    ];
    answer(try_detail(&run, &form).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_detail(run: &str, form: &DetailsForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let id = parse_run(run)?;
    let mut read = Context::get().store.platform_read(&admin).await?;
    let (found, now) = (read.get_bulk(id).await?, read.now().await?);
    drop(read);
    let details = Details::parse(found.action, form, now).map_err(UiError::invalid)?;
    let mut tx = open(&admin, found.action).await?;
    tx.detail_bulk(id, &details).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/bulk/{id}"));
    Ok(())
}

/// Begins: a job does it from now on.
#[server(prefix = "/fn", endpoint = "bulk/start", input = PostUrl)]
pub async fn start_bulk(run: String) -> Result<(), UiError> {
    answer(try_start(&run).await)
}

async fn try_start(run: &str) -> Result<(), UiError> {
    let admin = fresh_admin::<UseConsole>().await?;
    let id = parse_run(run)?;
    let found = Context::get().store.platform_read(&admin).await?.get_bulk(id).await?;
    let mut tx = open(&admin, found.action).await?;
    tx.start_bulk(id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/bulk/{id}"));
    Ok(())
}
