//! The last section of the settings, and `settings/delete`: an owner ends their tenant. Asks for the slug and for the password once more.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;
use maud::{Markup, html};

use crate::domain::capability::DeleteTenant;
use crate::store::access::TenantHead;
use crate::store::tenant_deletion::DAYS;
use crate::web::confirm::{confirm_password, slug_and_password};
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::request::acting_member;
use crate::web::{Context, UiError};

pub fn section(head: &TenantHead) -> Markup {
    let form = Form::of::<DeleteOwnTenant>();
    let slug = head.slug.as_str();
    html! {
        section class="card pad stack" id="delete" {
            h2 { "Delete this tenant" }
            p {
                "Its people cannot open it any more and its API keys are refused, from the next moment on. After " (DAYS)
                " days everything in it is removed: agents, documents, conversations, usage, members. Until then each owner can bring it \
                 back with a link that we mail now."
            }
            p class="muted" { "What is owed for this month stays owed. The slug stays taken until then." }
            form class="form" method="post" action=(DeleteOwnTenant::PATH) {
                input type="hidden" name="tenant" value=(slug);
                (slug_and_password(slug, &form))
                div class="actions" { button class="btn danger" { "Delete tenant" } }
            }
        }
    }
}

/// Deletes the tenant of the owner who asks.
#[server(prefix = "/fn", endpoint = "settings/delete", input = PostUrl)]
pub async fn delete_own_tenant(tenant: String, confirm_slug: String, confirm_password: String) -> Result<(), UiError> {
    let typed = [("confirm_slug", confirm_slug.as_str())];
    answer(try_delete(&tenant, &confirm_slug, &confirm_password).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_delete(tenant: &str, typed: &str, password: &str) -> Result<(), UiError> {
    let (me, slug, member) = acting_member(tenant).await?;
    let store = &Context::get().store;
    // The right to delete at all comes before what is wrong with the form.
    store.tenant::<DeleteTenant>(&member).await?.commit().await?;
    if typed.trim() != slug.as_str() {
        return Err(UiError::field("confirm_slug", format!("Type {slug} to confirm.")));
    }
    confirm_password(&me, "confirm_password", password).await?;
    let mut tx = store.tenant::<DeleteTenant>(&member).await?;
    tx.delete().await?;
    tx.commit().await?;
    leptos_axum::redirect("/tenants?done=deleted");
    Ok(())
}
