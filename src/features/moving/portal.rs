//! `/t/{slug}/export`: an owner takes everything out of their tenant. `moving/export` asks for it, with the password once more.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::server_fn::codec::PostUrl;
use maud::{Markup, html};

use super::list;
use crate::domain::capability::ExportTenant;
use crate::store::exports::{ExportState, HOURS};
use crate::ui::text::notice;
use crate::web::confirm::confirm_password;
use crate::web::error::answer;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, acting_member, query};
use crate::web::{RequestInfo, UiError};

/// Where the download's form says what was wrong, see `edge/exports.rs`.
const DOWNLOAD: &str = "export/download";

pub fn export_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (asked, download) = (Form::of::<AskForExport>(), Form::at(DOWNLOAD));
        let done = query("done").is_some_and(|done| done == "asked") && !asked.failed() && !download.failed();
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<ExportTenant>(&member).await?;
        let exports = tx.list_exports().await?;
        let (frame, head) = (PortalFrame::new(&me, &tx), tx.tenant().clone());
        tx.commit().await?;
        let here = format!("{}/export", frame.base());
        let current = list::current(&exports, &download, &format!("{here}/download"), &here, true);
        let open = exports.first().is_some_and(|export| export.state.is_open());
        let gone = download.failed() && exports.first().is_none_or(|export| export.state != ExportState::Ready);
        let body = html! {
            div class="head" {
                div class="grow" {
                    h1 { "Export" }
                    p { "Everything that " (head.name) " has, in one file: for your records, or to take it elsewhere." }
                }
            }
            div class="stack" {
                @if done { (notice("ok", html! { "Asked for. When it is ready you get a mail." })) }
                @if gone { (notice("error", html! { (download.message().unwrap_or_default()) })) }
                (current)
                @if !open || asked.failed() { (list::ask(&asked, AskForExport::PATH, ("tenant", head.slug.as_str()))) }
                (about())
                (list::table(&exports, head.now))
            }
        };
        Ok(frame.page("Export", "/settings", body))
    })
}

fn about() -> Markup {
    html! {
        section class="card pad stack" {
            h2 { "What is in it" }
            p {
                "Members, invites, agents, documents with their files, conversations, usage, invoices, branding, domains and the audit log, as they \
                 stand at one moment: JSON Lines, one file a table, and a manifest with the hash of each."
            }
            p class="muted" {
                "No secrets: no passwords, no second factors, no API keys, no links. The file is kept for " (HOURS) " hours and can be downloaded once, by an owner."
            }
        }
    }
}

/// Has an archive made, for an owner who gives their password once more.
#[server(prefix = "/fn", endpoint = "moving/export", input = PostUrl)]
pub async fn ask_for_export(tenant: String, #[server(default)] export_password: String) -> Result<(), UiError> {
    answer(try_ask(&tenant, &export_password).await)
}

async fn try_ask(tenant: &str, password: &str) -> Result<(), UiError> {
    let (me, slug, member) = acting_member(tenant).await?;
    let store = &Context::get().store;
    // The right to it at all comes before what is wrong with the form.
    store.tenant::<ExportTenant>(&member).await?.commit().await?;
    confirm_password(&me, "export_password", password).await?;
    let mut tx = store.tenant::<ExportTenant>(&member).await?;
    tx.ask_for_export().await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("{}/export?done=asked", RequestInfo::get().portal_base(&slug)));
    Ok(())
}
