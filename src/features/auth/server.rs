//! `auth/sign-in`, `auth/code` and `auth/sign-out`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::email::Email;
use crate::domain::local_path::local_or;
use crate::domain::second_code::SecondCode;
use crate::store::second_factor::Tried;
use crate::web::confirm::{too_many, wait};
use crate::web::error::answer;
use crate::web::request::{find_me, session};
use crate::web::sign_in::{find_half, start_session, start_whole_session};
use crate::web::{Context, RequestInfo, UiError};

/// Starts a session for this e-mail and password; with a second factor, one that leads to the page that asks for the code.
#[server(prefix = "/fn", endpoint = "auth/sign-in", input = PostUrl)]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<(), UiError> {
    answer(try_sign_in(&email, password, &next).await.map_err(|error| error.with_typed(&[("email", &email)])))
}

async fn try_sign_in(email: &str, password: String, next: &str) -> Result<(), UiError> {
    let wrong = || UiError::field("password", "Email and password do not match. Check both and try again.");
    let (context, info) = (Context::get(), RequestInfo::get());
    let normal = email.trim().to_lowercase();
    if !context.site.sign_in_rate.allow(&normal, &info.origin.address) {
        return Err(too_many());
    }
    if email.trim().is_empty() {
        return Err(UiError::field("email", "Enter your e-mail address."));
    }
    if password.is_empty() {
        return Err(UiError::field("password", "Enter your password."));
    }
    if password.chars().count() > crate::domain::password::MAX_LENGTH {
        return Err(wrong());
    }
    // A malformed address is unknown like any other: same work, same answer.
    let credentials = match normal.parse::<Email>() {
        Ok(email) => {
            let mut tx = context.store.public().await?;
            let found = tx.find_credentials(&email).await?;
            tx.commit().await?;
            found
        }
        Err(_) => None,
    };
    let stored = credentials.as_ref().and_then(|c| c.password_hash.clone());
    let matches = context.passwords.verify(stored, password.into()).await?;
    let Some(credentials) = credentials.filter(|_| matches) else { return Err(wrong()) };
    let to = start_session(credentials.user, &normal, next).await?;
    leptos_axum::redirect(&to);
    Ok(())
}

/// The second step: the code of the app, or a recovery code.
#[server(prefix = "/fn", endpoint = "auth/code", input = PostUrl)]
pub async fn sign_in_code(code: String, #[server(default)] next: String) -> Result<(), UiError> {
    answer(try_code(&code, &next).await)
}

async fn try_code(code: &str, next: &str) -> Result<(), UiError> {
    let again = || UiError { message: "Start again with your password.".to_owned(), ..UiError::signed_out() };
    let half = find_half().await?.ok_or_else(again)?;
    let (context, info) = (Context::get(), RequestInfo::get());
    if !context.site.sign_in_rate.allow(&half.email, &info.origin.address) {
        return Err(too_many());
    }
    let code: SecondCode = code.parse().map_err(|error| UiError::field("code", error))?;
    let mut tx = context.store.public().await?;
    let tried = tx.try_second_factor(half.user, &half.email, &code, &info.origin.address).await?;
    // Also what failed is counted.
    tx.commit().await?;
    let tried = tried.filter(|tried| half.is_still_good(tried)).ok_or_else(again)?;
    let to = match tried.tried {
        Tried::Wait(seconds) => return Err(wait(seconds)),
        Tried::Wrong => return Err(UiError::field("code", "This code does not work, or not any more. Take the next one your app shows.")),
        Tried::Passed => local_or(next, "/"),
        // They may have lost their phone: this is where a new one is set up.
        Tried::Recovered => "/account?done=recovered#second-factor",
    };
    start_whole_session(half.user, &half.email).await?;
    leptos_axum::redirect(to);
    Ok(())
}

/// Ends this session, here and in the database.
#[server(prefix = "/fn", endpoint = "auth/sign-out", input = PostUrl)]
pub async fn sign_out() -> Result<(), UiError> {
    answer(try_sign_out().await)
}

async fn try_sign_out() -> Result<(), UiError> {
    if let Some(me) = find_me().await? {
        let (context, info) = (Context::get(), RequestInfo::get());
        let mut tx = context.store.public().await?;
        tx.record_account_event(me.user(), me.email(), "user.signed_out", &info.origin.address).await?;
        tx.commit().await?;
    }
    let session = session();
    if session.id().is_none() {
        leptos_axum::redirect("/login");
        return Ok(());
    }
    session.flush().await.map_err(|cause| UiError::from(crate::store::StoreError::Unavailable(cause.to_string())))?;
    leptos_axum::redirect("/login?done=signed-out");
    Ok(())
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    #[test]
    fn the_sign_out_form_goes_to_the_sign_out_function() {
        assert_eq!(super::SignOut::PATH, crate::web::frame::SIGN_OUT);
    }
}
