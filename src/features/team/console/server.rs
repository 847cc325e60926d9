//! What staff do for a tenant's people. Endpoints begin with `users/`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use super::super::inviting::no_room;
use crate::domain::FieldError;
use crate::domain::agent::take;
use crate::domain::email::Email;
use crate::domain::ids::{InviteId, UserId};
use crate::domain::role::{Role, UnknownRole};
use crate::domain::slug::Slug;
use crate::domain::staff::HelpTenants;
use crate::store::{Constraint, StoreError};
use crate::web::error::{Kind, answer};
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

/// The tenant of a form. Whoever may not know of it learns nothing: asked before what else the form holds.
fn slug_of(text: &str) -> Result<Slug, UiError> {
    text.parse().map_err(|_| UiError::not_found())
}

fn gone() -> UiError {
    UiError::new(Kind::NotFound, "This person is not in the team, or not any more.")
}

fn user_id(text: &str) -> Result<UserId, UiError> {
    text.parse().map(UserId).map_err(|_| gone())
}

fn invite_id(text: &str) -> Result<InviteId, UiError> {
    text.parse().map(InviteId).map_err(|_| UiError::not_found())
}

/// Of what concerns one member.
fn refusal(error: StoreError) -> UiError {
    match error {
        StoreError::NotFound => gone(),
        error => error.into(),
    }
}

fn back(slug: &Slug, member: Option<UserId>, done: &str) {
    let member = member.map(|member| format!("member={member}&")).unwrap_or_default();
    leptos_axum::redirect(&format!("/admin/tenants/{slug}/users?{member}done={done}"));
}

/// Gives a member another role. `was` is the role that the form showed.
#[server(prefix = "/fn", endpoint = "users/role", input = PostUrl)]
pub async fn set_role(slug: String, member: String, was: String, role: String) -> Result<(), UiError> {
    answer(try_role(&slug, &member, &was, &role).await.map_err(|error| error.with_typed(&[("member", &member)])))
}

async fn try_role(slug: &str, member: &str, was: &str, role: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let (slug, member) = (slug_of(slug)?, user_id(member)?);
    let mut tx = Context::get().store.platform::<HelpTenants>(&admin).await?;
    let parse = |role: &str| role.parse::<Role>().map_err(|error: UnknownRole| UiError::field("role", error));
    tx.change_member_role(&slug, member, parse(was)?, parse(role)?).await.map_err(refusal)?;
    tx.commit().await?;
    back(&slug, Some(member), "role");
    Ok(())
}

/// Ends a membership.
#[server(prefix = "/fn", endpoint = "users/remove", input = PostUrl)]
pub async fn end_member(slug: String, member: String) -> Result<(), UiError> {
    answer(try_remove(&slug, &member).await.map_err(|error| error.with_typed(&[("member", &member)])))
}

async fn try_remove(slug: &str, member: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let (slug, member) = (slug_of(slug)?, user_id(member)?);
    let mut tx = Context::get().store.platform::<HelpTenants>(&admin).await?;
    tx.end_member(&slug, member).await.map_err(refusal)?;
    tx.commit().await?;
    back(&slug, None, "removed");
    Ok(())
}

/// Signs a member out everywhere.
#[server(prefix = "/fn", endpoint = "users/end-sessions", input = PostUrl)]
pub async fn end_sessions(slug: String, member: String) -> Result<(), UiError> {
    answer(try_end_sessions(&slug, &member).await.map_err(|error| error.with_typed(&[("member", &member)])))
}

async fn try_end_sessions(slug: &str, member: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let (slug, member) = (slug_of(slug)?, user_id(member)?);
    let mut tx = Context::get().store.platform::<HelpTenants>(&admin).await?;
    tx.end_member_sessions(&slug, member).await.map_err(refusal)?;
    tx.commit().await?;
    back(&slug, Some(member), "sessions");
    Ok(())
}

/// Mails a member a link to set a new password.
#[server(prefix = "/fn", endpoint = "users/send-reset", input = PostUrl)]
pub async fn send_reset(slug: String, member: String) -> Result<(), UiError> {
    answer(try_reset(&slug, &member).await.map_err(|error| error.with_typed(&[("member", &member)])))
}

async fn try_reset(slug: &str, member: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let (slug, member) = (slug_of(slug)?, user_id(member)?);
    let mut tx = Context::get().store.platform::<HelpTenants>(&admin).await?;
    tx.send_member_reset(&slug, member).await.map_err(refusal)?;
    tx.commit().await?;
    back(&slug, Some(member), "reset");
    Ok(())
}

/// Invites somebody to the tenant.
#[server(prefix = "/fn", endpoint = "users/invite", input = PostUrl)]
pub async fn invite_for(slug: String, email: String, role: String) -> Result<(), UiError> {
    answer(try_invite(&slug, &email, &role).await.map_err(|error| error.with_typed(&[("email", &email), ("role", &role)])))
}

async fn try_invite(slug: &str, email: &str, role: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let slug = slug_of(slug)?;
    let mut tx = Context::get().store.platform::<HelpTenants>(&admin).await?;
    let mut errors: Vec<FieldError> = Vec::new();
    let email = take::<Email>(&mut errors, "email", email);
    let role = take::<Role>(&mut errors, "role", role);
    let (Some(email), Some(role)) = (email, role) else { return Err(UiError::invalid(errors)) };
    tx.invite(&slug, &email, role).await.map_err(invite_refusal)?;
    tx.commit().await?;
    back(&slug, None, "invited");
    Ok(())
}

fn invite_refusal(error: StoreError) -> UiError {
    match error {
        StoreError::Conflict(Constraint::Member) => UiError::field("email", "This person is a member already."),
        StoreError::Conflict(Constraint::InviteOpen) => UiError::field("email", "An invite to this address is open already."),
        StoreError::AtLimit(limit) => UiError::new(Kind::TooMany, no_room(&limit, 1)),
        error => error.into(),
    }
}

/// Ends an invite's link and makes a new one.
#[server(prefix = "/fn", endpoint = "users/resend", input = PostUrl)]
pub async fn resend_for(slug: String, invite: String) -> Result<(), UiError> {
    answer(try_resend(&slug, &invite).await)
}

async fn try_resend(slug: &str, invite: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let (slug, invite) = (slug_of(slug)?, invite_id(invite)?);
    let mut tx = Context::get().store.platform::<HelpTenants>(&admin).await?;
    tx.resend_team_invite(&slug, invite).await.map_err(|error| match error {
        StoreError::Conflict(Constraint::Member) => UiError::new(Kind::Conflict, "This person has joined the team meanwhile."),
        error => invite_refusal(error),
    })?;
    tx.commit().await?;
    back(&slug, None, "resent");
    Ok(())
}

/// Takes an invite back.
#[server(prefix = "/fn", endpoint = "users/revoke", input = PostUrl)]
pub async fn revoke_for(slug: String, invite: String) -> Result<(), UiError> {
    answer(try_revoke(&slug, &invite).await)
}

async fn try_revoke(slug: &str, invite: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let (slug, invite) = (slug_of(slug)?, invite_id(invite)?);
    let mut tx = Context::get().store.platform::<HelpTenants>(&admin).await?;
    tx.revoke_team_invite(&slug, invite).await?;
    tx.commit().await?;
    back(&slug, None, "revoked");
    Ok(())
}
