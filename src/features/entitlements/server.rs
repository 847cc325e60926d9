//! `features/switch`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::feature_switch::Switch;
use crate::domain::slug::Slug;
use crate::domain::staff::ManageTenants;
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

/// Switches a feature for one tenant. `state` is `on`, `off` or `plan`; `until` of nothing has no end.
#[server(prefix = "/fn", endpoint = "features/switch", input = PostUrl)]
pub async fn switch_feature(
    slug: String,
    feature: String,
    state: String,
    reason: String,
    #[server(default)] until: String,
) -> Result<(), UiError> {
    let switched = try_switch(&slug, &feature, &state, &reason, &until).await;
    let typed = [("feature", feature.as_str()), ("state", &state), ("reason", &reason), ("until", &until)];
    answer(switched.map_err(|error| error.with_typed(&typed)))
}

async fn try_switch(slug: &str, feature: &str, state: &str, reason: &str, until: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
    let mut tx = Context::get().store.platform::<ManageTenants>(&admin).await?;
    let switch = Switch::parse(state, reason, until, tx.now().await?).map_err(UiError::invalid)?;
    tx.switch_feature(&slug, feature, switch.enabled, &switch.reason, switch.until).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{slug}/features?done=switched"));
    Ok(())
}
