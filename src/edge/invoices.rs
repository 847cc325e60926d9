//! Invoices as files: `/t/{slug}/billing/{number}/invoice.pdf` and `…/invoice.csv`.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tower_sessions::Session;

use super::download::{self, refuse};
use super::invoice_pdf;
use super::router::AppState;
use crate::domain::capability::SeeBilling;
use crate::domain::csv::{line, line_with_amount};
use crate::domain::slug::Slug;
use crate::store::invoices::Invoice;
use crate::store::{Store, StoreError};
use crate::web::RequestInfo;
use crate::web::request::ShownPath;

type Shown = Option<Extension<ShownPath>>;

pub async fn pdf(
    state: State<AppState>,
    session: Session,
    info: Extension<RequestInfo>,
    shown: Shown,
    Path((slug, number)): Path<(String, String)>,
) -> Response {
    match find(&state.context.store, session, &info, shown, &slug, &number, "invoice.pdf").await {
        Ok(invoice) => file(&invoice, "application/pdf", "pdf", invoice_pdf::render(&invoice)),
        Err(refused) => refused,
    }
}

pub async fn csv(
    state: State<AppState>,
    session: Session,
    info: Extension<RequestInfo>,
    shown: Shown,
    Path((slug, number)): Path<(String, String)>,
) -> Response {
    match find(&state.context.store, session, &info, shown, &slug, &number, "invoice.csv").await {
        Ok(invoice) => file(&invoice, "text/csv; charset=utf-8", "csv", table(&invoice).into_bytes()),
        Err(refused) => refused,
    }
}

async fn find(
    store: &Store,
    session: Session,
    info: &RequestInfo,
    shown: Shown,
    slug: &str,
    number: &str,
    name: &str,
) -> Result<Invoice, Response> {
    let here = shown.map_or_else(|| format!("/t/{slug}/billing/{number}/{name}"), |Extension(ShownPath(path))| path);
    let me = download::me(&session, info, &here).await?;
    let found = async {
        let slug: Slug = slug.parse().map_err(|_| StoreError::NotFound)?;
        let member = me.member(&slug).ok_or(StoreError::NotFound)?;
        let mut tx = store.tenant::<SeeBilling>(&member).await?;
        let invoice = tx.get_invoice(number.parse().map_err(|_| StoreError::NotFound)?).await?;
        tx.commit().await?;
        Ok(invoice)
    };
    found.await.map_err(|error: StoreError| refuse(&error))
}

fn table(invoice: &Invoice) -> String {
    let row = &invoice.row;
    let (month, made, due) = (row.month.format("%Y-%m").to_string(), row.issued_at.date_naive().to_string(), row.due_on.to_string());
    let lines =
        invoice.lines.iter().map(|l| line_with_amount([row.name.as_str(), &month, &made, &due, l.kind.as_str(), &l.text], l.amount.0));
    std::iter::once(line(["invoice", "month", "made", "due", "kind", "description", "amount_usd"])).chain(lines).collect()
}

fn file(invoice: &Invoice, kind: &'static str, ending: &str, bytes: Vec<u8>) -> Response {
    // A slug in capitals and a number: ASCII.
    let name = format!("attachment; filename=\"{}.{ending}\"", invoice.row.name);
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_DISPOSITION, name),
    ];
    (StatusCode::OK, headers, bytes).into_response()
}
