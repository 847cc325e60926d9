//! `mail/send-again`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::ids::JobId;
use crate::domain::staff::ManageJobs;
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

/// Queues a mail anew, whatever became of it.
#[server(prefix = "/fn", endpoint = "mail/send-again", input = PostUrl)]
pub async fn send_again(mail: String) -> Result<(), UiError> {
    answer(try_send_again(&mail).await)
}

async fn try_send_again(mail: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let id = mail.parse().map(JobId).map_err(|_| UiError::not_found())?;
    let mut tx = Context::get().store.platform::<ManageJobs>(&admin).await?;
    tx.send_mail_again(id).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/mail/{id}?done=queued"));
    Ok(())
}
