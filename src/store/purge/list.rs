//! What a purge would remove, what was removed, and the receipts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::store::access::stored;
use crate::store::exports::Movable;
use crate::store::handle::PlatformRead;
use crate::store::{Result, StoreError};

/// One line of the list of purges.
#[derive(Debug, Clone)]
pub struct PurgeRow {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub asked_by: String,
    /// Whether its 30 days were over, and nobody asked.
    pub due: bool,
    pub purged_at: DateTime<Utc>,
    pub rows: i64,
    pub files: i64,
    pub file_bytes: i64,
    /// Whether the receipt is there.
    pub signed: bool,
}

#[derive(Debug, Clone)]
pub struct PurgePage {
    pub rows: Vec<PurgeRow>,
    /// Whether there are more after the last one.
    pub more: bool,
}

impl PlatformRead {
    /// How many rows each table has of a tenant: what a purge would remove.
    pub async fn rows_to_purge(&mut self, tenant: &Movable) -> Result<BTreeMap<String, i64>> {
        let rows = sqlx::query_scalar!(r#"select tenant_rows($1) as "rows!""#, tenant.id.0).fetch_one(self.tx.conn()).await?;
        stored(serde_json::from_value(rows))
    }

    /// Newest first; `after` is the last one of the page before.
    pub async fn list_purges(&mut self, after: Option<Uuid>, limit: i64) -> Result<PurgePage> {
        let mut rows = sqlx::query_as!(
            PurgeRow,
            r#"
            select
              id, slug, name, asked_by, cause = 'due' as "due!", purged_at,
              coalesce((select sum(value::bigint) from jsonb_each_text(facts->'rows')), 0)::bigint as "rows!",
              files, file_bytes, receipt is not null as "signed!"
            from purges
            where $1::uuid is null
               or id < $1
            order by id desc
            limit $2
            "#,
            after,
            limit + 1,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        Ok(PurgePage { rows, more })
    }

    /// The receipt as it was signed, and the slug.
    ///
    /// # Errors
    /// `NotFound`, also while files are still being removed.
    pub async fn get_receipt(&mut self, purge: Uuid) -> Result<(String, String)> {
        let row = sqlx::query!(r#"select receipt as "receipt!", slug from purges where id = $1 and receipt is not null"#, purge)
            .fetch_optional(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        Ok((row.receipt, row.slug))
    }
}
