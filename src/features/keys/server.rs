//! What a tenant's admins do with its keys.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use uuid::Uuid;

use crate::domain::capability::ManageKeys;
use crate::domain::key::{NewKey, Overlap, Scope, UnknownOverlap};
use crate::domain::slug::Slug;
use crate::web::error::answer;
use crate::web::request::acting_member;
use crate::web::{Context, RequestInfo, UiError, shown_once};

fn page(slug: &Slug, done: &str) -> String {
    format!("{}/keys?done={done}", RequestInfo::get().portal_base(slug))
}

/// The ids and choices of forms.
pub(super) fn parse_id(key: &str) -> Result<Uuid, UiError> {
    key.parse().map_err(|_| UiError::not_found())
}

pub(super) fn parse_overlap(hours: &str) -> Result<Overlap, UiError> {
    hours.parse().map_err(|error: UnknownOverlap| UiError::field("overlap", error))
}

/// Makes a key; the page shows it once. `read`, `usage` and `resources` are ticked or missing; `request` names the form.
#[server(prefix = "/fn", endpoint = "keys/create", input = PostUrl)]
#[allow(clippy::too_many_arguments, reason = "a function's arguments are the form's fields")]
pub async fn create_key(
    tenant: String,
    name: String,
    #[server(default)] read: String,
    #[server(default)] usage: String,
    #[server(default)] resources: String,
    #[server(default)] last_day: String,
    #[server(default)] calls_a_minute: String,
    #[server(default)] request: String,
) -> Result<(), UiError> {
    let ticked = [(Scope::Read, &read), (Scope::Usage, &usage), (Scope::Resources, &resources)];
    let scopes = ticked.into_iter().filter(|(_, text)| !text.is_empty()).map(|(scope, _)| scope).collect();
    let made = try_create(&tenant, &name, scopes, (&last_day, &calls_a_minute), &request).await;
    answer(made.map_err(|error| {
        error.with_typed(&[
            ("name", &name),
            ("read", &read),
            ("usage", &usage),
            ("resources", &resources),
            ("last_day", &last_day),
            ("calls_a_minute", &calls_a_minute),
        ])
    }))
}

async fn try_create(tenant: &str, name: &str, scopes: Vec<Scope>, limits: (&str, &str), request: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageKeys>(&member).await?;
    let new = NewKey::parse(name, scopes, true, limits.0, limits.1, tx.tenant().now).map_err(UiError::invalid)?;
    let key = tx.create_key(&new, request.parse().ok()).await?;
    tx.commit().await?;
    shown_once::put(&key);
    leptos_axum::redirect(&page(&slug, "created"));
    Ok(())
}

/// Makes a successor of a key; the old one works for `overlap` more hours.
#[server(prefix = "/fn", endpoint = "keys/rotate", input = PostUrl)]
pub async fn rotate_key(tenant: String, key: String, overlap: String) -> Result<(), UiError> {
    answer(try_rotate(&tenant, &key, &overlap).await)
}

async fn try_rotate(tenant: &str, key: &str, overlap: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let (key, overlap) = (parse_id(key)?, parse_overlap(overlap)?);
    let mut tx = Context::get().store.tenant::<ManageKeys>(&member).await?;
    let successor = tx.rotate_key(key, overlap).await?;
    tx.commit().await?;
    shown_once::put(&successor);
    leptos_axum::redirect(&page(&slug, "rotated"));
    Ok(())
}

/// Ends a key at once.
#[server(prefix = "/fn", endpoint = "keys/revoke", input = PostUrl)]
pub async fn revoke_key(tenant: String, key: String) -> Result<(), UiError> {
    answer(try_revoke(&tenant, &key).await)
}

async fn try_revoke(tenant: &str, key: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let key = parse_id(key)?;
    let mut tx = Context::get().store.tenant::<ManageKeys>(&member).await?;
    tx.revoke_key(key).await?;
    tx.commit().await?;
    leptos_axum::redirect(&page(&slug, "revoked"));
    Ok(())
}
