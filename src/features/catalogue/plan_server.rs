//! What platform admins do to plans: drafts, publishing, what holds for all versions.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use crate::domain::FieldError;
use crate::domain::entitlement::EntitlementForm;
use crate::domain::plan_terms::{self, PlanForm};
use crate::domain::staff::ManageCatalogue;
use crate::store::{Constraint, StoreError};
use crate::web::error::{Kind, answer};
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn incomplete() -> UiError {
    UiError::new(Kind::Invalid, "The form was incomplete. Reload the page and try again.")
}

fn refusal(error: StoreError) -> UiError {
    match error {
        StoreError::Conflict(Constraint::PlanKey) => UiError::field("key", "There is a plan with this key already. Choose another."),
        StoreError::Conflict(Constraint::PlanName) => UiError::field("name", "There is a plan with this name already. Choose another."),
        error => error.into(),
    }
}

/// Makes a plan that is not sold yet, with a draft like another plan's.
#[server(prefix = "/fn", endpoint = "plans/create", input = PostUrl)]
pub async fn create_plan(
    key: String,
    name: String,
    price: String,
    position: String,
    like: String,
    #[server(default)] self_service: String,
) -> Result<(), UiError> {
    let form = PlanForm { key, name, position, self_service, price, like };
    answer(try_create(&form).await.map_err(|error| {
        error.with_typed(&[
            ("key", &form.key),
            ("name", &form.name),
            ("price", &form.price),
            ("position", &form.position),
            ("like", &form.like),
            ("self_service", &form.self_service),
        ])
    }))
}

async fn try_create(form: &PlanForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let new = form.parse_new().map_err(UiError::invalid)?;
    tx.create_plan(&new).await.map_err(|error| match error {
        StoreError::NotFound => UiError::field("like", "There is no such plan."),
        error => refusal(error),
    })?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{}/draft?done=created", new.key));
    Ok(())
}

/// Changes name, position and who may choose a plan, for all its versions. `revision` is what the page showed.
#[server(prefix = "/fn", endpoint = "plans/facts", input = PostUrl)]
pub async fn change_plan(
    plan: String,
    revision: String,
    name: String,
    position: String,
    #[server(default)] self_service: String,
) -> Result<(), UiError> {
    let form = PlanForm { name, position, self_service, ..PlanForm::default() };
    answer(
        try_change_plan(&plan, &revision, &form)
            .await
            .map_err(|error| error.with_typed(&[("name", &form.name), ("position", &form.position), ("self_service", &form.self_service)])),
    )
}

async fn try_change_plan(plan: &str, revision: &str, form: &PlanForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let store = &Context::get().store;
    let mut tx = store.platform::<ManageCatalogue>(&admin).await?;
    let facts = form.parse_facts().map_err(UiError::invalid)?;
    let seen = revision.parse().map_err(|_| incomplete())?;
    tx.change_plan_facts(plan, seen, &facts).await.map_err(refusal)?;
    tx.commit().await?;
    // The lists of small platforms follow at once; the sweeper does the rest, and this when it fails.
    if let Err(cause) = store.summarize_changed_plans().await {
        tracing::warn!(%cause, "summaries did not follow a plan yet; the sweeper will see to it");
    }
    leptos_axum::redirect(&format!("/admin/plans/{plan}?done=changed"));
    Ok(())
}

/// Takes a plan off the list of what is sold (`archived` is `yes`), or puts it back.
#[server(prefix = "/fn", endpoint = "plans/archive", input = PostUrl)]
pub async fn archive_plan(plan: String, archived: String) -> Result<(), UiError> {
    answer(try_archive(&plan, archived == "yes").await)
}

async fn try_archive(plan: &str, archived: bool) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    tx.archive_plan(plan, archived).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{plan}?done={}", if archived { "archived" } else { "back" }));
    Ok(())
}

/// Begins the draft of a plan's next version, as a copy of the newest.
#[server(prefix = "/fn", endpoint = "plans/draft", input = PostUrl)]
pub async fn begin_draft(plan: String) -> Result<(), UiError> {
    answer(try_begin(&plan).await)
}

async fn try_begin(plan: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    tx.begin_draft(plan).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{plan}/draft?done=begun"));
    Ok(())
}

/// Changes what the draft of a plan grants of a meter; a draft is begun if there is none. `quota` of nothing is unlimited; `revision` is what
/// the page showed.
#[server(prefix = "/fn", endpoint = "plans/change", input = PostUrl)]
#[allow(clippy::too_many_arguments, reason = "a function's arguments are the form's fields")]
pub async fn change_entitlement(
    plan: String,
    meter: String,
    revision: String,
    #[server(default)] quota: String,
    #[server(default)] rule: String,
    #[server(default)] overage_price: String,
    #[server(default)] overage_per: String,
) -> Result<(), UiError> {
    let form = EntitlementForm { quota, rule, overage_price, overage_per };
    answer(try_change_entitlement(&plan, &meter, &revision, &form).await.map_err(|error| {
        error.with_typed(&[
            ("quota", &form.quota),
            ("rule", &form.rule),
            ("overage_price", &form.overage_price),
            ("overage_per", &form.overage_per),
        ])
    }))
}

async fn try_change_entitlement(plan: &str, meter: &str, revision: &str, form: &EntitlementForm) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let found = tx.get_meter(meter).await?;
    let granted = form.parse(found.kind, &found.key, found.unit).map_err(UiError::invalid)?;
    let seen = revision.parse().map_err(|_| incomplete())?;
    tx.change_entitlement(plan, meter, seen, &granted).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{plan}/draft?done=changed"));
    Ok(())
}

/// Changes price and features of a plan's draft.
#[server(prefix = "/fn", endpoint = "plans/terms", input = PostUrl)]
pub async fn change_draft(plan: String, revision: String, price: String, #[server(default)] features: Vec<String>) -> Result<(), UiError> {
    let keys = features.join(" ");
    answer(
        try_change_draft(&plan, &revision, &price, &features)
            .await
            .map_err(|error| error.with_typed(&[("price", &price), ("features", &keys)])),
    )
}

async fn try_change_draft(plan: &str, revision: &str, price: &str, features: &[String]) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let price = plan_terms::price(price).map_err(|error| UiError::invalid(vec![FieldError::new("price", error)]))?;
    let seen = revision.parse().map_err(|_| incomplete())?;
    tx.change_draft(plan, seen, price, features).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{plan}/draft?done=changed"));
    Ok(())
}

fn parse_draft(draft: &str, revision: &str) -> Result<(Uuid, i64), UiError> {
    Ok((draft.parse().map_err(|_| UiError::not_found())?, revision.parse().map_err(|_| incomplete())?))
}

/// The draft becomes the version that is sold. `draft` and `revision` are what the page showed.
#[server(prefix = "/fn", endpoint = "plans/publish", input = PostUrl)]
pub async fn publish_draft(plan: String, draft: String, revision: String) -> Result<(), UiError> {
    answer(try_publish(&plan, &draft, &revision).await)
}

async fn try_publish(plan: &str, draft: &str, revision: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let (draft, seen) = parse_draft(draft, revision)?;
    tx.publish_draft(plan, draft, seen).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/plans/{plan}?done=published"));
    Ok(())
}

/// Throws the draft away; what is sold stays as it is.
#[server(prefix = "/fn", endpoint = "plans/discard", input = PostUrl)]
pub async fn discard_draft(plan: String, draft: String, revision: String) -> Result<(), UiError> {
    answer(try_discard(&plan, &draft, &revision).await)
}

async fn try_discard(plan: &str, draft: &str, revision: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<ManageCatalogue>(&admin).await?;
    let (draft, seen) = parse_draft(draft, revision)?;
    let stays = tx.discard_draft(plan, draft, seen).await?;
    tx.commit().await?;
    leptos_axum::redirect(&if stays { format!("/admin/plans/{plan}?done=discarded") } else { "/admin/plans?done=discarded".to_owned() });
    Ok(())
}
