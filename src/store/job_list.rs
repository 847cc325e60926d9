//! The queue as platform admins see it, and what they can do about a job.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::ids::JobId;
use crate::domain::job::{JobKind, JobState};
use crate::domain::queue_query::{JobQuery, PAGE_SIZE};

/// One line of the list.
#[derive(Debug, Clone)]
pub struct JobRow {
    pub id: JobId,
    /// See [`crate::domain::job::kind_label`].
    pub kind: String,
    /// Slug and name; `None` for the platform's own.
    pub tenant: Option<(String, String)>,
    pub state: JobState,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub queued_at: DateTime<Utc>,
    /// When it is due; while it runs, when its lease ends.
    pub run_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub struct JobPage {
    pub rows: Vec<JobRow>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
    pub now: DateTime<Utc>,
}

impl PlatformRead {
    /// One page, newest first.
    pub async fn list_jobs(&mut self, query: &JobQuery) -> Result<JobPage> {
        let found = sqlx::query!(
            r#"
            select
              j.id, j.kind, t.slug as "slug?", t.name as "name?", j.state, j.attempts, j.last_error, j.created_at, j.run_at, j.ended_at
            from jobs j
            left join tenants t on t.id = j.tenant_id
            where ($1::uuid is null or j.id < $1)
              and ($2::text is null or j.state = $2)
              and ($3::text is null or j.kind = $3)
            order by j.id desc
            limit $4
            "#,
            query.after,
            query.state.map(JobState::as_str),
            query.kind.map(JobKind::as_str),
            i64::try_from(PAGE_SIZE + 1).unwrap_or(i64::MAX),
        )
        .fetch_all(self.tx.conn())
        .await?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            rows.push(JobRow {
                id: JobId(row.id),
                kind: row.kind,
                tenant: row.slug.zip(row.name),
                state: stored(row.state.parse::<JobState>())?,
                attempts: row.attempts,
                last_error: row.last_error,
                queued_at: row.created_at,
                run_at: row.run_at,
                ended_at: row.ended_at,
            });
        }
        let more = rows.len() > PAGE_SIZE;
        rows.truncate(PAGE_SIZE);
        let next = rows.last().filter(|_| more).map(|row| row.id.0);
        Ok(JobPage { rows, next, now: self.now().await? })
    }
}

/// Due at once, as if it had never been tried. A mail is to be sent anew.
pub(super) async fn requeue(conn: &mut PgConnection, id: JobId) -> Result<()> {
    sqlx::query!(
        "update jobs set state = 'queued', lease = null, attempts = 0, run_at = now(), ended_at = null, last_error = null where id = $1",
        id.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("update mails set outcome = null, outcome_at = null, reply = null where id = $1", id.0).execute(conn).await?;
    Ok(())
}

impl PlatformTx {
    async fn lock_job(&mut self, id: JobId) -> Result<(String, JobState)> {
        let row = sqlx::query!("select kind, state from jobs where id = $1 for update", id.0)
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        Ok((row.kind, stored(row.state.parse::<JobState>())?))
    }

    /// Begins a job anew: one that failed or was cancelled, or one that waits for its time.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for one that runs or is done.
    pub async fn retry_job(&mut self, id: JobId) -> Result<()> {
        let (kind, state) = self.lock_job(id).await?;
        if !state.can_retry() {
            return Err(StoreError::WrongState("This job runs or is done: there is nothing to try again."));
        }
        requeue(self.read.tx.conn(), id).await?;
        self.audit_platform("job.retried", &kind, Some(json!({ "job": id, "state": state.as_str() })), None).await
    }

    /// Takes a job back that waits.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for one that has begun or ended.
    pub async fn cancel_job(&mut self, id: JobId) -> Result<()> {
        let (kind, state) = self.lock_job(id).await?;
        if !state.can_cancel() {
            return Err(StoreError::WrongState("Only a job that waits can be cancelled; this one runs or has ended."));
        }
        sqlx::query!("update jobs set state = 'cancelled', ended_at = now() where id = $1", id.0).execute(self.read.tx.conn()).await?;
        self.audit_platform("job.cancelled", &kind, Some(json!({ "job": id, "state": state.as_str() })), None).await
    }
}
