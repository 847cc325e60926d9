//! `/t/{slug}/billing`: what the next invoice holds so far, where invoices go, and those that were made.

use leptos::server_fn::ServerFn as _;
use maud::{Markup, html};

use super::parts::{draft_card, month, rule};
use super::server::SetBillingEmail;
use crate::domain::billing::Draft;
use crate::domain::capability::{ManageBilling, SeeBilling};
use crate::domain::when;
use crate::domain::zone::Zone;
use crate::store::invoices::InvoiceRow;
use crate::store::plan_board::Board;
use crate::ui::field::{Input, form_message};
use crate::ui::table::Head::{Figures, Text, Unseen};
use crate::ui::table::rows_table;
use crate::ui::text::notice;
use crate::ui::time::{on_day, zone};
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
        Ok(frame.page("Billing", "/billing", body(&sheet)))
    })
}

fn email_card(sheet: &Sheet) -> Markup {
    let email = &sheet.board.billing_email;
    if !sheet.may_change {
        return html! {
            section class="card pad stack" { h2 { "Invoices go to" } p { (email) } p class="hint" { "An owner can change it." } }
        };
    }
    html! {
        section class="card pad stack" {
            h2 { "Invoices go to" }
            (form_message(sheet.form.message().as_deref()))
            form class="form" method="post" action=(SetBillingEmail::PATH) {
                input type="hidden" name="tenant" value=(sheet.slug);
                (sheet.form.input(Input {
                    name: "email",
                    label: "Billing e-mail",
                    kind: "email",
                    autocomplete: "email",
                    value: Some(email),
                    hint: "Stands on every invoice that is made from now on.",
                    ..Input::default()
                }))
                div class="actions" { button class="btn" { "Save" } }
            }
        }
    }
}

fn row(invoice: &InvoiceRow, base: &str, zone: Zone) -> Markup {
    let here = format!("{base}/billing/{}", invoice.number);
    html! {
        tr role="row" {
            td role="cell" class="name" { a href=(here) { (invoice.name) } }
            td role="cell" data-label="For" { (month(invoice.month)) }
            td role="cell" data-label="Made" { (on_day(invoice.issued_at, zone)) }
            td role="cell" data-label="Due" { time datetime=(invoice.due_on) { (when::day(invoice.due_on)) } }
            td role="cell" class="lead num" { b { (invoice.total) } }
            td role="cell" class="do" {
                span class="row" {
                    a href={ (here) "/invoice.pdf" } aria-label={ (invoice.name) " as PDF" } { "PDF" }
                    a href={ (here) "/invoice.csv" } aria-label={ (invoice.name) " as CSV" } { "CSV" }
                }
            }
        }
    }
}

fn list(sheet: &Sheet) -> Markup {
    if sheet.invoices.is_empty() {
        return html! {
            section class="card" {
                div class="empty" {
                    h2 { "No invoices yet" }
                    p { "The first one is made some days after the end of a month for which something is to be paid." }
                }
            }
        };
    }
    let zone = zone();
    html! {
        section class="card rows" {
            div class="card-head" { h2 { "Invoices" } }
            (rows_table(
                "Invoices, newest first",
                &[Text("Number"), Text("For"), Text("Made"), Text("Due"), Figures("Total"), Unseen("Files")],
                &html! { @for invoice in &sheet.invoices { (row(invoice, &sheet.base, zone)) } }
            ))
        }
    }
}

fn body(sheet: &Sheet) -> Markup {
    let title = format!("Next invoice, for {}, so far", month(sheet.draft.month));
    html! {
        div class="head" {
            div class="grow" { h1 { "Billing" } p { "Invoices are on account: made each month, paid by transfer." } }
            a class="btn" href={ (sheet.base) "/plan" } { "Plan" }
        }
        @if sheet.done == "email" && !sheet.form.failed() {
            (notice("ok", html! { b { "Saved." } " Invoices go to " (sheet.board.billing_email) " from now on." }))
        }
        div class="pair" { (draft_card(&title, &sheet.draft)) (email_card(sheet)) }
        (list(sheet))
        (rule())
    }
}
