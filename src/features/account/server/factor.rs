//! `account/factor-begin`, `account/factor-confirm`, `account/factor-codes`, `account/factor-remove`: the second factor's life. Each but
//! the confirmation, which ends what a password began, asks for the password.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::password::is_long_enough_alone;
use crate::domain::second_code::SecondCode;
use crate::store::StoreError;
use crate::store::access::SignedIn;
use crate::store::second_factor::Tried;
use crate::web::confirm::{confirm_password, too_many, wait};
use crate::web::error::{Kind, answer};
use crate::web::request::find_me;
use crate::web::{Context, RequestInfo, UiError, shown_once};

/// Makes a secret for an app; it counts once its first code is confirmed.
#[server(prefix = "/fn", endpoint = "account/factor-begin", input = PostUrl)]
pub async fn begin_factor(factor_password: String) -> Result<(), UiError> {
    answer(try_begin(&factor_password).await)
}

async fn try_begin(password: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    confirm_password(&me, "factor_password", password).await?;
    let mut tx = Context::get().store.public().await?;
    tx.begin_second_factor(&me).await?;
    tx.commit().await?;
    leptos_axum::redirect("/account#second-factor");
    Ok(())
}

/// The first code: from here on signing in asks for one.
#[server(prefix = "/fn", endpoint = "account/factor-confirm", input = PostUrl)]
pub async fn confirm_factor(first_code: String) -> Result<(), UiError> {
    answer(try_confirm(&first_code).await)
}

async fn try_confirm(code: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let (context, info) = (Context::get(), RequestInfo::get());
    if !context.site.sign_in_rate.allow(me.email(), &info.origin.address) {
        return Err(too_many());
    }
    let Ok(SecondCode::Timed(code)) = code.parse() else {
        return Err(UiError::field("first_code", "Enter the 6 digits that your app shows."));
    };
    let mut tx = context.store.public().await?;
    let confirmed = tx.confirm_second_factor(&me, code, &info.origin.address).await.map_err(|error| match error {
        StoreError::NotFound => UiError::new(Kind::Conflict, "This set-up ran out. Begin again with your password."),
        error => error.into(),
    })?;
    tx.commit().await?;
    let codes = confirmed.ok_or_else(|| {
        UiError::field("first_code", "This is not the app's code at this moment. Check the time of your phone, then try the next code.")
    })?;
    shown_once::put_codes(&codes);
    leptos_axum::redirect("/account?done=factor#second-factor");
    Ok(())
}

/// The password and a code, before the second factor changes.
async fn confirm_both(me: &SignedIn, password: &str, code: &str) -> Result<(), UiError> {
    confirm_password(me, "own_password", password).await?;
    let code: SecondCode = code.parse().map_err(|error| UiError::field("own_code", error))?;
    let mut tx = Context::get().store.public().await?;
    let tried = tx.try_second_factor(me.user(), me.email(), &code, &RequestInfo::get().origin.address).await?;
    // Also what failed is counted.
    tx.commit().await?;
    match tried.ok_or_else(UiError::not_found)?.tried {
        Tried::Passed | Tried::Recovered => Ok(()),
        Tried::Wrong => Err(UiError::field("own_code", "This code does not work, or not any more. Take the next one your app shows.")),
        Tried::Wait(seconds) => Err(wait(seconds)),
    }
}

/// New recovery codes instead of the old ones.
#[server(prefix = "/fn", endpoint = "account/factor-codes", input = PostUrl)]
pub async fn renew_codes(own_password: String, own_code: String) -> Result<(), UiError> {
    answer(try_renew(&own_password, &own_code).await)
}

async fn try_renew(password: &str, code: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    confirm_both(&me, password, code).await?;
    let mut tx = Context::get().store.public().await?;
    let codes = tx.renew_recovery_codes(&me, &RequestInfo::get().origin.address).await?;
    tx.commit().await?;
    shown_once::put_codes(&codes);
    leptos_axum::redirect("/account?done=codes#second-factor");
    Ok(())
}

/// Signing in asks for the password alone again.
#[server(prefix = "/fn", endpoint = "account/factor-remove", input = PostUrl)]
pub async fn remove_factor(own_password: String, own_code: String) -> Result<(), UiError> {
    answer(try_remove(&own_password, &own_code).await)
}

async fn try_remove(password: &str, code: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    confirm_both(&me, password, code).await?;
    if !is_long_enough_alone(password) {
        return Err(UiError::field(
            "own_password",
            "This password is too short to stand alone. Change it to one of at least 15 characters first.",
        ));
    }
    let mut tx = Context::get().store.public().await?;
    tx.remove_second_factor(&me, &RequestInfo::get().origin.address).await?;
    tx.commit().await?;
    leptos_axum::redirect("/account?done=factor-off#second-factor");
    Ok(())
}
