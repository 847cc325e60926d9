//! `/admin/tenants/{slug}/purge`: a deleted tenant is removed for good before its 30 days are over. `moving/purge` does it, with the slug typed
//! and the password once more.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;

use crate::domain::slug::Slug;
use crate::domain::staff::PurgeTenants;
use crate::store::access::{PlatformAdmin, SignedIn};
use crate::store::exports::Movable;
use crate::ui::text::inert;
use crate::ui::time::Minute;
use crate::web::UiError;
use crate::web::confirm::{confirm_password, slug_and_password};
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, find_me};

pub fn purge_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let form = Form::of::<PurgeTenant>();
        let (me, admin) = request::admin_with::<PurgeTenants>().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.tenant_to_move(&slug).await?;
        let rows = read.rows_to_purge(&tenant).await?;
        let title = format!("Remove {} for good", tenant.name);
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p><a href=format!("/admin/tenants/{slug}")><bdi>{tenant.name.clone()}</bdi></a></p>
            </div></div>
            <div class="narrow stack">{what(&tenant, &form)}{list(&rows)}</div>
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

fn what(tenant: &Movable, form: &Form) -> AnyView {
    let slug = tenant.slug.to_string();
    let Some(until) = tenant.purge_after else {
        return view! {
            <section class="card pad stack">
                <h2>"It is not deleted"</h2>
                <p>"Only a deleted tenant can be removed for good. Deleting it stops it at once, and for 30 days it can be brought back."</p>
                <div class="actions"><a class="btn" href=format!("/admin/tenants/{slug}")>"Back to the tenant"</a></div>
            </section>
        }
        .into_any();
    };
    view! {
        <section class="card pad stack" id="purge">
            <h2>"Nothing brings it back"</h2>
            <p>
                "Its rows, documents, archives, keys, domains, mails and sessions go, and the accounts of people who belong to no other tenant.
                By itself that happens after "<Minute at=until />"."
            </p>
            <p class="muted">
                "A signed receipt says what was removed. Its slug is free afterwards; its proved domains can be connected by others 30 days after it was deleted."
            </p>
            <div class="actions"><a class="btn" href=format!("/admin/tenants/{slug}/export")>"Make an archive first"</a></div>
            <form class="form" method="post" action=PurgeTenant::PATH>
                <input type="hidden" name="slug" value=slug.clone() />
                {inert(slug_and_password(&slug, form))}
                <div class="actions"><button class="btn danger pri">"Remove it for good"</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn list(rows: &BTreeMap<String, i64>) -> impl IntoView + use<> {
    let rows = rows
        .iter()
        .map(|(table, count)| {
            view! { <tr role="row"><td role="cell" class="name">{table.replace('_', " ")}</td><td role="cell" class="num lead">{*count}</td></tr> }
        })
        .collect_view();
    view! {
        <section class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Rows of this tenant by table"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"What goes"</th><th role="columnheader" scope="col" class="num">"Rows"</th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
}

/// The person too: their password is asked for.
///
/// # Errors
/// `SignedOut`; `NotFound` for everybody else than platform admins.
pub(super) async fn me_as_admin() -> Result<(SignedIn, PlatformAdmin), UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    let admin = me.platform_admin().ok_or_else(UiError::not_found)?;
    Ok((me, admin))
}

/// Has a deleted tenant removed for good.
#[server(prefix = "/fn", endpoint = "moving/purge", input = PostUrl)]
pub async fn purge_tenant(
    slug: String,
    #[server(default)] confirm_slug: String,
    #[server(default)] confirm_password: String,
) -> Result<(), UiError> {
    let typed = [("confirm_slug", confirm_slug.as_str())];
    answer(try_purge(&slug, &confirm_slug, &confirm_password).await.map_err(|error| error.with_typed(&typed)))
}

async fn try_purge(slug: &str, typed: &str, password: &str) -> Result<(), UiError> {
    let (me, admin) = me_as_admin().await?;
    let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
    let store = &Context::get().store;
    let mut tx = store.platform::<PurgeTenants>(&admin).await?;
    tx.tenant_to_move(&slug).await?;
    tx.commit().await?;
    if typed.trim() != slug.as_str() {
        return Err(UiError::field("confirm_slug", format!("Type {slug} to confirm.")));
    }
    confirm_password(&me, "confirm_password", password).await?;
    let mut tx = store.platform::<PurgeTenants>(&admin).await?;
    tx.ask_for_purge(&slug).await?;
    tx.commit().await?;
    leptos_axum::redirect("/admin/purged?done=asked");
    Ok(())
}
