//! Usage events as they come in: all of a call or none, each once.

use rust_decimal::Decimal;

use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::capability::UseQuota;
use crate::domain::usage::{EventError, EventProblem, NewEvent};

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Counted now; and known by their keys before, so not counted again.
    Done { accepted: i64, duplicates: i64 },
    /// Nothing was written. At most twenty errors, in the order of the rows.
    Refused(Vec<EventError>),
}

impl TenantTx<UseQuota> {
    /// Counts these events in the rollups, in one statement whatever their number. Thresholds that they cross are noticed in the same
    /// transaction.
    pub async fn record_usage(&mut self, events: &[NewEvent]) -> Result<Recorded> {
        fn column<T>(events: &[NewEvent], of: impl Fn(&NewEvent) -> T) -> Vec<T> {
            events.iter().map(of).collect()
        }
        let rows = sqlx::query!(
            r#"select accepted, duplicates, row_nr, field, problem from record_usage($1, $2, $3, $4, $5, $6, $7, $8, $9)"#,
            &events.iter().map(|event| event.idempotency_key.as_str()).collect::<Vec<_>>() as &[&str],
            &events.iter().map(|event| event.meter.as_str()).collect::<Vec<_>>() as &[&str],
            &column(events, |event| event.amount),
            &column(events, |event| event.at) as &[Option<chrono::DateTime<chrono::Utc>>],
            &events.iter().map(|event| event.model.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &events.iter().map(|event| event.agent.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &events.iter().map(|event| event.cost_center.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &events.iter().map(|event| event.direction.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
            &column(events, |event| event.cost_usd) as &[Option<Decimal>],
        )
        .fetch_all(self.tx.conn())
        .await?;
        let mut errors = Vec::new();
        for row in rows {
            match (row.accepted, row.duplicates, row.row_nr, row.field, row.problem.as_deref().and_then(EventProblem::of_key)) {
                (Some(accepted), Some(duplicates), ..) => return Ok(Recorded::Done { accepted, duplicates }),
                (_, _, Some(nr), Some(field), Some(problem)) => {
                    errors.push(EventError { row: usize::try_from(nr - 1).unwrap_or(0), field, problem });
                }
                _ => return Err(StoreError::WrongState("the database answers in a way that this version does not know")),
            }
        }
        Ok(Recorded::Refused(errors))
    }

    /// Keys of the meters that take events, in the catalogue's order.
    pub async fn list_metered(&mut self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar!("select key from meters where kind = 'metered' order by position").fetch_all(self.tx.conn()).await?)
    }
}
