//! What a tenant is billed: the month that runs, and the close of those that are over.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformRead, TenantTx};
use super::plan_board::{Board, Offer};
use super::{Result, StoreError};
use crate::domain::billing::{Draft, MeterPrice, Month, Span, Terms};
use crate::domain::capability::Capability;
use crate::domain::ids::TenantId;
use crate::domain::money::Usd;
use crate::domain::payment::{OnAccount, Payable, PaymentProvider};
use crate::domain::slug::Slug;
use crate::domain::unit_price::UnitPrice;
use crate::domain::when;

/// Who collects. There is one; another one is chosen here.
const PROVIDER: &dyn PaymentProvider = &OnAccount;

/// What plan versions cost beyond their quotas, by meter.
type Prices = BTreeMap<Uuid, BTreeMap<String, MeterPrice>>;

#[derive(Debug, Deserialize)]
struct SpanRow {
    from: NaiveDate,
    version: Uuid,
    plan: String,
    price: Usd,
    pays: bool,
    overage: BTreeMap<String, i64>,
}

#[derive(Debug, Deserialize)]
struct PriceRow {
    version: Uuid,
    meter: String,
    label: String,
    unit: String,
    usd: Decimal,
    per: i64,
}

/// The month as it stands in the database.
pub(super) async fn month(conn: &mut PgConnection, tenant: TenantId, first: NaiveDate) -> Result<Month> {
    Ok(month_with(conn, tenant, first, &[]).await?.0)
}

/// The month, and the prices of its plan versions and these.
async fn month_with(conn: &mut PgConnection, tenant: TenantId, first: NaiveDate, others: &[Uuid]) -> Result<(Month, Prices)> {
    // In a file of its own: the benchmark's baseline sends the very same statement.
    let row = sqlx::query_file!("src/store/billing_month.sql", tenant.0, first, when::next_month(first), others).fetch_one(conn).await?;
    let mut prices = Prices::new();
    for price in row.prices.0 {
        let beyond =
            MeterPrice { label: price.label, unit: stored(price.unit.parse())?, price: UnitPrice { usd: price.usd, per: price.per } };
        prices.entry(price.version).or_default().insert(price.meter, beyond);
    }
    let spans = row.spans.0.into_iter().map(|span| Span {
        from: span.from,
        terms: Terms { plan: span.plan, price: span.price, overage: prices.get(&span.version).cloned().unwrap_or_default() },
        pays: span.pays,
        overage_before: span.overage,
    });
    Ok((Month { first, spans: spans.collect(), overage: row.overage.0 }, prices))
}

/// The month of the next invoice, and what is needed to say what a change would make of it.
struct NextMonth {
    month: Month,
    prices: Prices,
}

impl NextMonth {
    /// What it comes to. `chosen` as if that plan were chosen now: one that is dearer holds from today on, a cheaper one from its time on.
    fn draft(&self, board: &Board, chosen: Option<&Offer>) -> Draft {
        let change = match (chosen, &board.scheduled) {
            (Some(offer), _) if board.is_upgrade(offer) => Some((board.today, &offer.name, offer.price, offer.version)),
            (Some(offer), _) => Some((board.next_period().date_naive(), &offer.name, offer.price, offer.version)),
            (None, Some(waits)) => Some((waits.effective_at.date_naive(), &waits.plan, waits.price, waits.version)),
            (None, None) => None,
        };
        let mut month = self.month.clone();
        if let Some((from, plan, price, version)) = change.filter(|(from, ..)| *from < when::next_month(month.first)) {
            let terms = Terms { plan: plan.clone(), price, overage: self.prices.get(&version).cloned().unwrap_or_default() };
            month.change_from(from, |span| span.terms = terms.clone());
        }
        month.draft()
    }
}

impl<C: Capability> TenantTx<C> {
    /// The next invoice as it would be if nothing more happened: of this month, while a trial runs of the month in which it ends.
    pub async fn next_invoice(&mut self, board: &Board) -> Result<Draft> {
        Ok(self.next_month(board, None).await?.draft(board, None))
    }

    /// The same, and as it would be if this plan were chosen now.
    pub async fn next_invoices(&mut self, board: &Board, offer: &Offer) -> Result<(Draft, Draft)> {
        let next = self.next_month(board, Some(offer)).await?;
        Ok((next.draft(board, None), next.draft(board, Some(offer))))
    }

    async fn next_month(&mut self, board: &Board, offer: Option<&Offer>) -> Result<NextMonth> {
        let trial_end = board.trial_ends_at.map(|end| end.date_naive().max(board.today));
        let first = when::next_month(trial_end.unwrap_or(board.today)) - chrono::Months::new(1);
        let waits = board.scheduled.as_ref().map(|waits| waits.version);
        let others: Vec<Uuid> = waits.into_iter().chain(offer.map(|offer| offer.version)).collect();
        let (mut month, prices) = month_with(self.tx.conn(), self.head.id, first, &others).await?;
        if let Some(end) = trial_end {
            month.change_from(end, |span| span.pays = true);
        }
        Ok(NextMonth { month, prices })
    }
}

/// When the invoice of a month is made: with the day on which its usage closes.
pub fn issued_on(month: NaiveDate) -> NaiveDate {
    when::next_month(month) + chrono::Days::new(5)
}

struct Head {
    next_period: NaiveDate,
    next_number: i32,
    slug: String,
    name: String,
    email: String,
    now: DateTime<Utc>,
}

/// Locks the tenant's head; who else closes its months waits, and finds them closed.
async fn lock_head(conn: &mut PgConnection, tenant: TenantId) -> Result<Head> {
    Ok(sqlx::query_as!(
        Head,
        r#"
        select h.next_period, h.next_number, t.slug, t.name, t.billing_email as email, now() as "now!"
        from billing_heads h
        join tenants t on t.id = h.tenant_id
        where h.tenant_id = $1
        for update of h
        "#,
        tenant.0,
    )
    .fetch_one(conn)
    .await?)
}

/// An invoice that was just made.
pub(super) struct Issued {
    pub number: String,
    pub month: NaiveDate,
    pub total: Usd,
}

/// Closes every month that is over and whose usage is final, missed ones too. Whoever comes second finds nothing to do.
///
/// # Errors
/// `WrongState` while a change of plan waits that belongs into such a month: then later.
pub(super) async fn close_months(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<Issued>> {
    let closed = sqlx::query_scalar!("select max(period) from usage_closed_periods").fetch_one(&mut *conn).await?;
    let mut head = lock_head(conn, tenant).await?;
    let mut issued = Vec::new();
    while closed.is_some_and(|closed| head.next_period <= closed) {
        let month = head.next_period;
        let waiting = sqlx::query_scalar!(
            r#"select exists (select from plan_changes where tenant_id = $1 and state = 'scheduled' and effective_at < ($2::date)::timestamp at time zone 'utc') as "waiting!""#,
            tenant.0,
            when::next_month(month),
        )
        .fetch_one(&mut *conn)
        .await?;
        if waiting {
            return Err(StoreError::WrongState("a change of plan in this month was not carried out yet"));
        }
        issued.extend(issue(conn, tenant, &mut head).await?);
        head.next_period = when::next_month(month);
    }
    sqlx::query!(
        "update billing_heads set next_period = $2, next_number = $3 where tenant_id = $1",
        tenant.0,
        head.next_period,
        head.next_number,
    )
    .execute(conn)
    .await?;
    Ok(issued)
}

/// The invoice of the head's month; none when there is nothing on it.
async fn issue(conn: &mut PgConnection, tenant: TenantId, head: &mut Head) -> Result<Option<Issued>> {
    let draft = month(conn, tenant, head.next_period).await?.draft();
    if draft.lines.is_empty() {
        return Ok(None);
    }
    let series = head.slug.to_uppercase();
    let number = format!("{series}-{:04}", head.next_number);
    // Of a month that was missed, or of a demo's past, as on the day on which it should have been made.
    let issued_on = issued_on(head.next_period).min(head.now.date_naive());
    let total = draft.total();
    let terms = PROVIDER.terms(&Payable { number: &number, total, issued_on });
    let id = sqlx::query_scalar!(
        r#"
        insert into invoices (tenant_id, number, series, period, issued_at, due_on, payment, terms, bill_to, email, total_usd)
        values ($1, $2, $3, $4, ($5::date)::timestamp at time zone 'utc', $6, $7, $8, $9, $10, $11)
        returning id
        "#,
        tenant.0,
        head.next_number,
        series,
        head.next_period,
        issued_on,
        terms.due_on,
        PROVIDER.key(),
        terms.text,
        head.name,
        head.email,
        total.0,
    )
    .fetch_one(&mut *conn)
    .await?;
    let amounts: Vec<Decimal> = draft.lines.iter().map(|line| line.amount.0).collect();
    sqlx::query!(
        r#"
        insert into invoice_lines (tenant_id, invoice_id, position, kind, description, amount_usd)
        select $1, $2, n, kind, description, amount
        from unnest($3::text[], $4::text[], $5::numeric[]) with ordinality as l (kind, description, amount, n)
        "#,
        tenant.0,
        id,
        &draft.lines.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>() as &[&str],
        &draft.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>() as &[&str],
        &amounts,
    )
    .execute(conn)
    .await?;
    head.next_number += 1;
    Ok(Some(Issued { number, month: head.next_period, total }))
}

impl Issued {
    /// For the audit log.
    pub(super) fn facts(&self) -> serde_json::Value {
        json!({ "number": self.number, "month": self.month, "total_usd": self.total })
    }
}

impl PlatformRead {
    /// What this month's invoice of a tenant holds so far.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn month_so_far(&mut self, slug: &Slug) -> Result<Draft> {
        let tenant = self.look_at(slug).await?;
        let first = when::next_month(tenant.today) - chrono::Months::new(1);
        Ok(month(self.tx.conn(), tenant.id, first).await?.draft())
    }
}
