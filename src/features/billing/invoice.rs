//! `/t/{slug}/billing/{number}`: one invoice, to be read and printed.

use leptos::prelude::*;

use super::parts::{lines, month};
use crate::domain::billing::period_text;
use crate::domain::capability::SeeBilling;
use crate::domain::when;
use crate::store::invoices::Invoice;
use crate::ui::text::inert;
use crate::ui::time::OnDay;
use crate::web::frame::PortalFrame;
use crate::web::page::{PageError, PageText, page};
use crate::web::request::{self, Context};

pub fn invoice_page() -> PageText {
    let (slug, number) = (request::param("slug"), request::param("number"));
    page(async move {
        let (me, member) = request::member(&slug).await?;
        let mut tx = Context::get().store.tenant::<SeeBilling>(&member).await?;
        let number: i32 = number.parse().map_err(|_| PageError::NotFound)?;
        let invoice = tx.get_invoice(number).await?;
        let frame = PortalFrame::new(&me, &tx);
        tx.commit().await?;
        let body = body(&invoice, frame.base());
        Ok(frame.view(&format!("Invoice {}", invoice.row.name), "/billing", body.into_any()))
    })
}

fn body(invoice: &Invoice, base: &str) -> impl IntoView + use<> {
    let row = &invoice.row;
    let here = format!("{base}/billing/{}", row.number);
    view! {
        <div class="head">
            <div class="grow">
                <h1>{format!("Invoice {}", row.name)}</h1>
                <p><a href=format!("{base}/billing")>"Billing"</a>{format!(", {}", month(row.month))}</p>
            </div>
            <a class="btn" href=format!("{here}/invoice.pdf")>"PDF"</a>
            <a class="btn" href=format!("{here}/invoice.csv")>"CSV"</a>
        </div>
        <section class="card pad stack">
            <dl class="facts">
                <dt>"For"</dt><dd><bdi>{invoice.bill_to.clone()}</bdi></dd>
                <dt>"Sent to"</dt><dd>{invoice.email.clone()}</dd>
                <dt>"Period"</dt><dd>{period_text(row.month)}</dd>
                <dt>"Made"</dt><dd><OnDay at=row.issued_at /></dd>
                <dt>"Due"</dt><dd><time datetime=row.due_on.to_string()>{when::day(row.due_on)}</time></dd>
            </dl>
            {inert(lines(&format!("Lines of the invoice {}", row.name), &invoice.lines, "Nothing is to be paid."))}
            <p>{invoice.terms.clone()}</p>
        </section>
    }
}
