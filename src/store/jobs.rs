//! The queue: queued in the transaction of its cause, claimed by one worker at a time, each effect once.
//!
//! A claim is a lease on the database's clock, written and committed before the work begins: no connection is held while a worker waits for
//! somebody else. What a worker does in the database it does in one transaction ([`Store::begin_job`]), which begins by asking whether the lease
//! is still its own, and which ends the job in the same commit. A worker that is killed just stops; its lease ends by itself.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::access::stored;
use super::guarded::Guarded;
use super::handle::{JobTx, Store, WorkerTx};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::{JobId, TenantId};
use crate::domain::job::JobKind;
use crate::domain::lifecycle::{self, Way};

/// How often a worker looks for due jobs.
pub const POLL: Duration = Duration::from_secs(2);

/// After so many attempts, which take about a day and a half, a job has failed.
pub const MOST_ATTEMPTS: i32 = 12;

#[derive(Debug, thiserror::Error)]
#[error("a job of a kind that was not asked for")]
struct UnknownKind;

/// A job that this worker holds for two minutes. Whoever lets the lease run out has lost it.
#[derive(Debug, Clone)]
#[must_use]
pub struct Claimed {
    pub id: JobId,
    pub kind: JobKind,
    /// How often it was begun, this time included.
    pub attempts: i32,
    pub(super) tenant: Option<TenantId>,
    pub(super) payload: Value,
    lease: Uuid,
}

const LEASE_LOST: StoreError = StoreError::WrongState("the lease of this job has run out, and somebody else has it");

impl Store {
    /// Claims the job that is due longest, of the kinds that this version does; others wait for a server that does them, and those of a tenant
    /// whose state lets no jobs through, for another state.
    pub async fn claim_job(&self) -> Result<Option<Claimed>> {
        self.claim(None).await
    }

    /// Claims this job, if it is due and nobody has it.
    pub async fn claim_this_job(&self, job: JobId) -> Result<Option<Claimed>> {
        self.claim(Some(job)).await
    }

    async fn claim(&self, only: Option<JobId>) -> Result<Option<Claimed>> {
        let kinds = JobKind::ALL.map(|kind| kind.as_str().to_owned());
        let settling: Vec<String> = JobKind::ALL.into_iter().filter(|kind| kind.settles()).map(|kind| kind.as_str().to_owned()).collect();
        let mut tx = self.worker(None).await?;
        let row = sqlx::query!(
            r#"
            with due as (
              select id
              from jobs
              where state in ('queued', 'running')
                and run_at <= now()
                and kind = any ($1)
                and (kind = any ($2) or not exists (select from tenants t where t.id = jobs.tenant_id and t.status = any ($3)))
                and ($4::uuid is null or id = $4)
              order by run_at
              limit 1
              for update skip locked
            )
            update jobs j
            set state = 'running', lease = gen_random_uuid(), attempts = j.attempts + 1, run_at = now() + interval '2 minutes'
            from due
            where j.id = due.id
            returning j.id, j.tenant_id, j.kind, j.payload, j.attempts, j.lease as "lease!"
            "#,
            &kinds,
            &settling,
            &lifecycle::refusing(Way::Job),
            only.map(|job| job.0),
        )
        .fetch_optional(tx.conn())
        .await?;
        tx.commit().await?;
        let Some(row) = row else { return Ok(None) };
        let kind = stored(JobKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind).ok_or(UnknownKind))?;
        Ok(Some(Claimed {
            id: JobId(row.id),
            kind,
            attempts: row.attempts,
            tenant: row.tenant_id.map(TenantId),
            payload: row.payload,
            lease: row.lease,
        }))
    }

    /// The transaction of a tenant's job: it sees this tenant only. The job's row is locked, so that nobody claims it meanwhile, however long
    /// it takes.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost; `NotFound` for a job of no tenant.
    pub async fn begin_job(&self, job: &Claimed) -> Result<WorkerTx> {
        let tenant = job.tenant.ok_or(StoreError::NotFound)?;
        Ok(WorkerTx { tx: self.begin_leased(job, Some(tenant)).await?, tenant })
    }

    /// The transaction of a job of the platform itself.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost.
    pub async fn begin_platform_job(&self, job: &Claimed) -> Result<JobTx> {
        Ok(JobTx { tx: self.begin_leased(job, None).await?, secret: self.secret.clone() })
    }

    pub(super) async fn begin_leased(&self, job: &Claimed, tenant: Option<TenantId>) -> Result<Guarded> {
        let mut tx = self.worker(tenant).await?;
        let mine = sqlx::query_scalar!("select id from jobs where id = $1 and lease = $2 for update", job.id.0, job.lease)
            .fetch_optional(tx.conn())
            .await?;
        match mine {
            Some(_) => Ok(tx),
            None => {
                tx.rollback().await?;
                Err(LEASE_LOST)
            }
        }
    }

    /// Two minutes more from now, for work that takes long.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost.
    pub(super) async fn keep_job(&self, job: &Claimed) -> Result<()> {
        let mut tx = self.worker(None).await?;
        let kept = sqlx::query!("update jobs set run_at = now() + interval '2 minutes' where id = $1 and lease = $2", job.id.0, job.lease)
            .execute(tx.conn())
            .await?;
        tx.commit().await?;
        if kept.rows_affected() == 0 { Err(LEASE_LOST) } else { Ok(()) }
    }

    /// Keeps what went wrong. A job that may be tried again is due in 1, 2, 4 … minutes, at most a day; else, and after [`MOST_ATTEMPTS`], it
    /// has failed. Nothing happens when the lease is lost.
    pub async fn fail_job(&self, job: &Claimed, error: &str, again: bool) -> Result<()> {
        let mut tx = self.worker(None).await?;
        fail(&mut tx, job, error, again).await?;
        tx.commit().await
    }

    /// Gives a job back as it was: for a server that stops before it is done.
    pub async fn release_job(&self, job: &Claimed) -> Result<()> {
        let mut tx = self.worker(None).await?;
        sqlx::query!(
            "update jobs set state = 'queued', lease = null, run_at = now(), attempts = attempts - 1 where id = $1 and lease = $2",
            job.id.0,
            job.lease,
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }
}

pub(super) async fn fail(tx: &mut Guarded, job: &Claimed, error: &str, again: bool) -> Result<()> {
    sqlx::query!(
        r#"
        update jobs
        set state = case when $4 and attempts < $5 then 'queued' else 'failed' end,
            ended_at = case when $4 and attempts < $5 then null else now() end,
            run_at = now() + least(interval '1 minute' * 2 ^ least(attempts - 1, 20), interval '1 day'),
            lease = null,
            last_error = left($3, 500)
        where id = $1
          and lease = $2
        "#,
        job.id.0,
        job.lease,
        error.replace('\0', ""),
        again,
        MOST_ATTEMPTS,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Two minutes more, for a job of many steps, in the commit of one of them. Only attempts without a step are counted.
pub(super) async fn renew(tx: &mut Guarded, job: &Claimed) -> Result<()> {
    sqlx::query!("update jobs set run_at = now() + interval '2 minutes', attempts = 1 where id = $1 and lease = $2", job.id.0, job.lease)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn finish(mut tx: Guarded, job: &Claimed) -> Result<()> {
    let done =
        sqlx::query!("update jobs set state = 'done', lease = null, ended_at = now() where id = $1 and lease = $2", job.id.0, job.lease)
            .execute(tx.conn())
            .await?;
    if done.rows_affected() == 0 {
        tx.rollback().await?;
        return Err(LEASE_LOST);
    }
    tx.commit().await
}

impl WorkerTx {
    /// The job is done, in the same commit as its effect.
    pub async fn finish(self, job: &Claimed) -> Result<()> {
        finish(self.tx, job).await
    }

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
}

impl JobTx {
    /// The job is done, in the same commit as its effect.
    pub async fn finish(self, job: &Claimed) -> Result<()> {
        finish(self.tx, job).await
    }
}
