//! `invite/accept`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::FieldError;
use crate::domain::name::Name;
use crate::domain::password::check_new_password;
use crate::domain::token::Token;
use crate::store::StoreError;
use crate::store::invites::{Accepted, Accepting, Invite, InviteState};
use crate::web::error::{Kind, answer};
use crate::web::request::{find_me, session};
use crate::web::sign_in::start_session;
use crate::web::{Context, RequestInfo, UiError};

/// Joins the invite's tenant: as a new person with name and password, or as the signed-in account of the invited e-mail.
#[server(prefix = "/fn", endpoint = "invite/accept", input = PostUrl)]
pub async fn accept_invite(token: String, #[server(default)] name: String, #[server(default)] password: String) -> Result<(), UiError> {
    answer(try_accept(&token, &name, password).await.map_err(|error| error.with_typed(&[("name", &name)])))
}

/// The page behind the link says which of these it is.
fn not_open() -> UiError {
    UiError::new(Kind::Conflict, "This link was used already, was taken back, or has run out. Ask whoever invited you for a new one.")
}

fn other_person(invite: &Invite) -> UiError {
    UiError::new(Kind::Forbidden, format!("This invite is for {}. Sign in with that account to accept it.", invite.email))
}

async fn try_accept(token: &str, name: &str, password: String) -> Result<(), UiError> {
    let token: Token = token.parse().map_err(|_| not_open())?;
    let (context, info) = (Context::get(), RequestInfo::get());
    let mut tx = context.store.public().await?;
    let invite = tx.find_invite(&token).await?;
    tx.commit().await?;
    let invite = invite.filter(|invite| invite.state == InviteState::Open).ok_or_else(not_open)?;

    let me = find_me().await?;
    if me.as_ref().is_some_and(|me| me.email() != invite.email.as_str()) {
        return Err(other_person(&invite));
    }
    let home = |accepted: &Accepted| {
        let base = info.portal_base(&accepted.tenant_slug);
        format!("{}?done=welcome", if base.is_empty() { "/" } else { &base })
    };
    let to = if invite.has_account {
        let me = me.ok_or_else(|| other_person(&invite))?;
        let mut tx = context.store.public().await?;
        let accepted = tx.accept_invite(&token, Accepting::Account(&me), &info.origin.address).await.map_err(claim_error)?;
        tx.commit().await?;
        // More power, another id (security.md, C9).
        context.store.renew_session(&session()).await?;
        home(&accepted)
    } else {
        let name = check_new_person(&invite, name, &password)?;
        let password_hash = context.passwords.hash(password.into()).await?;
        let mut tx = context.store.public().await?;
        let accepting = Accepting::New { name: &name, password_hash: &password_hash };
        let accepted = tx.accept_invite(&token, accepting, &info.origin.address).await.map_err(claim_error)?;
        tx.commit().await?;
        start_session(accepted.user, &accepted.email, &home(&accepted)).await?
    };
    leptos_axum::redirect(&to);
    Ok(())
}

/// Somebody else may have been faster between the look and the claim.
fn claim_error(error: StoreError) -> UiError {
    match error {
        StoreError::NotFound => not_open(),
        StoreError::Forbidden
        | StoreError::Suspended(_)
        | StoreError::SecondFactorNeeded(_)
        | StoreError::Key(_)
        | StoreError::Conflict(_)
        | StoreError::LastOwner
        | StoreError::WrongState(_)
        | StoreError::Invalid(_)
        | StoreError::AtLimit(_)
        | StoreError::TooLarge(_)
        | StoreError::StorageFull
        | StoreError::FilesAway(_)
        | StoreError::Unavailable(_)
        | StoreError::Db(_) => error.into(),
    }
}

fn check_new_person(invite: &Invite, name: &str, password: &str) -> Result<Name, UiError> {
    let mut fields = Vec::new();
    let parsed = name.parse::<Name>().map_err(|error| fields.push(FieldError::new("name", error)));
    if let Err(error) = check_new_password(password, &[invite.email.as_str(), name, &invite.tenant_name]) {
        fields.push(FieldError::new("password", error));
    }
    match parsed {
        Ok(name) if fields.is_empty() => Ok(name),
        Ok(_) | Err(()) => Err(UiError::invalid(fields)),
    }
}
