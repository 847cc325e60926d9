//! `reset/request` and `reset/set`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::email::{Email, EmailError};
use crate::domain::password::check_new_password;
use crate::domain::token::Token;
use crate::store::StoreError;
use crate::store::account_links::{LinkState, Purpose};
use crate::web::confirm::too_many;
use crate::web::error::{Kind, answer};
use crate::web::{Context, RequestInfo, UiError};

/// Asks for a link to set a new password. The answer is the same whether the address has an account or not.
#[server(prefix = "/fn", endpoint = "reset/request", input = PostUrl)]
pub async fn request_reset(email: String) -> Result<(), UiError> {
    answer(try_request(&email).await.map_err(|error| error.with_typed(&[("email", &email)])))
}

async fn try_request(email: &str) -> Result<(), UiError> {
    let (context, info) = (Context::get(), RequestInfo::get());
    if !context.site.sign_in_rate.allow(&email.trim().to_lowercase(), &info.origin.address) {
        return Err(too_many());
    }
    let email: Email = email.parse().map_err(|error: EmailError| UiError::field("email", error))?;
    let mut tx = context.store.public().await?;
    tx.ask_reset(&email, &info.origin.address, info.portal.as_ref()).await?;
    tx.commit().await?;
    leptos_axum::redirect("/reset?done=asked");
    Ok(())
}

/// Sets the password that the holder of a link chose.
#[server(prefix = "/fn", endpoint = "reset/set", input = PostUrl)]
pub async fn set_password(token: String, password: String) -> Result<(), UiError> {
    answer(try_set(&token, password).await)
}

fn not_open() -> UiError {
    UiError::new(Kind::Conflict, "This link was used already or has run out. Ask for a new one.")
}

async fn try_set(token: &str, password: String) -> Result<(), UiError> {
    let token: Token = token.parse().map_err(|_| not_open())?;
    let (context, info) = (Context::get(), RequestInfo::get());
    let mut tx = context.store.public().await?;
    let link = tx.find_account_link(Purpose::Password, &token).await?;
    tx.commit().await?;
    let link = link.filter(|link| link.state == LinkState::Open).ok_or_else(not_open)?;
    check_new_password(&password, &[link.account.as_str(), &link.name]).map_err(|error| UiError::field("password", error))?;
    let hash = context.passwords.hash(password.into()).await?;
    let mut tx = context.store.public().await?;
    // Somebody else may have been faster between the look and the use.
    tx.use_reset(&token, &hash, &info.origin.address).await.map_err(|error| match error {
        StoreError::NotFound => not_open(),
        error => error.into(),
    })?;
    tx.commit().await?;
    leptos_axum::redirect("/login?done=password-set");
    Ok(())
}
