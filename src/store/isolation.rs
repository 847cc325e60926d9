//! Checks of isolation on this installation: carried out, kept with their date, listed.

use std::time::Instant;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::types::Json;
use uuid::Uuid;

use super::access::{Actor, PlatformAdmin, stored};
use super::audit_chains::{verify_one, verify_tenants};
use super::catalog::{Finding, Tried, finding, inspect_parts, result, try_canaries};
use super::guarded::Guarded;
use super::handle::{PlatformRead, PlatformTx, Store};
use super::jobs::Claimed;
use super::{Result, StoreError};
use crate::domain::chain::hex;
use crate::domain::isolation::{Part, PartResult, Report, Source};
use crate::domain::job::JobKind;
use crate::domain::queue_query::PAGE_SIZE;
use crate::domain::staff::RunChecks;

/// One check, finished or waited for.
#[derive(Debug, Clone)]
pub struct Check {
    pub id: Uuid,
    pub source: Source,
    pub asked_by: String,
    pub asked_at: DateTime<Utc>,
    pub state: CheckState,
}

#[derive(Debug, Clone)]
pub enum CheckState {
    Finished(Report),
    /// So many of its parts are done; what went wrong at the last attempt.
    Waiting {
        done: i32,
        trouble: Option<String>,
    },
    /// The job gave up, with these words.
    GaveUp(String),
}

impl Check {
    pub fn report(&self) -> Option<&Report> {
        match &self.state {
            CheckState::Finished(report) => Some(report),
            CheckState::Waiting { .. } | CheckState::GaveUp(_) => None,
        }
    }
}

/// Newest first.
#[derive(Debug, Clone)]
pub struct CheckPage {
    pub rows: Vec<Check>,
    /// Where the next page begins.
    pub next: Option<Uuid>,
    pub now: DateTime<Utc>,
}

/// A minute for each statement of the canary's transaction would be too long for whoever waits behind it.
const LIMITS: &str =
    "set local statement_timeout = '5s'; set local lock_timeout = '1s'; set local idle_in_transaction_session_timeout = '15s'";

impl Store {
    /// Carries out the whole check. Part by part it says how many are done.
    ///
    /// # Errors
    /// When the database cannot be asked; what is wrong with it is no error but a finding.
    pub async fn examine<F: Future<Output = ()> + Send>(&self, mut progress: impl FnMut(usize) -> F + Send) -> Result<Report> {
        let begun = Instant::now();
        let [app, platform] = self.login_names().await?;
        let mut conn = Guarded::open(self.platform_pool()).await?;
        let inspected = inspect_parts(conn.conn(), [&app, &platform]).await?;
        conn.release();
        let mut parts: Vec<PartResult> = inspected.into_iter().map(|(part, n, findings)| result(part, n, findings)).collect();
        progress(parts.len()).await;
        parts.push(result(Part::Connections, 2, self.check_logins().await?));
        progress(parts.len()).await;
        let tried = self.try_on_canaries().await?;
        parts.push(result(Part::Attempts, tried.attempts, tried.findings));
        progress(parts.len()).await;
        parts.push(self.check_chains().await?);
        let duration_ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut conn = Guarded::open(self.platform_pool()).await?;
        let finished_at = sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(conn.conn()).await?;
        conn.release();
        Ok(Report { version: env!("CARGO_PKG_VERSION").to_owned(), finished_at, duration_ms, parts })
    }

    /// What could not be tried is a finding too: nobody can say then that it would have failed.
    async fn try_on_canaries(&self) -> Result<Tried> {
        let mut tx = Guarded::begin(self.app_pool(), None).await?;
        sqlx::raw_sql(LIMITS).execute(tx.conn()).await?;
        let tried = try_canaries(tx.conn()).await;
        tx.rollback().await?;
        let mut tried = match tried {
            Ok(tried) => tried,
            Err(StoreError::Unavailable(cause)) => return Err(StoreError::Unavailable(cause)),
            Err(cause) => {
                let findings = vec![finding("rows of two made-up tenants can be tried", "canaries", cause.to_string())];
                Tried { attempts: 0, findings }
            }
        };
        let mut conn = Guarded::open(self.platform_pool()).await?;
        let kept =
            sqlx::query_scalar!(r#"select count(*) as "n!" from tenants where id = any (canary_tenants())"#).fetch_one(conn.conn()).await?;
        conn.release();
        if kept > 0 {
            tried.findings.push(finding("nothing of the made-up tenants is kept", "tenants", format!("{kept} rows")));
        }
        Ok(tried)
    }

    async fn check_chains(&self) -> Result<PartResult> {
        let mut conn = Guarded::open(self.platform_pool()).await?;
        let tenants = verify_tenants(conn.conn()).await?;
        let platform = verify_one(conn.conn(), None).await?;
        conn.release();
        let mut findings: Vec<Finding> = Vec::new();
        for (tenant, seq) in &tenants.broken {
            let found = format!("event {seq} does not fit the one before");
            findings.push(finding("no event of a log was changed, moved or removed", format!("tenant {tenant}"), found));
        }
        let own = match platform {
            Ok(n) => n,
            Err(found) => {
                findings.push(finding("no event of a log was changed, moved or removed", "the platform's own log", found.to_string()));
                found.at()
            }
        };
        let events = usize::try_from(tenants.events.saturating_add(own)).unwrap_or(usize::MAX);
        Ok(result(Part::AuditChains, events, findings))
    }

    /// Keeps the result of a check that the command line made.
    pub async fn keep_report(&self, operator: &PlatformAdmin, report: &Report) -> Result<()> {
        let mut tx = self.platform::<RunChecks>(operator).await?;
        let by = tx.actor.name.clone();
        let id = sqlx::query_scalar!(
            "insert into isolation_checks (source, asked_by) values ($1, $2) returning id",
            Source::CommandLine.as_str(),
            by,
        )
        .fetch_one(tx.read.tx.conn())
        .await?;
        let actor = tx.actor.clone();
        keep(&mut tx.read.tx, id, &actor, report).await?;
        tx.commit().await
    }

    /// Queues the check of this day, unless there is one; returns whether it did.
    pub async fn queue_daily_check(&self) -> Result<bool> {
        let mut tx = self.worker(None).await?;
        let queued = sqlx::query!(
            r#"
            with due as (
              insert into isolation_checks (source, asked_by, day)
              values ($1, 'the daily check', today())
              on conflict (day) do nothing
              returning id
            )
            insert into jobs (id, kind, payload, run_at)
            select id, $2, '{}', now()
            from due
            "#,
            Source::Daily.as_str(),
            JobKind::CheckIsolation.as_str(),
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(queued.rows_affected() > 0)
    }

    /// Carries out the check of a job, and ends the job with its result.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost.
    pub async fn do_isolation_check(&self, job: &Claimed) -> Result<()> {
        // The job's row stays locked however long it takes: nobody else begins it.
        let mut tx = self.begin_platform_job(job).await?;
        let report = self.examine(|done| self.note_progress(job, done)).await?;
        let system = Actor { kind: "system", id: None, name: "system".to_owned(), origin: "job".to_owned() };
        keep(&mut tx.tx, job.id.0, &system, &report).await?;
        tx.finish(job).await
    }

    /// For who watches; the check goes on without.
    async fn note_progress(&self, job: &Claimed, done: usize) {
        let noted = async {
            let mut conn = Guarded::open(self.platform_pool()).await?;
            let done = i32::try_from(done).unwrap_or(i32::MAX);
            sqlx::query!("update isolation_checks set done = $2 where id = $1", job.id.0, done).execute(conn.conn()).await?;
            conn.release();
            Ok::<_, StoreError>(())
        };
        if let Err(cause) = noted.await {
            tracing::debug!(%cause, "the progress of a check was not noted");
        }
    }
}

/// Keeps a result, and its hash in the platform's audit chain: who changes it later does not go unnoticed.
async fn keep(tx: &mut Guarded, id: Uuid, actor: &Actor, report: &Report) -> Result<()> {
    let parts = serde_json::to_value(&report.parts).expect("texts and numbers have a JSON form");
    sqlx::query!(
        r#"
        update isolation_checks
        set finished_at = $2, healthy = $3, version = $4, duration_ms = $5, parts = $6
        where id = $1
        "#,
        id,
        report.finished_at,
        report.is_healthy(),
        report.version,
        report.duration_ms,
        parts,
    )
    .execute(tx.conn())
    .await?;
    let after = json!({
        "check": id,
        "healthy": report.is_healthy(),
        "findings": report.findings(),
        "sha256": hex(&Sha256::digest(parts.to_string())),
    });
    sqlx::query_scalar!(
        "select platform_audit_append($1, $2, $3, 'isolation.checked', $4, null, $5, $6)",
        actor.kind,
        actor.id,
        actor.name,
        report.version,
        after.to_string(),
        actor.origin,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(())
}

impl PlatformTx {
    /// Queues a check, unless one is waited for already; returns the id of the one that is.
    pub async fn ask_isolation_check(&mut self) -> Result<Uuid> {
        let waiting = sqlx::query_scalar!(
            r#"
            select c.id
            from isolation_checks c
            join jobs j on j.id = c.id and j.state in ('queued', 'running')
            where c.finished_at is null
            order by c.id desc
            limit 1
            "#,
        )
        .fetch_optional(self.read.tx.conn())
        .await?;
        if let Some(waiting) = waiting {
            return Ok(waiting);
        }
        let by = self.actor.name.clone();
        let id = sqlx::query_scalar!(
            r#"
            with asked as (
              insert into isolation_checks (source, asked_by)
              values ($1, $2)
              returning id
            )
            insert into jobs (id, kind, payload, run_at)
            select id, $3, '{}', now()
            from asked
            returning id
            "#,
            Source::Console.as_str(),
            by,
            JobKind::CheckIsolation.as_str(),
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        self.audit_platform("isolation.check_asked", "isolation", None, Some(json!({ "check": id }))).await?;
        Ok(id)
    }
}

struct Row {
    id: Uuid,
    source: String,
    asked_by: String,
    asked_at: DateTime<Utc>,
    done: i32,
    finished_at: Option<DateTime<Utc>>,
    version: Option<String>,
    duration_ms: Option<i64>,
    parts: Option<Json<Vec<PartResult>>>,
    job_state: Option<String>,
    trouble: Option<String>,
}

impl Row {
    fn check(self) -> Result<Check> {
        let state = match (self.finished_at, self.version, self.duration_ms, self.parts) {
            (Some(finished_at), Some(version), Some(duration_ms), Some(Json(parts))) => {
                CheckState::Finished(Report { version, finished_at, duration_ms, parts })
            }
            _ => match self.job_state.as_deref() {
                Some("queued" | "running") => CheckState::Waiting { done: self.done, trouble: self.trouble },
                _ => CheckState::GaveUp(self.trouble.unwrap_or_else(|| "its job was cancelled".to_owned())),
            },
        };
        Ok(Check { id: self.id, source: stored(self.source.parse())?, asked_by: self.asked_by, asked_at: self.asked_at, state })
    }
}

impl PlatformRead {
    /// One page, those that are waited for too.
    pub async fn list_isolation_checks(&mut self, after: Option<Uuid>) -> Result<CheckPage> {
        let found = sqlx::query_as!(
            Row,
            r#"
            select
              c.id, c.source, c.asked_by, c.asked_at, c.done, c.finished_at, c.version, c.duration_ms, c.parts as "parts: Json<Vec<PartResult>>",
              j.state as "job_state?", j.last_error as trouble
            from isolation_checks c
            left join jobs j on j.id = c.id and c.finished_at is null
            where ($1::uuid is null or c.id < $1)
            order by c.id desc
            limit $2
            "#,
            after,
            i64::try_from(PAGE_SIZE + 1).unwrap_or(i64::MAX),
        )
        .fetch_all(self.tx.conn())
        .await?;
        let mut rows = found.into_iter().map(Row::check).collect::<Result<Vec<_>>>()?;
        let more = rows.len() > PAGE_SIZE;
        rows.truncate(PAGE_SIZE);
        let next = rows.last().filter(|_| more).map(|check| check.id);
        Ok(CheckPage { rows, next, now: self.now().await? })
    }

    /// # Errors
    /// `NotFound`
    pub async fn get_isolation_check(&mut self, id: Uuid) -> Result<Check> {
        sqlx::query_as!(
            Row,
            r#"
            select
              c.id, c.source, c.asked_by, c.asked_at, c.done, c.finished_at, c.version, c.duration_ms, c.parts as "parts: Json<Vec<PartResult>>",
              j.state as "job_state?", j.last_error as trouble
            from isolation_checks c
            left join jobs j on j.id = c.id and c.finished_at is null
            where c.id = $1
            "#,
            id,
        )
        .fetch_one(self.tx.conn())
        .await?
        .check()
    }

    /// The latest that came to its end, whoever asked for it.
    pub async fn find_latest_isolation_check(&mut self) -> Result<Option<Check>> {
        let row = sqlx::query_as!(
            Row,
            r#"
            select
              c.id, c.source, c.asked_by, c.asked_at, c.done, c.finished_at, c.version, c.duration_ms, c.parts as "parts: Json<Vec<PartResult>>",
              null::text as "job_state?", null::text as trouble
            from isolation_checks c
            where c.finished_at is not null
            order by c.finished_at desc
            limit 1
            "#,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        row.map(Row::check).transpose()
    }
}

/// The parts of a result, each with what it is.
pub fn parts_document(report: &Report) -> Vec<Value> {
    report
        .parts
        .iter()
        .map(|part| {
            json!({
                "check": part.part,
                "title": part.part.title(),
                "method": part.part.method(),
                "looked_at": part.looked_at,
                "unit": part.part.unit(part.looked_at),
                "passed": part.findings.is_empty(),
                "findings": part.findings,
            })
        })
        .collect()
}

/// A result as a file.
pub fn as_document(check: &Check, report: &Report) -> Value {
    json!({
        "check": check.id,
        "source": check.source,
        "asked_by": check.asked_by,
        "asked_at": check.asked_at,
        "finished_at": report.finished_at,
        "duration_ms": report.duration_ms,
        "version": report.version,
        "healthy": report.is_healthy(),
        "checks": parts_document(report),
    })
}
