//! Every meter that a tenant used in a span of days: those too that were added later. Read from rollups.

use sqlx::PgConnection;

use super::Result;
use super::access::stored;
use super::handle::{PlatformRead, TenantTx};
use super::usage_report::Looked;
use crate::domain::capability::ViewTenant;
use crate::domain::ids::TenantId;
use crate::domain::meter::Kind;
use crate::domain::money::Usd;
use crate::domain::quantity::Unit;
use crate::domain::usage::Span;

/// Any meter over the span, and over the span before. Of what is not counted up, the highest level.
#[derive(Debug, Clone)]
pub struct MeterLine {
    pub label: String,
    pub kind: Kind,
    pub unit: Unit,
    pub amount: i64,
    pub before: i64,
    pub cost: Usd,
}

async fn meter_lines(conn: &mut PgConnection, tenant: TenantId, span: Span) -> Result<Vec<MeterLine>> {
    let rows = sqlx::query!(
        r#"
        select
          m.label, m.kind, m.unit,
          (case m.kind
            when 'metered' then sum(u.amount) filter (where u.day >= $2)
            else max(u.amount) filter (where u.day >= $2) end)::bigint as amount,
          (case m.kind
            when 'metered' then sum(u.amount) filter (where u.day < $2)
            else max(u.amount) filter (where u.day < $2) end)::bigint as before,
          coalesce(sum(u.cost_usd) filter (where u.day >= $2), 0) as "cost!"
        from meters m
        join usage_days u on u.tenant_id = $1
          and u.meter = m.key
          and (u.day between $2 and $3 or u.day between $4 and $5)
        group by m.key, m.label, m.kind, m.unit, m.position
        order by m.position, m.key
        "#,
        tenant.0,
        span.from,
        span.to,
        span.before_from,
        span.before_to,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MeterLine {
                label: row.label,
                kind: stored(row.kind.parse())?,
                unit: stored(row.unit.parse())?,
                amount: row.amount.unwrap_or(0),
                before: row.before.unwrap_or(0),
                cost: Usd(row.cost),
            })
        })
        .collect()
}

impl TenantTx<ViewTenant> {
    /// Every meter that was used, in the catalogue's order.
    pub async fn list_meter_lines(&mut self, span: Span) -> Result<Vec<MeterLine>> {
        meter_lines(self.tx.conn(), self.head.id, span).await
    }
}

impl PlatformRead {
    pub async fn list_meter_lines(&mut self, tenant: &Looked, span: Span) -> Result<Vec<MeterLine>> {
        meter_lines(self.tx.conn(), tenant.id, span).await
    }
}
