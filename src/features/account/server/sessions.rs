//! `account/revoke-session`, `account/revoke-others`, `account/theme`.

use axum::http::{HeaderValue, header};
use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;
use leptos_axum::ResponseOptions;

use crate::domain::ids::SessionId;
use crate::web::error::answer;
use crate::web::request::find_me;
use crate::web::{Context, RequestInfo, UiError};

/// Ends one of one's own sessions.
#[server(prefix = "/fn", endpoint = "account/revoke-session", input = PostUrl)]
pub async fn revoke_session(session: String) -> Result<(), UiError> {
    answer(try_revoke(&session).await)
}

async fn try_revoke(session: &str) -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let session = SessionId(session.parse().map_err(|_| UiError::not_found())?);
    let mut tx = Context::get().store.public().await?;
    tx.revoke_session(&me, session).await?;
    tx.record_account_event(me.user(), me.email(), "session.revoked", &RequestInfo::get().origin.address).await?;
    tx.commit().await?;
    leptos_axum::redirect("/account?done=revoked#sessions");
    Ok(())
}

/// Ends all of one's own sessions but this one.
#[server(prefix = "/fn", endpoint = "account/revoke-others", input = PostUrl)]
pub async fn revoke_others() -> Result<(), UiError> {
    answer(try_revoke_others().await)
}

async fn try_revoke_others() -> Result<(), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let mut tx = Context::get().store.public().await?;
    tx.revoke_other_sessions(&me).await?;
    tx.record_account_event(me.user(), me.email(), "session.others_revoked", &RequestInfo::get().origin.address).await?;
    tx.commit().await?;
    leptos_axum::redirect("/account?done=others#sessions");
    Ok(())
}

/// Keeps light, dark or the system's choice in a cookie of this browser.
#[server(prefix = "/fn", endpoint = "account/theme", input = PostUrl)]
pub async fn set_theme(theme: String) -> Result<(), UiError> {
    answer(try_theme(&theme).await)
}

async fn try_theme(theme: &str) -> Result<(), UiError> {
    find_me().await?.ok_or_else(UiError::signed_out)?;
    let cookie = match theme {
        "light" => "theme=light; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        "dark" => "theme=dark; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        "system" => "theme=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly",
        _ => return Err(UiError::field("theme", "Choose light, dark or the system's.")),
    };
    expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, HeaderValue::from_static(cookie));
    leptos_axum::redirect("/account?done=theme#theme");
    Ok(())
}
