//! `branding/publish`, `branding/discard`, `branding/use`. Each says which state of the branding was seen, so that nobody publishes what they
//! did not look at.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::capability::ManageBranding;
use crate::domain::slug::Slug;
use crate::store::TenantTx;
use crate::web::error::answer;
use crate::web::request::find_me;
use crate::web::{Context, RequestInfo, UiError};

/// Makes the saved draft the published look.
#[server(prefix = "/fn", endpoint = "branding/publish", input = PostUrl)]
pub async fn publish_branding(tenant: String, revision: i64) -> Result<(), UiError> {
    let done = async {
        let mut tx = open(&tenant).await?;
        tx.publish_branding(revision).await?;
        Ok(tx.commit().await?)
    };
    finish(&tenant, done.await, "published")
}

/// Makes the draft what is published.
#[server(prefix = "/fn", endpoint = "branding/discard", input = PostUrl)]
pub async fn discard_draft(tenant: String, revision: i64) -> Result<(), UiError> {
    let done = async {
        let mut tx = open(&tenant).await?;
        tx.discard_draft(revision).await?;
        Ok(tx.commit().await?)
    };
    finish(&tenant, done.await, "discarded")
}

/// Makes an earlier version the published one again.
#[server(prefix = "/fn", endpoint = "branding/use", input = PostUrl)]
pub async fn use_version(tenant: String, version: i32, revision: i64) -> Result<(), UiError> {
    let done = async {
        let mut tx = open(&tenant).await?;
        tx.use_version(version, revision).await?;
        Ok(tx.commit().await?)
    };
    finish(&tenant, done.await, "used")
}

async fn open(tenant: &str) -> Result<TenantTx<ManageBranding>, UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let slug: Slug = tenant.parse().map_err(|_| UiError::not_found())?;
    let member = me.member(&slug).ok_or_else(UiError::not_found)?;
    Ok(Context::get().store.tenant::<ManageBranding>(&member).await?)
}

fn finish(tenant: &str, done: Result<(), UiError>, word: &str) -> Result<(), UiError> {
    if let (Ok(()), Ok(slug)) = (&done, tenant.parse::<Slug>()) {
        leptos_axum::redirect(&format!("{}/branding?done={word}", RequestInfo::get().portal_base(&slug)));
    }
    answer(done)
}
