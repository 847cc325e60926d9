//! Invoices as they were made. They do not change any more.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformRead, TenantTx};
use super::usage_report::Looked;
use super::{Result, StoreError};
use crate::domain::billing::Line;
use crate::domain::capability::SeeBilling;
use crate::domain::ids::TenantId;
use crate::domain::money::Usd;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceRow {
    /// Within the tenant; pages and files are addressed by it.
    pub number: i32,
    /// `ACME-0007`
    pub name: String,
    /// The first of the month.
    pub month: NaiveDate,
    pub issued_at: DateTime<Utc>,
    pub due_on: NaiveDate,
    pub total: Usd,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub row: InvoiceRow,
    pub bill_to: String,
    pub email: String,
    pub terms: String,
    pub lines: Vec<Line>,
}

fn name(series: &str, number: i32) -> String {
    format!("{series}-{number:04}")
}

/// Ten years of months.
const MOST: i64 = 120;

async fn list(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<InvoiceRow>> {
    let rows = sqlx::query_file!("src/store/invoices.sql", tenant.0, MOST,).fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| InvoiceRow {
            number: row.number,
            name: name(&row.series, row.number),
            month: row.period,
            issued_at: row.issued_at,
            due_on: row.due_on,
            total: Usd(row.total_usd),
        })
        .collect())
}

async fn get(conn: &mut PgConnection, tenant: TenantId, number: i32) -> Result<Invoice> {
    let row = sqlx::query!(
        r#"
        select id, number, series, period, issued_at, due_on, terms, bill_to, email, total_usd
        from invoices
        where tenant_id = $1
          and number = $2
        "#,
        tenant.0,
        number,
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(StoreError::NotFound)?;
    Ok(Invoice {
        row: InvoiceRow {
            number: row.number,
            name: name(&row.series, row.number),
            month: row.period,
            issued_at: row.issued_at,
            due_on: row.due_on,
            total: Usd(row.total_usd),
        },
        bill_to: row.bill_to,
        email: row.email,
        terms: row.terms,
        lines: lines(conn, tenant, row.id).await?,
    })
}

async fn lines(conn: &mut PgConnection, tenant: TenantId, invoice: Uuid) -> Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"
        select kind, description, amount_usd
        from invoice_lines
        where tenant_id = $1
          and invoice_id = $2
        order by position
        "#,
        tenant.0,
        invoice,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| Ok(Line { kind: stored(row.kind.parse())?, text: row.description, amount: Usd(row.amount_usd) })).collect()
}

impl TenantTx<SeeBilling> {
    /// Newest first.
    pub async fn list_invoices(&mut self) -> Result<Vec<InvoiceRow>> {
        list(self.tx.conn(), self.head.id).await
    }

    /// # Errors
    /// `NotFound`.
    pub async fn get_invoice(&mut self, number: i32) -> Result<Invoice> {
        get(self.tx.conn(), self.head.id, number).await
    }
}

impl PlatformRead {
    /// Newest first.
    pub async fn list_invoices(&mut self, tenant: &Looked) -> Result<Vec<InvoiceRow>> {
        list(self.tx.conn(), tenant.id).await
    }
}
