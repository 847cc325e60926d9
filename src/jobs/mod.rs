//! Work without a request: due jobs, alerts, expired sessions, files without a document, calls to be reported, the start of a month. Every server may run it; each effect happens once.

mod domains;
pub mod mail;
pub mod provision;

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use self::mail::Mailer;
use crate::dns::Dns;
use crate::domain::job::JobKind;
use crate::store::api_rate::{Due, SETTLE};
use crate::store::jobs::{Claimed, MOST_ATTEMPTS, POLL};
use crate::store::metering::FOLD;
use crate::store::traffic::WATCH;
use crate::store::{Result, Store, StoreError};

/// How often expired things are swept.
const SWEEP: Duration = Duration::from_secs(60);
/// How long a stopping server waits for the job that is running, before it gives it back.
const GRACE: Duration = Duration::from_secs(5);

/// Runs until `stop` is done; a job that is running is finished first, or given back.
pub async fn run(store: Store, mailer: Mailer, dns: Dns, stop: impl Future<Output = ()>) {
    let (asked, stopping) = watch::channel(false);
    let stop = async {
        stop.await;
        // Whoever listened may be gone, which is what was asked for.
        let _ = asked.send(true);
    };
    // Two workers: a mail server that is slow to answer does not keep everything else waiting.
    let (one, two) = (work(&store, &mailer, &dns, stopping.clone()), work(&store, &mailer, &dns, stopping.clone()));
    tokio::join!(stop, upkeep(&store, stopping), one, two);
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody can ask to stop any more, which is as good as asking.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn upkeep(store: &Store, mut stop: watch::Receiver<bool>) {
    let mut sweep = every(SWEEP);
    let mut fold = every(FOLD);
    let mut settle = every(SETTLE);
    let mut watch = every(WATCH);
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            _ = sweep.tick() => sweep_all(store).await,
            _ = watch.tick() => watch_all(store).await,
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

/// What this server did is written down first: rules are about it too.
async fn watch_all(store: &Store) {
    for (what, done) in [
        ("figures of this server", store.write_traffic().await),
        ("alerts of tenants", store.watch_tenants().await),
        ("alert rules", store.watch_rules().await),
    ] {
        if let Err(cause) = done {
            tracing::warn!(%cause, "{what} could not be seen to; tried again in a minute");
        }
    }
}

/// The last thing that a server does, when it answers nobody any more: reports the calls that it let in.
pub async fn settle_all(store: &Store) {
    drain("the last calls were not reported", || store.settle_calls(Due::All)).await;
}

/// Turns that were missed, because another took long, are not made up for.
fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn sweep_all(store: &Store) {
    drain("sweeping failed; tried again in a minute", || store.sweep()).await;
    drain("sweeping files failed; tried again in a minute", || store.sweep_files()).await;
    drain("sweeping archives failed; tried again in a minute", || store.sweep_exports()).await;
    drain("tenants could not be queued to be removed; tried again in a minute", || store.queue_purges()).await;
    drain("checks of domains could not be queued; tried again in a minute", || store.queue_domain_checks()).await;
    drain("months could not be queued to be closed; tried again in a minute", || store.queue_closes()).await;
    if let Err(cause) = store.queue_daily_check().await {
        tracing::warn!(%cause, "the daily check of isolation could not be queued; tried again in a minute");
    }
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

/// One worker, until it is told to stop.
async fn work(store: &Store, mailer: &Mailer, dns: &Dns, mut stop: watch::Receiver<bool>) {
    let mut poll = every(POLL);
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            _ = poll.tick() => {}
        }
        while !*stop.borrow() {
            let Some(job) = claim(store).await else { break };
            let mut stop = stop.clone();
            let out_of_patience = async {
                stopped(&mut stop).await;
                tokio::time::sleep(GRACE).await;
            };
            tokio::select! {
                biased;
                () = do_job(store, mailer, dns, &job) => {}
                () = out_of_patience => give_back(store, &job).await,
            }
        }
    }
}

async fn claim(store: &Store) -> Option<Claimed> {
    match store.claim_job().await {
        Ok(job) => job,
        Err(cause) => {
            tracing::warn!(%cause, "no job could be claimed; tried again in a moment");
            None
        }
    }
}

async fn give_back(store: &Store, job: &Claimed) {
    if let Err(cause) = store.release_job(job).await {
        tracing::warn!(job = %job.id, %cause, "a job could not be given back; its lease ends by itself");
    }
}

/// Does jobs until none is due; who knows no DNS server learns nothing of domains.
pub async fn work_off(store: &Store, mailer: &Mailer) {
    work_off_with(store, mailer, &Dns::of_nobody()).await;
}

/// The same, asking this DNS server.
pub async fn work_off_with(store: &Store, mailer: &Mailer, dns: &Dns) {
    while let Some(job) = claim(store).await {
        do_job(store, mailer, dns, &job).await;
    }
}

/// Why a job did not come to its end.
enum Failure {
    /// It may go better later.
    Later(String),
    /// It will not.
    ForGood(&'static str),
}

impl From<StoreError> for Failure {
    fn from(cause: StoreError) -> Self {
        Failure::Later(cause.to_string())
    }
}

async fn do_job(store: &Store, mailer: &Mailer, dns: &Dns, job: &Claimed) {
    let (id, kind) = (job.id, job.kind);
    // Begun more often than it may fail: whoever began it never came to say so.
    let result = match job.attempts > MOST_ATTEMPTS {
        true => Err(Failure::ForGood("each server that began this job stopped before its end")),
        false => attempt(store, mailer, dns, job).await,
    };
    let (why, again) = match result {
        Ok(()) => return,
        Err(Failure::Later(why)) => (why, true),
        Err(Failure::ForGood(why)) => (why.to_owned(), false),
    };
    tracing::warn!(job = %id, ?kind, why, again, "a job failed");
    if let Err(cause) = store.fail_job(job, &why, again).await {
        tracing::warn!(job = %id, %cause, "its failure could not be kept; its lease ends by itself");
    }
}

async fn attempt(store: &Store, mailer: &Mailer, dns: &Dns, job: &Claimed) -> std::result::Result<(), Failure> {
    match job.kind {
        JobKind::Bulk => while store.bulk_step(job).await? {},
        JobKind::ChangePlan => {
            let mut tx = store.begin_job(job).await?;
            tx.change_plan().await?;
            tx.finish(job).await?;
        }
        JobKind::CheckDomain => domains::check(store, dns, job).await?,
        JobKind::CheckIsolation => store.do_isolation_check(job).await?,
        JobKind::CloseMonth => {
            let mut tx = store.begin_job(job).await?;
            tx.close_months().await?;
            tx.finish(job).await?;
        }
        JobKind::EndTrial => {
            let mut tx = store.begin_job(job).await?;
            tx.end_trial().await?;
            tx.finish(job).await?;
        }
        JobKind::MakeExport => store.make_export(job).await?,
        JobKind::MoveTenants => while store.move_next(job).await? {},
        JobKind::NoticeMail => {
            let mut tx = store.begin_job(job).await?;
            tx.post_notice(job).await?;
            tx.finish(job).await?;
        }
        JobKind::PasswordReset => {
            let mut tx = store.begin_platform_job(job).await?;
            tx.post_reset(job).await?;
            tx.finish(job).await?;
        }
        JobKind::PurgeTenant => store.purge_by_job(job).await?,
        JobKind::Mail => mail::deliver(store, mailer, job).await?,
        JobKind::Provision => provision::set_up(store, job).await?,
    }
    Ok(())
}
