//! What platform admins do with the platform's own keys.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::server::{parse_id, parse_overlap};
use crate::domain::key::NewKey;
use crate::domain::staff::{ManagePlatformKeys, StaffRole, UnknownRole};
use crate::web::error::answer;
use crate::web::request::fresh_admin;
use crate::web::{Context, UiError, shown_once};

/// Makes a platform key that may do what staff of this role may, an operator's without; the page shows it once.
#[server(prefix = "/fn", endpoint = "platform-keys/create", input = PostUrl)]
pub async fn create_platform_key(
    name: String,
    #[server(default)] role: String,
    #[server(default)] last_day: String,
) -> Result<(), UiError> {
    let made = try_create(&name, &role, &last_day).await;
    answer(made.map_err(|error| error.with_typed(&[("name", &name), ("role", &role), ("last_day", &last_day)])))
}

async fn try_create(name: &str, role: &str, last_day: &str) -> Result<(), UiError> {
    let admin = fresh_admin::<ManagePlatformKeys>().await?;
    let role = match role {
        "" => StaffRole::Operator,
        role => role.parse().map_err(|error: UnknownRole| UiError::field("role", error))?,
    };
    let mut tx = Context::get().store.platform::<ManagePlatformKeys>(&admin).await?;
    let new = NewKey::parse(name, Vec::new(), false, last_day, "", tx.now().await?).map_err(UiError::invalid)?;
    let key = tx.create_platform_key(&new, role).await?;
    tx.commit().await?;
    shown_once::put(&key);
    leptos_axum::redirect("/admin/keys?done=created");
    Ok(())
}

/// Makes a successor of a key; the old one works for `overlap` more hours.
#[server(prefix = "/fn", endpoint = "platform-keys/rotate", input = PostUrl)]
pub async fn rotate_platform_key(key: String, overlap: String) -> Result<(), UiError> {
    answer(try_rotate(&key, &overlap).await)
}

async fn try_rotate(key: &str, overlap: &str) -> Result<(), UiError> {
    let admin = fresh_admin::<ManagePlatformKeys>().await?;
    let (key, overlap) = (parse_id(key)?, parse_overlap(overlap)?);
    let mut tx = Context::get().store.platform::<ManagePlatformKeys>(&admin).await?;
    let successor = tx.rotate_platform_key(key, overlap).await?;
    tx.commit().await?;
    shown_once::put(&successor);
    leptos_axum::redirect("/admin/keys?done=rotated");
    Ok(())
}

/// Ends a key at once.
#[server(prefix = "/fn", endpoint = "platform-keys/revoke", input = PostUrl)]
pub async fn revoke_platform_key(key: String) -> Result<(), UiError> {
    answer(try_revoke(&key).await)
}

async fn try_revoke(key: &str) -> Result<(), UiError> {
    let admin = fresh_admin::<ManagePlatformKeys>().await?;
    let key = parse_id(key)?;
    let mut tx = Context::get().store.platform::<ManagePlatformKeys>(&admin).await?;
    tx.revoke_platform_key(key).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/keys?done=revoked");
    Ok(())
}
