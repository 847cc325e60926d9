//! What platform admins do about checks of isolation.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::staff::RunChecks;
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

/// Queues a check, unless one is waited for already.
#[server(prefix = "/fn", endpoint = "isolation/check", input = PostUrl)]
pub async fn check_isolation() -> Result<(), UiError> {
    answer(try_check().await)
}

async fn try_check() -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let mut tx = Context::get().store.platform::<RunChecks>(&admin).await?;
    tx.ask_isolation_check().await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/isolation?done=asked");
    Ok(())
}
