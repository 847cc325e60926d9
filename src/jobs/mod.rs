//! Work without a request: due jobs, expired sessions, files without a document, calls to be reported, the start of a month. Every server may run it; each effect happens once.

use std::future::Future;
use std::time::Duration;

use crate::store::api_rate::{Due, SETTLE};
use crate::store::jobs::{Claimed, JobKind, POLL};
use crate::store::metering::FOLD;
use crate::store::{Result, Store};

/// How often expired things are swept.
const SWEEP: Duration = Duration::from_secs(60);

/// Runs until `stop` is done; a job that is running is finished first.
pub async fn run(store: Store, stop: impl Future<Output = ()>) {
    let mut poll = tokio::time::interval(POLL);
    let mut sweep = tokio::time::interval(SWEEP);
    let mut fold = tokio::time::interval(FOLD);
    let mut settle = tokio::time::interval(SETTLE);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return,
            _ = sweep.tick() => sweep_all(&store).await,
            _ = poll.tick() => work_off(&store).await,
            _ = settle.tick() => {
                if let Err(cause) = store.settle_calls(Due::Past).await {
                    tracing::warn!(%cause, "calls were not reported; tried again in a moment");
                }
            }
            _ = fold.tick() => {
                if let Err(cause) = store.fold_usage().await {
                    tracing::warn!(%cause, "usage was not brought into its days; tried again in a second");
                }
            }
        }
    }
}

/// The last thing that a server does, when it answers nobody any more: reports the calls that it let in.
pub async fn settle_all(store: &Store) {
    drain("the last calls were not reported", || store.settle_calls(Due::All)).await;
}

async fn sweep_all(store: &Store) {
    drain("sweeping failed; tried again in a minute", || store.sweep()).await;
    drain("sweeping files failed; tried again in a minute", || store.sweep_files()).await;
    drain("months could not be queued to be closed; tried again in a minute", || store.queue_closes()).await;
    if let Err(cause) = store.roll_platform_days().await {
        tracing::warn!(%cause, "the platform's usage could not be added up; tried again in a minute");
    }
}

/// Turn after turn, until one has done nothing or fails.
async fn drain<N: Default + PartialEq, F: Future<Output = Result<N>>>(trouble: &str, mut turn: impl FnMut() -> F) {
    loop {
        match turn().await {
            Ok(done) if done == N::default() => return,
            Ok(_) => {}
            Err(cause) => {
                tracing::warn!(%cause, "{trouble}");
                return;
            }
        }
    }
}

/// Does jobs until none is due.
pub async fn work_off(store: &Store) {
    loop {
        match store.claim_job().await {
            Ok(Some(job)) => do_job(store, job).await,
            Ok(None) => return,
            Err(cause) => {
                tracing::warn!(%cause, "no job could be claimed; tried again in a moment");
                return;
            }
        }
    }
}

async fn do_job(store: &Store, mut job: Claimed) {
    let (id, kind) = (job.id, job.kind);
    let result = match kind {
        JobKind::EndTrial => job.tx.end_trial().await,
        JobKind::ChangePlan => job.tx.change_plan().await,
        JobKind::CloseMonth => job.tx.close_months().await,
    };
    let result = match result {
        Ok(()) => job.tx.finish(id).await,
        Err(cause) => {
            // The claim is a lock on the job's row: given back before it is put off.
            drop(job.tx);
            Err(cause)
        }
    };
    if let Err(cause) = result {
        tracing::warn!(job = %id, ?kind, %cause, "a job failed; tried again later");
        if let Err(cause) = store.retry_job(id, &cause.to_string()).await {
            tracing::warn!(job = %id, %cause, "its failure could not be kept");
        }
    }
}
