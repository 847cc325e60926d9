//! `settings/change`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::capability::ManageSettings;
use crate::domain::name::Name;
use crate::store::StoreError;
use crate::web::error::answer;
use crate::web::request::acting_member;
use crate::web::{Context, RequestInfo, UiError};

/// Keeps the tenant's name and whether everybody needs a second factor; `require_second_factor` is empty or anything else.
#[server(prefix = "/fn", endpoint = "settings/change", input = PostUrl)]
pub async fn change_settings(tenant: String, name: String, #[server(default)] require_second_factor: String) -> Result<(), UiError> {
    let typed = [("name", name.as_str()), ("require_second_factor", require_second_factor.as_str())];
    answer(try_change(&tenant, &name, !require_second_factor.is_empty()).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_change(tenant: &str, name: &str, require: bool) -> Result<(), UiError> {
    let (_, slug, evidence) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageSettings>(&evidence).await?;
    let name: Name = name.parse().map_err(|error| UiError::field("name", error))?;
    tx.change_settings(&name, require).await.map_err(|error| match error {
        StoreError::WrongState(why) => UiError::field("require_second_factor", why),
        error => error.into(),
    })?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/settings?done=changed", RequestInfo::get().portal_base(&slug)));
    Ok(())
}
