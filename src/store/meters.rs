//! The meters there are: data, which platform admins add to. Whoever counts reads them in the statement that counts, so that a new meter works
//! at once on every server; only the rule for a database that is away is known to the others half a minute later.

use serde_json::json;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::meter::{Kind, WhenAway};
use crate::domain::new_meter::{MeterChange, NewMeter};
use crate::domain::quantity::Unit;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    pub key: String,
    pub label: String,
    pub kind: Kind,
    /// minute, day or month.
    pub period: Option<String>,
    pub unit: Unit,
    pub when_away: WhenAway,
}

impl PlatformRead {
    /// In the catalogue's order.
    pub async fn list_meters(&mut self) -> Result<Vec<Meter>> {
        let rows = sqlx::query!("select key, label, kind, period, unit, when_away from meters order by position, key")
            .fetch_all(self.tx.conn())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Meter {
                    key: row.key,
                    label: row.label,
                    kind: stored(row.kind.parse())?,
                    period: row.period,
                    unit: stored(row.unit.parse())?,
                    when_away: stored(row.when_away.parse())?,
                })
            })
            .collect()
    }

    /// # Errors
    /// `NotFound`.
    pub async fn get_meter(&mut self, key: &str) -> Result<Meter> {
        self.list_meters().await?.into_iter().find(|meter| meter.key == key).ok_or(StoreError::NotFound)
    }
}

impl PlatformTx {
    /// Adds a meter at the end of the catalogue. Until a plan says otherwise it is unlimited.
    ///
    /// # Errors
    /// `Conflict(MeterKey)`, `Conflict(MeterLabel)`.
    pub async fn create_meter(&mut self, new: &NewMeter) -> Result<()> {
        let (kind, period) = new.counting.stored();
        sqlx::query!(
            r#"
            insert into meters (key, label, kind, unit, period, when_away, position)
            select $1, $2, $3, $4, $5, $6, coalesce(max(position), 0) + 1
            from meters
            "#,
            new.key.as_str(),
            new.label.as_str(),
            kind,
            new.unit.as_str(),
            period,
            new.when_away.as_str(),
        )
        .execute(self.read.tx.conn())
        .await?;
        let after = json!({
            "label": new.label, "kind": kind, "period": period, "unit": new.unit.as_str(), "when_away": new.when_away.as_str(),
        });
        self.audit_platform("meter.created", new.key.as_str(), None, Some(after)).await
    }

    /// # Errors
    /// `NotFound`, `Conflict(MeterLabel)`.
    pub async fn change_meter(&mut self, key: &str, change: &MeterChange) -> Result<()> {
        let before = sqlx::query!("select label, when_away from meters where key = $1 for update", key)
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        if (before.label.as_str(), before.when_away.as_str()) == (change.label.as_str(), change.when_away.as_str()) {
            return Ok(());
        }
        sqlx::query!("update meters set label = $2, when_away = $3 where key = $1", key, change.label.as_str(), change.when_away.as_str(),)
            .execute(self.read.tx.conn())
            .await?;
        let before = json!({ "label": before.label, "when_away": before.when_away });
        let after = json!({ "label": change.label, "when_away": change.when_away.as_str() });
        self.audit_platform("meter.changed", key, Some(before), Some(after)).await
    }
}
