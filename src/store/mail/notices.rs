//! A limit that filled up is told to those who can do something about it.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Deserialize;
use sqlx::PgConnection;

use crate::domain::email::Email;
use crate::domain::ids::TenantId;
use crate::domain::mail::Letter;
use crate::domain::money::Usd;
use crate::domain::quantity::{self, Unit};
use crate::store::Result;
use crate::store::access::stored;
use crate::store::handle::WorkerTx;
use crate::store::jobs::Claimed;

/// As `raise_notices` queues it.
#[derive(Deserialize)]
struct Noticed {
    meter: String,
    percent: i32,
    period: NaiveDate,
}

fn amount(n: Decimal, unit: &str) -> String {
    let whole = n.trunc().to_i64().unwrap_or(i64::MAX);
    match unit {
        "usd" => Usd(n).to_string(),
        "bytes" => quantity::short(whole, Unit::Bytes),
        _ => quantity::count(whole),
    }
}

/// The owners and admins of a tenant, who can do something about what is wrong.
pub(in crate::store) async fn caretakers(conn: &mut PgConnection, tenant: TenantId) -> Result<Vec<Email>> {
    let people = sqlx::query_scalar!(
        r#"
        select u.email
        from members m
        join users u on u.id = m.user_id
        where m.tenant_id = $1
          and m.role in ('owner', 'admin')
          and u.disabled_at is null
        order by u.email
        "#,
        tenant.0,
    )
    .fetch_all(conn)
    .await?;
    people.into_iter().map(|person| stored(person.parse())).collect()
}

impl WorkerTx {
    /// Posts a letter to each owner and admin of the tenant. Where a higher threshold was crossed as well, that one tells it; people of a
    /// tenant that is closed are told nothing.
    pub async fn post_notice(&mut self, job: &Claimed) -> Result<()> {
        let noticed: Noticed = stored(serde_json::from_value(job.payload.clone()))?;
        let row = sqlx::query!(
            r#"
            select t.name, t.slug, n.used, n.quota, coalesce(m.label, 'Budget') as "label!", coalesce(m.unit, 'usd') as "unit!"
            from notices n
            join tenants t on t.id = n.tenant_id and t.status in ('trial', 'active', 'past_due')
            left join meters m on m.key = n.meter
            where n.tenant_id = $1
              and n.meter = $2
              and n.period = $3
              and n.percent = $4
              and not exists (
                select from notices h
                where h.tenant_id = n.tenant_id and h.meter = n.meter and h.period = n.period and h.percent > n.percent)
            "#,
            self.tenant.0,
            noticed.meter,
            noticed.period,
            noticed.percent,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(()) };
        let people = caretakers(self.tx.conn(), self.tenant).await?;
        let letter = Letter::LimitReached {
            tenant: row.name,
            slug: row.slug,
            label: row.label,
            percent: noticed.percent,
            used: amount(row.used, &row.unit),
            quota: amount(row.quota, &row.unit),
        };
        for person in people {
            super::post(self.tx.conn(), Some(self.tenant), &person, &letter).await?;
        }
        Ok(())
    }
}
