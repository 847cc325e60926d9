//! `team/remove`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::capability::ManageTeam;
use crate::domain::ids::UserId;
use crate::domain::slug::Slug;
use crate::web::error::answer;
use crate::web::request::find_me;
use crate::web::{Context, RequestInfo, UiError};

/// Ends a membership. `member` is the person's id as the team page lists it.
#[server(prefix = "/fn", endpoint = "team/remove", input = PostUrl)]
pub async fn remove_member(tenant: String, member: String) -> Result<(), UiError> {
    answer(try_remove(&tenant, &member).await)
}

async fn try_remove(tenant: &str, member: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let slug: Slug = tenant.parse().map_err(|_| UiError::not_found())?;
    let evidence = me.member(&slug).ok_or_else(UiError::not_found)?;
    let member = UserId(member.parse().map_err(|_| UiError::not_found())?);
    let mut tx = Context::get().store.tenant::<ManageTeam>(&evidence).await?;
    tx.remove_member(member).await?;
    tx.commit().await?;
    let base = RequestInfo::get().portal_base(&slug);
    // Whoever removed themselves has no team page any more.
    let to = if member == me.user() { "/tenants".to_owned() } else { format!("{base}/team?done=removed") };
    leptos_axum::redirect(&to);
    Ok(())
}
