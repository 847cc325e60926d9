//! The last section of the settings, and `settings/delete`: an owner ends their tenant. Asks for the slug and for the password once more.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;

use crate::domain::capability::DeleteTenant;
use crate::store::access::TenantHead;
use crate::store::tenant_deletion::DAYS;
use crate::ui::field::{FormMessage, TextField};
use crate::web::confirm::confirm_password;
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::request::acting_member;
use crate::web::{Context, UiError};

pub fn section(head: &TenantHead) -> impl IntoView + use<> {
    let form = Form::of::<DeleteOwnTenant>();
    let slug = head.slug.to_string();
    let message = form.message().filter(|_| form.error("confirm_slug").is_none() && form.error("confirm_password").is_none());
    view! {
        <section class="card pad stack" id="delete">
            <h2>"Delete this tenant"</h2>
            <p>
                "Its people cannot open it any more and its API keys are refused, from the next moment on. "
                {format!("After {DAYS} days everything in it is removed: agents, documents, conversations, usage, members. Until then each owner can bring it back with a link that we mail now.")}
            </p>
            <p class="muted">"What is owed for this month stays owed. The slug stays taken."</p>
            <FormMessage message=message />
            <form class="form" method="post" action=DeleteOwnTenant::PATH>
                <input type="hidden" name="tenant" value=slug.clone() />
                <p>"Type "<b>{slug}</b>" to confirm."</p>
                <TextField
                    name="confirm_slug"
                    label="Slug of this tenant"
                    value=form.typed("confirm_slug")
                    error=form.error("confirm_slug")
                    focus=form.error("confirm_slug").is_some()
                />
                <TextField
                    name="confirm_password"
                    label="Your password"
                    kind="password"
                    autocomplete="current-password"
                    error=form.error("confirm_password")
                    focus=form.error("confirm_password").is_some()
                />
                <div class="actions"><button class="btn danger">"Delete tenant"</button></div>
            </form>
        </section>
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
