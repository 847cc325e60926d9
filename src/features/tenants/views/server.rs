//! Save, rename, share, delete: each only their own.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::ids::ViewId;
use crate::domain::label::{Label, LabelError};
use crate::domain::listing::TenantQuery;
use crate::domain::staff::UseConsole;
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn parse_id(view: &str) -> Result<ViewId, UiError> {
    view.parse().map(ViewId).map_err(|_| UiError::not_found())
}

fn parse_name(name: &str) -> Result<Label, UiError> {
    name.parse().map_err(|error: LabelError| UiError::field("name", error))
}

/// Saves a view of the list under a name.
#[server(prefix = "/fn", endpoint = "views/save", input = PostUrl)]
pub async fn save_view(name: String, #[server(default)] of: String, #[server(default)] shared: String) -> Result<(), UiError> {
    answer(try_save(&name, &of, &shared).await.map_err(|error| error.with_typed(&[("name", &name), ("shared", &shared)])))
}

async fn try_save(name: &str, of: &str, shared: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let name = parse_name(name)?;
    let (view, errors) = TenantQuery::from_query(of);
    if let Some(error) = errors.into_iter().next() {
        return Err(UiError::field("name", error.message));
    }
    let mut tx = Context::get().store.platform::<UseConsole>(&admin).await?;
    tx.save_view(&name, &view, shared == "on").await?;
    tx.commit().await?;
    leptos_axum::redirect(&view.href());
    Ok(())
}

/// Renames a view, and says whether others see it.
#[server(prefix = "/fn", endpoint = "views/change", input = PostUrl)]
pub async fn change_view(view: String, name: String, #[server(default)] shared: String) -> Result<(), UiError> {
    answer(
        try_change(&view, &name, &shared).await.map_err(|error| error.with_typed(&[("view", &view), ("name", &name), ("shared", &shared)])),
    )
}

async fn try_change(view: &str, name: &str, shared: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let view = parse_id(view)?;
    let name = parse_name(name)?;
    let mut tx = Context::get().store.platform::<UseConsole>(&admin).await?;
    tx.change_view(view, &name, shared == "on").await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/views?done=changed");
    Ok(())
}

/// Deletes a view.
#[server(prefix = "/fn", endpoint = "views/delete", input = PostUrl)]
pub async fn delete_view(view: String) -> Result<(), UiError> {
    answer(try_delete(&view).await)
}

async fn try_delete(view: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let view = parse_id(view)?;
    let mut tx = Context::get().store.platform::<UseConsole>(&admin).await?;
    tx.delete_view(view).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/views?done=deleted");
    Ok(())
}
