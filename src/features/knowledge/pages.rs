//! `/t/{slug}/knowledge`: what the tenant's agents can look things up in, and how much room is left.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::server::DeleteDocument;
use crate::domain::capability::{ManageAgents, ViewTenant};
use crate::domain::document::{FileName, MAX_BYTES};
use crate::domain::ids::DocumentId;
use crate::domain::quantity::{self, Unit};
use crate::store::access::TenantHead;
use crate::store::agents::Page;
use crate::store::documents::DocumentRow;
use crate::ui::dialog::ConfirmDialog;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::pager::Pager;
use crate::ui::text::{Ago, Notice};
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::limit::at_limit;
use crate::web::page::{Islands, PageText, page};
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
        let notice = done.and_then(|done| said(&done)).map(|text| view! { <Notice kind="ok">{text}</Notice> });
        let message = upload.message().or_else(|| deletion.message());
        let full = space.against.as_ref();
        let full_message = full.map(ToString::to_string);
        let body = view! {
            <div class="head"><div class="grow"><h1>"Knowledge"</h1><p>"Documents that your agents look things up in."</p></div></div>
            {notice}
            {full.map(|full| at_limit(full, &viewer.head))}
            <FormMessage message=message.filter(|message| full_message.as_ref() != Some(message)) />
            <div class="two">
                {viewer.may.then(|| upload_form(&upload, &viewer))}
                {Limited::Storage.card(&viewer.base, &space)}
            </div>
            {list(documents, after.is_some(), &viewer)}
            <Islands />
        };
        Ok(frame.view("Knowledge", "/knowledge", body.into_any()))
    })
}

fn said(done: &str) -> Option<&'static str> {
    match done {
        "uploaded" => Some("The document is uploaded."),
        "deleted" => Some("The document is deleted, and its room is free."),
        _ => None,
    }
}

fn upload_form(form: &Form, viewer: &Viewer) -> impl IntoView + use<> {
    let hint: &'static str = {
        // The limit is a constant: its text is made once.
        static HINT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        HINT.get_or_init(|| format!("One file of at most {}.", quantity::short(MAX_BYTES, Unit::Bytes)))
    };
    view! {
        <form class="form card pad" method="post" enctype="multipart/form-data" action=format!("{}/knowledge", viewer.base)>
            <input type="hidden" name="request" value=uuid::Uuid::new_v4().to_string() />
            <TextField name="document" label="Document" kind="file" error=form.error("document") hint=hint />
            <div class="actions"><button class="btn pri">"Upload"</button></div>
        </form>
    }
}

fn list(documents: Page<DocumentRow>, further: bool, viewer: &Viewer) -> AnyView {
    if documents.rows.is_empty() {
        let what = match (further, viewer.may) {
            (true, _) => "There are no more documents.",
            (false, true) => "Upload a handbook, a price list, minutes: whatever your agents should know.",
            (false, false) => "Members of this tenant can upload the first one.",
        };
        return view! { <div class="card empty"><h2>"No documents here"</h2><p>{what}</p></div> }.into_any();
    }
    let shown = documents.rows.len();
    let rows = documents.rows.into_iter().map(|document| row(document, viewer)).collect_view();
    let first = further.then(|| format!("{}/knowledge", viewer.base));
    let next = documents.next.map(|next| format!("{}/knowledge?after={next}", viewer.base));
    view! {
        <div class="card rows">
            <table role="table">
                <caption class="visually-hidden">"Documents, newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Document"</th><th role="columnheader" scope="col">"Type"</th>
                    <th role="columnheader" scope="col" class="num">"Size"</th><th role="columnheader" scope="col">"By"</th>
                    <th role="columnheader" scope="col">"When"</th>
                    {viewer.may.then(|| view! { <th role="columnheader" scope="col"><span class="visually-hidden">"Actions"</span></th> })}
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            <Pager shown=shown first=first next=next />
        </div>
    }
    .into_any()
}

fn row(document: DocumentRow, viewer: &Viewer) -> impl IntoView + use<> {
    let kind = document.name.parse::<FileName>().map_or_else(|_| "File".to_owned(), |name| name.kind());
    let action = viewer.may.then(|| deletion(&document, viewer));
    let href = format!("{}/knowledge/{}", viewer.base, document.id);
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=href><bdi>{document.name.clone()}</bdi></a></td>
            <td role="cell" data-label="Type">{kind}</td>
            <td role="cell" class="lead num">{quantity::short(document.size_bytes, Unit::Bytes)}</td>
            <td role="cell" class="long" data-label="By">{document.created_by}</td>
            <td role="cell"><Ago at=document.created_at now=viewer.head.now /></td>
            {action.map(|action| view! { <td role="cell" class="do">{action}</td> })}
        </tr>
    }
}

fn deletion(document: &DocumentRow, viewer: &Viewer) -> impl IntoView + use<> {
    let id = document.id.to_string();
    let here = format!("{}/knowledge", viewer.base);
    let fields = view! {
        <p>"Your agents cannot look anything up in it any more. It cannot be brought back; its room is free for others."</p>
        <input type="hidden" name="tenant" value=viewer.head.slug.to_string() />
        <input type="hidden" name="document" value=id.clone() />
    };
    view! {
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
            {fields}
        </ConfirmDialog>
    }
}
