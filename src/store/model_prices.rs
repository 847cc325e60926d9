//! What models cost. An event is priced when it is reported, by the price of its own day: a price that is added changes no cost that stands.

use chrono::NaiveDate;
use serde_json::json;

use super::Result;
use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use crate::domain::model_price::{Direction, NewPrice};
use crate::domain::quantity::Unit;
use crate::domain::unit_price::UnitPrice;

/// Where a price stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Past,
    Current,
    Coming,
}

#[derive(Debug, Clone)]
pub struct ModelPrice {
    pub meter: String,
    /// Of the meter.
    pub label: String,
    pub unit: Unit,
    pub model: String,
    pub direction: Direction,
    pub valid_from: NaiveDate,
    pub price: UnitPrice,
    pub phase: Phase,
}

impl PlatformRead {
    /// Prices that hold now or later; with `past` those too that a later one has replaced. By model, direction and day.
    pub async fn list_model_prices(&mut self, past: bool) -> Result<Vec<ModelPrice>> {
        let rows = sqlx::query!(
            r#"
            select x.meter as "meter!", x.label as "label!", x.unit as "unit!", x.model as "model!", x.direction as "direction!",
              x.valid_from as "valid_from!", x.price_usd as "price_usd!", x.per as "per!",
              x.valid_from > today() as "coming!", x.replaced as "replaced!"
            from (
              select p.*, m.label, m.unit, m.position,
                coalesce(lead(p.valid_from) over (partition by p.meter, p.model, p.direction order by p.valid_from) <= today(), false) as replaced
              from model_prices p
              join meters m on m.key = p.meter
            ) x
            where $1 or not x.replaced
            order by x.position, x.model, array_position(array['input', 'output', 'any'], x.direction), x.valid_from
            "#,
            past,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ModelPrice {
                    meter: row.meter,
                    label: row.label,
                    unit: stored(row.unit.parse())?,
                    model: row.model,
                    direction: stored(row.direction.parse())?,
                    valid_from: row.valid_from,
                    price: UnitPrice { usd: row.price_usd, per: row.per },
                    phase: match (row.replaced, row.coming) {
                        (true, _) => Phase::Past,
                        (false, true) => Phase::Coming,
                        (false, false) => Phase::Current,
                    },
                })
            })
            .collect()
    }

    /// The UTC day of the database's clock.
    pub async fn today(&mut self) -> Result<NaiveDate> {
        Ok(sqlx::query_scalar!(r#"select today() as "today!""#).fetch_one(self.tx.conn()).await?)
    }
}

impl PlatformTx {
    /// Adds a price; one of the same meter, model, direction and day is replaced.
    pub async fn set_model_price(&mut self, new: &NewPrice) -> Result<()> {
        let before = sqlx::query!(
            r#"
            select price_usd, per
            from model_prices
            where meter = $1
              and model = $2
              and direction = $3
              and valid_from = $4
            for update
            "#,
            new.meter,
            new.model.as_str(),
            new.direction.as_str(),
            new.valid_from,
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .map(|row| json!(UnitPrice { usd: row.price_usd, per: row.per }));
        sqlx::query!(
            r#"
            insert into model_prices (meter, model, direction, valid_from, price_usd, per)
            values ($1, $2, $3, $4, $5, $6)
            on conflict on constraint model_prices_pkey do update
            set price_usd = excluded.price_usd, per = excluded.per
            "#,
            new.meter,
            new.model.as_str(),
            new.direction.as_str(),
            new.valid_from,
            new.price.usd,
            new.price.per,
        )
        .execute(self.read.tx.conn())
        .await?;
        let target = format!("{} {} {} from {}", new.meter, new.model, new.direction.as_str(), new.valid_from);
        self.audit_platform("price.set", &target, before, Some(json!(new.price))).await
    }
}
