//! Starting a session: a new id each time, bound to the host it was made at.

use axum::http::header;
use axum::http::request::Parts;
use leptos::prelude::expect_context;

use super::error::UiError;
use super::request::{Context, RequestInfo, session};
use crate::domain::ids::UserId;
use crate::store::StoreError;
use crate::store::access::{ADDRESS, AGENT, HOST, USER};

/// Signs `user` in on this browser; whatever session it had before ends.
pub async fn start_session(user: UserId, email: &str) -> Result<(), UiError> {
    let away = |cause: tower_sessions::session::Error| UiError::from(StoreError::Unavailable(cause.to_string()));
    let (context, info, session) = (Context::get(), RequestInfo::get(), session());
    let parts = expect_context::<Parts>();
    let agent: String =
        parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().chars().take(200).collect();
    if session.id().is_some() {
        session.flush().await.map_err(away)?;
    }
    session.insert(USER, user).await.map_err(away)?;
    session.insert(HOST, &info.origin.host).await.map_err(away)?;
    session.insert(AGENT, agent).await.map_err(away)?;
    session.insert(ADDRESS, &info.origin.address).await.map_err(away)?;
    let mut tx = context.store.public().await?;
    tx.record_account_event(user, email, "user.signed_in", &info.origin.address).await?;
    tx.commit().await?;
    // Saved here and not after the answer, so that a database that is away is said and not a blank page.
    session.save().await.map_err(away)?;
    Ok(())
}
