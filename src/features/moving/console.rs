//! `/admin/tenants/{slug}/export`: staff take a tenant's data out, also of one that is deleted. `moving/export-tenant` asks for it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;

use super::list;
use crate::domain::slug::Slug;
use crate::domain::staff::MoveTenants;
use crate::store::exports::ExportState;
use crate::ui::text::{Notice, inert};
use crate::web::UiError;
use crate::web::confirm::confirm_password;
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::frame::console;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context, query};

/// Where the download's form says what was wrong, see `edge/exports.rs`.
const DOWNLOAD: &str = "export/download-any";

pub fn tenant_export_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (asked, download) = (Form::of::<ExportAnyTenant>(), Form::at(DOWNLOAD));
        let done = query("done").is_some_and(|done| done == "asked") && !asked.failed() && !download.failed();
        let (me, admin) = request::admin_with::<MoveTenants>().await?;
        let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
        let mut read = Context::get().store.platform_read(&admin).await?;
        let tenant = read.tenant_to_move(&slug).await?;
        let exports = read.list_exports(&tenant).await?;
        let here = format!("/admin/tenants/{slug}/export");
        let current = list::current(&exports, &download, &format!("{here}/download"), &here, false);
        let open = exports.first().is_some_and(|export| export.state.is_open());
        let gone = download.failed() && exports.first().is_none_or(|export| export.state != ExportState::Ready);
        let title = format!("Export of {}", tenant.name);
        let body = view! {
            <div class="head"><div class="grow">
                <h1><bdi>{title.clone()}</bdi></h1>
                <p><a href=format!("/admin/tenants/{slug}")><bdi>{tenant.name.clone()}</bdi></a>". Everything of it in one file, without secrets. Its owners see in their audit log who asked for it."</p>
            </div></div>
            <div class="stack">
                {done.then(|| view! { <Notice kind="ok">"Asked for. It is made within moments; a large tenant takes longer."</Notice> })}
                {gone.then(|| view! { <Notice kind="error">{download.message().unwrap_or_default()}</Notice> })}
                {inert(current)}
                {(!open).then(|| inert(list::ask(&asked, ExportAnyTenant::PATH, ("slug", slug.as_str()))))}
                {inert(list::table(&exports, tenant.now))}
            </div>
        };
        Ok(console(&me, &title, "/admin/tenants", body.into_any()))
    })
}

/// Has an archive of a tenant made, for staff who give their password once more.
#[server(prefix = "/fn", endpoint = "moving/export-tenant", input = PostUrl)]
pub async fn export_any_tenant(slug: String, #[server(default)] export_password: String) -> Result<(), UiError> {
    answer(try_ask(&slug, &export_password).await)
}

async fn try_ask(slug: &str, password: &str) -> Result<(), UiError> {
    let (me, admin) = super::purge::me_as_admin().await?;
    let slug: Slug = slug.parse().map_err(|_| UiError::not_found())?;
    let store = &Context::get().store;
    store.platform::<MoveTenants>(&admin).await?.commit().await?;
    confirm_password(&me, "export_password", password).await?;
    let mut tx = store.platform::<MoveTenants>(&admin).await?;
    tx.ask_for_export(&slug).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/admin/tenants/{slug}/export?done=asked"));
    Ok(())
}
