//! `/t/{slug}/billing`: what the next invoice holds so far, where invoices go, and those that were made.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::parts::{draft_card, month, rule};
use super::server::SetBillingEmail;
use crate::domain::billing::Draft;
use crate::domain::capability::{ManageBilling, SeeBilling};
use crate::domain::when;
use crate::store::invoices::InvoiceRow;
use crate::store::plan_board::Board;
use crate::ui::field::{FormMessage, TextField};
use crate::ui::text::Notice;
use crate::ui::time::OnDay;
use crate::web::form::Form;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageText, page};
use crate::web::request::{self, Context, query};

/// All that the page shows.
struct Sheet {
    slug: String,
    base: String,
    board: Board,
    draft: Draft,
    invoices: Vec<InvoiceRow>,
    may_change: bool,
    form: Form,
    done: String,
}

pub fn billing_page() -> PageText {
    let slug = request::param("slug");
    page(async move {
        let (form, done) = (Form::of::<SetBillingEmail>(), query("done").unwrap_or_default());
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<SeeBilling>(&member).await?;
        let board = tx.plan_board().await?;
        let (draft, invoices) = (tx.next_invoice(&board).await?, tx.list_invoices().await?);
        let (frame, may_change) = (PortalFrame::new(&me, &tx), tx.may::<ManageBilling>());
        let slug = tx.tenant().slug.to_string();
        tx.commit().await?;
        let sheet = Sheet { slug, base: frame.base().to_owned(), board, draft, invoices, may_change, form, done };
        Ok(frame.view("Billing", "/billing", body(&sheet).into_any()))
    })
}

fn email_card(sheet: &Sheet) -> AnyView {
    let email = sheet.board.billing_email.clone();
    if !sheet.may_change {
        return view! { <section class="card pad stack"><h2>"Invoices go to"</h2><p>{email}</p><p class="hint">"An owner can change it."</p></section> }.into_any();
    }
    view! {
        <section class="card pad stack">
            <h2>"Invoices go to"</h2>
            <FormMessage message=sheet.form.message() />
            <form class="form" method="post" action=SetBillingEmail::PATH>
                <input type="hidden" name="tenant" value=sheet.slug.clone() />
                <TextField
                    name="email"
                    label="Billing e-mail"
                    kind="email"
                    autocomplete="email"
                    value=sheet.form.typed("email").or(Some(email))
                    error=sheet.form.error("email")
                    hint="Stands on every invoice that is made from now on."
                />
                <div class="actions"><button class="btn">"Save"</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn row(invoice: &InvoiceRow, base: &str) -> impl IntoView + use<> {
    let here = format!("{base}/billing/{}", invoice.number);
    view! {
        <tr role="row">
            <td role="cell" class="name"><a href=here.clone()>{invoice.name.clone()}</a></td>
            <td role="cell" data-label="For">{month(invoice.month)}</td>
            <td role="cell" data-label="Made"><OnDay at=invoice.issued_at /></td>
            <td role="cell" data-label="Due"><time datetime=invoice.due_on.to_string()>{when::day(invoice.due_on)}</time></td>
            <td role="cell" class="lead num"><b>{invoice.total.to_string()}</b></td>
            <td role="cell" class="do"><span class="row">
                <a href=format!("{here}/invoice.pdf") aria-label=format!("{} as PDF", invoice.name)>"PDF"</a>
                <a href=format!("{here}/invoice.csv") aria-label=format!("{} as CSV", invoice.name)>"CSV"</a>
            </span></td>
        </tr>
    }
}

fn list(sheet: &Sheet) -> AnyView {
    if sheet.invoices.is_empty() {
        return view! {
            <section class="card"><div class="empty"><h2>"No invoices yet"</h2><p>"The first one is made some days after the end of a month for which something is to be paid."</p></div></section>
        }
        .into_any();
    }
    let rows = sheet.invoices.iter().map(|invoice| row(invoice, &sheet.base)).collect_view();
    view! {
        <section class="card rows">
            <div class="card-head"><h2>"Invoices"</h2></div>
            <table role="table">
                <caption class="visually-hidden">"Invoices, newest first"</caption>
                <thead role="rowgroup"><tr role="row">
                    <th role="columnheader" scope="col">"Number"</th><th role="columnheader" scope="col">"For"</th>
                    <th role="columnheader" scope="col">"Made"</th><th role="columnheader" scope="col">"Due"</th>
                    <th role="columnheader" scope="col" class="num">"Total"</th>
                    <th role="columnheader" scope="col"><span class="visually-hidden">"Files"</span></th>
                </tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn body(sheet: &Sheet) -> impl IntoView + use<> {
    let saved = (sheet.done == "email" && !sheet.form.failed())
        .then(|| format!(" Invoices go to {} from now on.", sheet.board.billing_email))
        .map(|text| view! { <Notice kind="ok"><b>"Saved."</b>{text}</Notice> });
    let title = format!("Next invoice, for {}, so far", month(sheet.draft.month));
    view! {
        <div class="head">
            <div class="grow"><h1>"Billing"</h1><p>"Invoices are on account: made each month, paid by transfer."</p></div>
            <a class="btn" href=format!("{}/plan", sheet.base)>"Plan"</a>
        </div>
        {saved}
        <div class="pair">{draft_card(title, &sheet.draft)}{email_card(sheet)}</div>
        {list(sheet)}
        {rule()}
    }
}
