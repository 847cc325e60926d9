//! What changes members: roles, removal, leaving, a new owner.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::FieldError;
use crate::domain::capability::{ManageTeam, TransferTenant, ViewTenant};
use crate::domain::ids::UserId;
use crate::domain::role::{Role, UnknownRole};
use crate::domain::slug::Slug;
use crate::store::StoreError;
use crate::web::error::{Kind, answer};
use crate::web::request::{acting_member, session};
use crate::web::{Context, RequestInfo, UiError};

/// To a page below the tenant's team.
pub(super) fn go(slug: &Slug, rest: &str) {
    leptos_axum::redirect(&format!("{}/team{rest}", RequestInfo::get().portal_base(slug)));
}

fn user_id(text: &str) -> Result<UserId, UiError> {
    text.parse().map(UserId).map_err(|_| gone())
}

/// Somebody who is not in the team, or not any more, or never was.
fn gone() -> UiError {
    UiError::new(Kind::NotFound, "This person is not in the team, or not any more.")
}

fn refusal(error: StoreError) -> UiError {
    match error {
        StoreError::NotFound => gone(),
        StoreError::Forbidden => {
            UiError::new(Kind::Forbidden, "Your own role is not enough for this: nobody grants or takes more than they have.")
        }
        error => error.into(),
    }
}

/// Gives a member another role. `was` is the role that the form showed.
#[server(prefix = "/fn", endpoint = "team/role", input = PostUrl)]
pub async fn change_role(tenant: String, member: String, was: String, role: String) -> Result<(), UiError> {
    answer(try_change(&tenant, &member, &was, &role).await)
}

async fn try_change(tenant: &str, target: &str, was: &str, role: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
    let target = user_id(target)?;
    let parse = |role: &str| role.parse::<Role>().map_err(|error: UnknownRole| UiError::field("role", error));
    let (was, role) = (parse(was)?, parse(role)?);
    tx.change_role(target, was, role).await.map_err(refusal)?;
    tx.commit().await?;
    go(&slug, &format!("/members/{target}?done=role"));
    Ok(())
}

/// Ends a membership. `member` is the person's id as the team page lists it.
#[server(prefix = "/fn", endpoint = "team/remove", input = PostUrl)]
pub async fn remove_member(tenant: String, member: String) -> Result<(), UiError> {
    answer(try_remove(&tenant, &member).await)
}

async fn try_remove(tenant: &str, target: &str) -> Result<(), UiError> {
    let (me, slug, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ManageTeam>(&member).await?;
    let target = user_id(target)?;
    tx.remove_member(target).await.map_err(refusal)?;
    tx.commit().await?;
    // Whoever removed themselves has no team page any more.
    if target == me.user() {
        left().await?;
    } else {
        go(&slug, "?done=removed");
    }
    Ok(())
}

/// Ends one's own membership.
#[server(prefix = "/fn", endpoint = "team/leave", input = PostUrl)]
pub async fn leave(tenant: String) -> Result<(), UiError> {
    answer(try_leave(&tenant).await)
}

async fn try_leave(tenant: &str) -> Result<(), UiError> {
    let (_, _, member) = acting_member(tenant).await?;
    let mut tx = Context::get().store.tenant::<ViewTenant>(&member).await?;
    tx.leave().await?;
    tx.commit().await?;
    left().await
}

async fn left() -> Result<(), UiError> {
    Context::get().store.renew_session(&session()).await?;
    leptos_axum::redirect("/tenants?done=left");
    Ok(())
}

/// Makes a member the owner in one's own place. `confirm` repeats the tenant's slug.
#[server(prefix = "/fn", endpoint = "team/transfer", input = PostUrl)]
pub async fn transfer(tenant: String, member: String, confirm: String) -> Result<(), UiError> {
    answer(try_transfer(&tenant, &member, &confirm).await.map_err(|error| error.with_typed(&[("confirm", &confirm)])))
}

async fn try_transfer(tenant: &str, target: &str, confirm: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    let refusal = |error| match error {
        StoreError::Forbidden => {
            UiError::new(Kind::Forbidden, "Only an owner can hand the tenant over. If you just did, it is done: you are an admin now.")
        }
        error => refusal(error),
    };
    let mut tx = Context::get().store.tenant::<TransferTenant>(&member).await.map_err(|error| match error {
        StoreError::Forbidden => refusal(StoreError::Forbidden),
        error => error.into(),
    })?;
    let target = user_id(target)?;
    if confirm.trim() != slug.as_str() {
        return Err(UiError::invalid(vec![FieldError::new("confirm", format!("Type {slug} to confirm."))]));
    }
    tx.transfer(target).await.map_err(refusal)?;
    tx.commit().await?;
    Context::get().store.renew_session(&session()).await?;
    go(&slug, &format!("/members/{target}?done=transferred"));
    Ok(())
}
