//! What platform admins do about a job.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::ids::JobId;
use crate::domain::staff::ManageJobs;
use crate::web::error::answer;
use crate::web::request::acting_admin;
use crate::web::{Context, UiError};

fn parse_id(job: &str) -> Result<JobId, UiError> {
    job.parse().map(JobId).map_err(|_| UiError::not_found())
}

/// Begins a job anew that failed, was cancelled, or waits for its time.
#[server(prefix = "/fn", endpoint = "jobs/retry", input = PostUrl)]
pub async fn retry_job(job: String) -> Result<(), UiError> {
    answer(try_retry(&job).await)
}

async fn try_retry(job: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let job = parse_id(job)?;
    let mut tx = Context::get().store.platform::<ManageJobs>(&admin).await?;
    tx.retry_job(job).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/jobs?done=retried");
    Ok(())
}

/// Takes a job back that waits.
#[server(prefix = "/fn", endpoint = "jobs/cancel", input = PostUrl)]
pub async fn cancel_job(job: String) -> Result<(), UiError> {
    answer(try_cancel(&job).await)
}

async fn try_cancel(job: &str) -> Result<(), UiError> {
    let admin = acting_admin().await?;
    let job = parse_id(job)?;
    let mut tx = Context::get().store.platform::<ManageJobs>(&admin).await?;
    tx.cancel_job(job).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/jobs?done=cancelled");
    Ok(())
}
