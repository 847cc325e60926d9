//! The queue: queued in the transaction of its cause, claimed by one worker at a time, done once.

use std::time::Duration;

use serde_json::json;

use super::Result;
use super::access::stored;
use super::handle::{PlatformTx, Store, WorkerTx};
use crate::domain::activity::Action;
use crate::domain::ids::{JobId, TenantId};

/// What a job does. The stored text is part of the interface: add, do not rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    EndTrial,
    ChangePlan,
    CloseMonth,
}

impl JobKind {
    const ALL: [JobKind; 3] = [JobKind::EndTrial, JobKind::ChangePlan, JobKind::CloseMonth];

    fn as_str(self) -> &'static str {
        match self {
            JobKind::EndTrial => "end_trial",
            JobKind::ChangePlan => "change_plan",
            JobKind::CloseMonth => "close_month",
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a job of a kind that was not asked for")]
struct UnknownKind;

/// A job that this worker holds until its lease runs out, with the transaction of its one tenant.
#[must_use]
pub struct Claimed {
    pub tx: WorkerTx,
    pub id: JobId,
    pub kind: JobKind,
}

impl PlatformTx {
    pub(super) async fn queue_trial_end(&mut self, tenant: TenantId) -> Result<()> {
        sqlx::query!(
            "insert into jobs (tenant_id, kind, payload, run_at) select id, 'end_trial', '{}', trial_ends_at from tenants where id = $1",
            tenant.0,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }
}

impl Store {
    /// Claims the next due job of a kind that this version does; others wait for a server that does them. The claim is the row's lock: a worker that dies lets go of it with its connection.
    pub async fn claim_job(&self) -> Result<Option<Claimed>> {
        let mut tx = self.worker(None).await?;
        let kinds = JobKind::ALL.map(|kind| kind.as_str().to_owned());
        let row = sqlx::query!(
            r#"
            select tenant_id, id, kind
            from jobs
            where done_at is null
              and kind = any ($1)
              and run_at <= now()
            order by run_at
            limit 1
            for update skip locked
            "#,
            &kinds,
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(row) = row else {
            tx.commit().await?;
            return Ok(None);
        };
        let kind = JobKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
        let kind = stored(kind.ok_or(UnknownKind))?;
        // From here on the transaction sees this tenant only: the policies of the platform login ask for it.
        sqlx::query_scalar!("select set_config('app.tenant_id', $1, true)", row.tenant_id.to_string()).fetch_one(tx.conn()).await?;
        Ok(Some(Claimed { tx: WorkerTx { tx, tenant: TenantId(row.tenant_id) }, id: JobId(row.id), kind }))
    }

    /// Ends expired sessions, lets summaries of a past month start anew, takes overrides away that ran out, makes partitions ahead, closes months, forgets old refusals; returns how much was done, to call again while it is not 0.
    pub async fn sweep(&self) -> Result<i64> {
        let mut tx = self.worker(None).await?;
        let sessions = sqlx::query_scalar!("select sessions_sweep()").fetch_one(tx.conn()).await?;
        let summaries = sqlx::query_scalar!("select summarize_new_month(500)").fetch_one(tx.conn()).await?;
        let usage = sqlx::query_scalar!("select sweep_usage()").fetch_one(tx.conn()).await?;
        let overrides = sqlx::query_scalar!("select sweep_overrides(500)").fetch_one(tx.conn()).await?;
        tx.commit().await?;
        let plans = self.summarize_changed_plans().await?;
        let quotas = self.sweep_quotas().await?;
        let few = [summaries, overrides].into_iter().flatten().map(i64::from).sum::<i64>();
        Ok(sessions.unwrap_or(0) + few + usage.unwrap_or(0) + plans + quotas)
    }
}

impl Store {
    /// Adds up what all tenants used, for the console.
    pub async fn roll_platform_days(&self) -> Result<()> {
        let mut tx = self.worker(None).await?;
        sqlx::query_scalar!("select roll_platform_days()").fetch_one(tx.conn()).await?;
        tx.commit().await
    }
}

impl WorkerTx {
    /// A trial that has run out becomes active on its plan. Nothing happens when staff changed the state meanwhile.
    pub async fn end_trial(&mut self) -> Result<()> {
        let ended = sqlx::query_scalar!(
            r#"
            update tenants
            set status = 'active', status_since = now()
            where id = $1
              and status = 'trial'
              and trial_ends_at <= now()
            returning slug
            "#,
            self.tenant.0,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        match ended {
            Some(slug) => {
                self.audit(Action::TrialEnded, &slug, Some(json!({ "status": "trial" })), Some(json!({ "status": "active" }))).await
            }
            None => Ok(()),
        }
    }

    /// The job is done, in the same commit as its effect.
    pub async fn finish(mut self, job: JobId) -> Result<()> {
        sqlx::query!("update jobs set done_at = now(), attempts = attempts + 1 where tenant_id = $1 and id = $2", self.tenant.0, job.0)
            .execute(self.tx.conn())
            .await?;
        self.tx.commit().await
    }
}

impl Store {
    /// Keeps what went wrong and tries again later: 1, 2, 4 … minutes, at most a day apart.
    pub async fn retry_job(&self, job: JobId, error: &str) -> Result<()> {
        let mut tx = self.worker(None).await?;
        sqlx::query!(
            r#"
            update jobs
            set attempts = attempts + 1, last_error = left($2, 500), run_at = now() + least(interval '1 minute' * 2 ^ least(attempts, 20), interval '1 day')
            where id = $1
            "#,
            job.0,
            error,
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }
}

/// How often the runner looks for due jobs.
pub const POLL: Duration = Duration::from_secs(5);
