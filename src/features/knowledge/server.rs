//! `knowledge/delete`.

use leptos::prelude::*;
use leptos::server_fn::codec::PostUrl;

use crate::domain::ids::DocumentId;
use crate::web::error::answer;
use crate::web::request::acting_member;
use crate::web::{Context, RequestInfo, UiError};

/// Deletes a document and frees its bytes.
#[server(prefix = "/fn", endpoint = "knowledge/delete", input = PostUrl)]
pub async fn delete_document(tenant: String, document: String) -> Result<(), UiError> {
    answer(try_delete(&tenant, &document).await)
}

async fn try_delete(tenant: &str, document: &str) -> Result<(), UiError> {
    let (_, slug, member) = acting_member(tenant).await?;
    // A document that cannot be there is answered after the right to ask, like one that is not.
    let document = DocumentId(document.parse().unwrap_or_default());
    Context::get().store.delete_document(&member, document).await?;
    leptos_axum::redirect(&format!("{}/knowledge?done=deleted", RequestInfo::get().portal_base(&slug)));
    Ok(())
}
