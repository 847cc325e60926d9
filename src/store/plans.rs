//! The plan catalogue.

use uuid::Uuid;

use super::Result;
use super::handle::PlatformRead;
use crate::domain::money::Usd;

/// A plan with the version that is sold now.
#[derive(Debug, Clone)]
pub struct Plan {
    pub key: String,
    pub name: String,
    pub price: Usd,
    pub(super) version: Uuid,
}

/// A plan to choose by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanName {
    pub key: String,
    pub name: String,
}

impl PlatformRead {
    /// Plans that are sold, cheapest first.
    pub async fn list_plans(&mut self) -> Result<Vec<Plan>> {
        let rows = sqlx::query!(
            r#"
            select p.key, p.name, v.id as version, v.price_usd
            from plans p
            join lateral (
              select id, price_usd
              from plan_versions
              where plan_id = p.id
                and published_at <= now()
              order by version desc
              limit 1
            ) v on true
            where p.archived_at is null
            order by p.position
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows.into_iter().map(|row| Plan { key: row.key, name: row.name, price: Usd(row.price_usd), version: row.version }).collect())
    }
}
