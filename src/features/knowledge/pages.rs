//! `/t/{slug}/knowledge`: what the tenant's agents can look things up in, and how much room is left.

use std::sync::LazyLock;

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::server::DeleteDocument;
use crate::domain::capability::{ManageAgents, ViewTenant};
use crate::domain::document::{FileName, MAX_BYTES};
use crate::domain::ids::DocumentId;
use crate::domain::quantity::{self, Unit};
use crate::domain::zone::Zone;
use crate::store::access::TenantHead;
use crate::store::agents::Page;
use crate::store::documents::DocumentRow;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{Input, form_message};
use crate::ui::pager::pager;
use crate::ui::table::Head::{Figures, Text, Unseen};
use crate::ui::table::rows_table;
use crate::ui::text::{ago, inert, notice, written};
use crate::ui::time::zone;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::limit::at_limit;
use crate::web::page::{PageText, islands, page};
use crate::web::request::{self, Context, query};
use crate::web::standing::Limited;

const PAGE: i64 = 50;
/// By this name the upload's errors come back, see `edge/knowledge.rs`.
const UPLOAD: &str = "knowledge/upload";

/// Who looks, and where.
struct Viewer {
    may: bool,
    /// Whose deletion is asked about, without script.
    asked: Option<String>,
    base: String,
    head: TenantHead,
}

pub fn knowledge_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (upload, deletion) = (Form::at(UPLOAD), Form::of::<DeleteDocument>());
        let (done, asked) = (query("done"), query("remove"));
        let after = query("after").and_then(|after| after.parse().ok()).map(DocumentId);
        let (me, looker) = request::looker(&slug).await?;
        let mut tx = Context::get().store.look::<ViewTenant>(&looker).await?;
        let documents = tx.list_documents(after, PAGE).await?;
        let space = tx.get_space(Limited::Storage.meter(), 1).await?;
        let frame = PortalFrame::new(&me, &tx);
        let viewer = Viewer { may: tx.may::<ManageAgents>(), asked, base: frame.base().to_owned(), head: tx.tenant().clone() };
        tx.commit().await?;
        let message = upload.message().or_else(|| deletion.message());
        let full = space.against.as_ref();
        let full_message = full.map(ToString::to_string);
        let body = html! {
            div class="head" { div class="grow" { h1 { "Knowledge" } p { "Documents that your agents look things up in." } } }
            @if let Some(text) = done.and_then(|done| said(&done)) { (notice("ok", html! { (text) })) }
            @if let Some(full) = full { (at_limit(full, &viewer.head)) }
            (form_message(message.filter(|message| full_message.as_ref() != Some(message)).as_deref()))
            div class="two" {
                @if viewer.may { (upload_form(&upload, &viewer)) }
                (Limited::Storage.card(&viewer.base, &space))
            }
            (list(&documents, after.is_some(), &viewer))
            (islands())
        };
        Ok(frame.page("Knowledge", "/knowledge", body))
    })
}

fn said(done: &str) -> Option<&'static str> {
    match done {
        "uploaded" => Some("The document is uploaded."),
        "deleted" => Some("The document is deleted, and its room is free."),
        _ => None,
    }
}

fn upload_form(form: &Form, viewer: &Viewer) -> Markup {
    // The limit is a constant: its text is made once.
    static HINT: LazyLock<String> = LazyLock::new(|| format!("One file of at most {}.", quantity::short(MAX_BYTES, Unit::Bytes)));
    let error = form.error("document");
    html! {
        form class="form card pad" method="post" enctype="multipart/form-data" action={ (viewer.base) "/knowledge" } {
            input type="hidden" name="request" value=(uuid::Uuid::new_v4());
            (Input { name: "document", label: "Document", kind: "file", error: error.as_deref(), hint: &HINT, ..Input::default() })
            div class="actions" { button class="btn pri" { "Upload" } }
        }
    }
}

fn list(documents: &Page<DocumentRow>, further: bool, viewer: &Viewer) -> Markup {
    if documents.rows.is_empty() {
        let what = match (further, viewer.may) {
            (true, _) => "There are no more documents.",
            (false, true) => "Upload a handbook, a price list, minutes: whatever your agents should know.",
            (false, false) => "Members of this tenant can upload the first one.",
        };
        return html! { div class="card empty" { h2 { "No documents here" } p { (what) } } };
    }
    let zone = zone();
    let mut heads = vec![Text("Document"), Text("Type"), Figures("Size"), Text("By"), Text("When")];
    if viewer.may {
        heads.push(Unseen("Actions"));
    }
    let first = further.then(|| format!("{}/knowledge", viewer.base));
    let next = documents.next.as_ref().map(|next| format!("{}/knowledge?after={next}", viewer.base));
    html! {
        div class="card rows" {
            (rows_table(
                "Documents, newest first",
                &heads,
                &html! { @for document in &documents.rows { (row(document, viewer, zone)) } }
            ))
            (pager(documents.rows.len(), first.as_deref(), next.as_deref(), "Pages"))
        }
    }
}

fn row(document: &DocumentRow, viewer: &Viewer, zone: Zone) -> Markup {
    html! {
        tr role="row" {
            td role="cell" class="name" { a href={ (viewer.base) "/knowledge/" (document.id) } { bdi { (document.name) } } }
            td role="cell" data-label="Type" {
                @match document.name.parse::<FileName>() {
                    Ok(name) => (name.kind()),
                    Err(_) => "File",
                }
            }
            td role="cell" class="lead num" { (quantity::short(document.size_bytes, Unit::Bytes)) }
            td role="cell" class="long" data-label="By" { (document.created_by) }
            td role="cell" { (ago(document.created_at, viewer.head.now, zone)) }
            @if viewer.may { td role="cell" class="do" { (deletion(document, viewer)) } }
        }
    }
}

fn deletion(document: &DocumentRow, viewer: &Viewer) -> Markup {
    let id = document.id.to_string();
    let here = format!("{}/knowledge", viewer.base);
    let fields = html! {
        p { "Your agents cannot look anything up in it any more. It cannot be brought back; its room is free for others." }
        input type="hidden" name="tenant" value=(viewer.head.slug);
        input type="hidden" name="document" value=(id);
    };
    written(view! {
        <ConfirmDialog
            id=format!("remove-{id}")
            label="Delete".to_owned()
            title=format!("Delete {}?", document.name)
            href=format!("{here}?remove={id}#remove-{id}")
            cancel_href=here
            action=DeleteDocument::PATH.to_owned()
            confirm="Delete document".to_owned()
            danger=true
            open=viewer.asked.as_deref() == Some(id.as_str())
        >
            {inert(fields)}
        </ConfirmDialog>
    })
}
