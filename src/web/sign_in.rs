//! Starting a session: a new id each time, bound to the host it was made at. Who has a second factor gets half a session first, which
//! nothing but the page that asks for the code takes for anybody's.

use axum::http::header;
use axum::http::request::Parts;
use leptos::prelude::expect_context;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, Session};

use super::error::UiError;
use super::request::{Context, RequestInfo, session};
use crate::domain::ids::UserId;
use crate::domain::listing::encode;
use crate::domain::local_path::local_or;
use crate::store::StoreError;
use crate::store::access::{ADDRESS, AGENT, HALF, HOST, USER};
use crate::store::second_factor::HalfSignIn;

/// Minutes until a half session is swept away.
const HALF_MINUTES: i64 = 10;

fn away(cause: tower_sessions::session::Error) -> UiError {
    UiError::from(StoreError::Unavailable(cause.to_string()))
}

/// Signs in whoever proved to be `user` with a password or a link, all the way or, where a code has to follow, halfway; whatever session
/// this browser had before ends. Returns where to go: `next` on this host, or the page that asks for the code.
#[must_use = "whoever is signed in halfway has to be led to the page that asks for the code"]
pub async fn start_session(user: UserId, email: &str, next: &str) -> Result<String, UiError> {
    let next = local_or(next, "/");
    let mut tx = Context::get().store.public().await?;
    let half = tx.begin_half_sign_in(user, email).await?;
    tx.commit().await?;
    let Some(half) = half else {
        start_whole_session(user, email).await?;
        return Ok(next.to_owned());
    };
    let session = fresh_session().await?;
    session.insert(HALF, half).await.map_err(away)?;
    session.set_expiry(Some(Expiry::OnInactivity(Duration::minutes(HALF_MINUTES))));
    session.save().await.map_err(away)?;
    Ok(if next == "/" { "/login/code".to_owned() } else { format!("/login/code?next={}", encode(next)) })
}

/// Who has given the password in this session, at this host, and still owes the code.
pub async fn find_half() -> Result<Option<HalfSignIn>, StoreError> {
    let (session, host) = (session(), RequestInfo::get().origin.host);
    let read = |error: tower_sessions::session::Error| StoreError::Unavailable(error.to_string());
    if session.get::<String>(HOST).await.map_err(read)?.as_deref() != Some(host.as_str()) {
        return Ok(None);
    }
    session.get(HALF).await.map_err(read)
}

/// An empty session with a new id to be, bound to this host.
async fn fresh_session() -> Result<Session, UiError> {
    let session = session();
    if session.id().is_some() {
        session.flush().await.map_err(away)?;
    }
    session.insert(HOST, RequestInfo::get().origin.host).await.map_err(away)?;
    Ok(session)
}

/// Signs `user` in, who has given everything that was asked for.
pub async fn start_whole_session(user: UserId, email: &str) -> Result<(), UiError> {
    let (context, info) = (Context::get(), RequestInfo::get());
    let parts = expect_context::<Parts>();
    let agent: String =
        parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().chars().take(200).collect();
    let session = fresh_session().await?;
    session.insert(USER, user).await.map_err(away)?;
    session.insert(AGENT, agent).await.map_err(away)?;
    session.insert(ADDRESS, &info.origin.address).await.map_err(away)?;
    let mut tx = context.store.public().await?;
    tx.record_account_event(user, email, "user.signed_in", &info.origin.address).await?;
    tx.commit().await?;
    // Saved here and not after the answer, so that a database that is away is said and not a blank page.
    session.save().await.map_err(away)?;
    Ok(())
}
