//! The queue: each effect once, whoever works and whoever dies.

use std::future::Future;
use std::time::Duration;

use tenantry::domain::job::JobKind;
use tenantry::jobs::work_off;
use tenantry::store::jobs::Claimed;
use tenantry::store::{Store, StoreError};

use crate::world::smtp::{Smtp, mailer};
use crate::world::{Tenant, World};

/// A tenant whose trial has just run out, with the job that ends it due; nothing else is queued.
async fn run_out(world: &World, name: &str) -> Tenant {
    let tenant = world.tenant(name).trial(14).await;
    world.sql(&format!("update tenants set trial_ends_at = now() where id = '{}'", tenant.id)).await;
    world
        .sql(&format!("update jobs set run_at = now() where tenant_id = '{}'; delete from jobs where kind <> 'end_trial'", tenant.id))
        .await;
    tenant
}

/// What the runner does with the end of a trial.
async fn work(store: &Store, job: &Claimed) -> tenantry::store::Result<()> {
    assert_eq!(job.kind, JobKind::EndTrial);
    let mut tx = store.begin_job(job).await?;
    tx.end_trial().await.expect("the trial ends");
    tx.finish(job).await
}

async fn claim(store: &Store) -> Option<Claimed> {
    store.claim_job().await.expect("the queue answers")
}

async fn ended(tenant: &Tenant) -> (String, i64) {
    (tenant.status().await, tenant.count("audit_events where action = 'tenant.trial_ended'").await)
}

/// The lease of a worker that is gone runs out.
async fn let_leases_end(world: &World) {
    world.sql("update jobs set run_at = now() where state = 'running'").await;
}

#[tokio::test]
async fn two_workers_end_one_trial_once() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    let another = world.another_store(1, 1);
    let first = claim(&world.store).await.expect("a due job");
    assert!(claim(&another).await.is_none(), "somebody holds it");
    work(&world.store, &first).await.expect("done");
    assert!(claim(&another).await.is_none(), "it is done");
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    another.close().await;
    world.finish().await;
}

#[tokio::test]
async fn eight_workers_share_forty_jobs_and_do_each_once() {
    let world = World::start().await;
    let mut tenants = Vec::new();
    for n in 0..40 {
        tenants.push(run_out(&world, &format!("t-{n}")).await);
    }
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let store = world.store.clone();
            tokio::spawn(async move {
                let mut done = 0;
                while let Some(job) = claim(&store).await {
                    work(&store, &job).await.expect("done");
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.await.expect("no panic");
    }
    assert_eq!(done, 40);
    for tenant in &tenants {
        assert_eq!(ended(tenant).await, ("active".to_owned(), 1));
    }
    world.finish().await;
}

#[tokio::test]
async fn a_worker_that_dies_midway_leaves_the_job_to_another_when_its_lease_ends() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    // One connection: the next claim gets it only when the dead worker's transaction has been taken back.
    let store = world.another_store(1, 1);
    let job = claim(&store).await.expect("a due job");
    let mut dying = store.begin_job(&job).await.expect("its lease is new");
    dying.end_trial().await.expect("the trial ends");
    drop(dying);
    assert!(claim(&store).await.is_none(), "the lease stands");
    assert_eq!(
        acme.count("jobs where state = 'running' and run_at between now() + interval '110 seconds' and now() + interval '2 minutes'").await,
        1
    );
    let_leases_end(&world).await;
    let next = claim(&store).await.expect("the job is there again");
    assert_eq!((ended(&acme).await, next.attempts), (("trial".to_owned(), 0), 2), "nothing of the dead worker's was kept");
    work(&store, &next).await.expect("done");
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    store.close().await;
    world.finish().await;
}

#[tokio::test]
async fn who_lost_the_lease_changes_nothing_any_more() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    let late = claim(&world.store).await.expect("a due job");
    let_leases_end(&world).await;
    let next = claim(&world.store).await.expect("somebody else's turn");
    assert!(matches!(work(&world.store, &late).await, Err(StoreError::WrongState(_))));
    world.store.fail_job(&late, "no luck", true).await.expect("asked");
    world.store.release_job(&late).await.expect("asked");
    assert_eq!(acme.count("jobs where state = 'running' and attempts = 2 and last_error is null").await, 1, "as it was");
    work(&world.store, &next).await.expect("done");
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    world.finish().await;
}

/// A slow transaction keeps its job, even past its lease.
#[tokio::test]
async fn a_job_whose_transaction_is_open_is_not_claimed_again() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    let job = claim(&world.store).await.expect("a due job");
    let_leases_end(&world).await;
    let mut tx = world.store.begin_job(&job).await.expect("nobody else has it");
    assert!(claim(&world.store).await.is_none());
    tx.end_trial().await.expect("the trial ends");
    tx.finish(&job).await.expect("its lease was not given away");
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    world.finish().await;
}

#[tokio::test]
async fn a_job_that_failed_comes_back_later_and_says_why() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    let job = claim(&world.store).await.expect("a due job");
    world.store.fail_job(&job, "no\0 luck", true).await.expect("put off");
    assert!(claim(&world.store).await.is_none(), "not at once");
    let put_off = "jobs where state = 'queued' and attempts = 1 and last_error = 'no luck' and run_at > now() + interval '50 seconds'";
    assert_eq!(acme.count(put_off).await, 1);
    world.sql("update jobs set run_at = now()").await;
    let job = claim(&world.store).await.expect("due again");
    work(&world.store, &job).await.expect("done");
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    world.finish().await;
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_given_up() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    for _ in 0..12 {
        let _killed = claim(&world.store).await.expect("a due job");
        let_leases_end(&world).await;
    }
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(acme.count("jobs where state = 'failed' and attempts = 13 and last_error like '%stopped before its end'").await, 1);
    assert_eq!(ended(&acme).await, ("trial".to_owned(), 0));
    world.finish().await;
}

#[tokio::test]
async fn a_job_of_a_newer_version_waits_and_lets_others_pass() {
    let world = World::start().await;
    let newer = world.tenant("newer").await;
    let acme = run_out(&world, "acme").await;
    world
        .sql(&format!(
            "insert into jobs (tenant_id, kind, payload, run_at) values ('{}', 'paint', '{{}}', now() - interval '1 day')",
            newer.id
        ))
        .await;
    let job = claim(&world.store).await.expect("the one that this version does, though the other is due longer");
    work(&world.store, &job).await.expect("done");
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    assert!(claim(&world.store).await.is_none(), "a job that this version does not do");
    assert_eq!(newer.count("jobs where state = 'queued' and attempts = 0 and run_at < now()").await, 1, "as it was");
    // A version that does it finds it.
    world.sql("update jobs set kind = 'end_trial' where kind = 'paint'").await;
    assert!(claim(&world.store).await.is_some());
    world.finish().await;
}

#[tokio::test]
async fn a_trial_that_staff_ended_already_is_left_alone() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    world.sql("update tenants set status = 'past_due'").await;
    work_off(&world.store, &mailer(None)).await;
    assert_eq!(ended(&acme).await, ("past_due".to_owned(), 0));
    assert_eq!(acme.count("jobs where state = 'done'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_trial_that_still_runs_is_not_ended() {
    let world = World::start().await;
    let acme = world.tenant("acme").trial(14).await;
    world.sql("delete from jobs where kind <> 'end_trial'").await;
    assert!(claim(&world.store).await.is_none());
    assert_eq!(ended(&acme).await, ("trial".to_owned(), 0));
    world.finish().await;
}

async fn within<T>(seconds: u64, what: &str, wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(seconds), wait).await.unwrap_or_else(|_| panic!("{what} within {seconds} s"))
}

#[tokio::test]
async fn a_server_that_stops_gives_back_what_it_cannot_finish() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    world.sql("delete from jobs").await;
    let mut console = world.console().await;
    let slow = "slow@new.example".parse().expect("an address");
    console.invite(&acme.slug, &slow, tenantry::domain::role::Role::Member).await.expect("invited");
    console.commit().await.expect("committed");
    let mut smtp = Smtp::start().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let runner = tokio::spawn(tenantry::jobs::run(world.store.clone(), smtp.mailer(), tenantry::dns::Dns::of_nobody(), async move {
        let _ = stopped.await;
    }));
    smtp.next().await;
    assert_eq!(acme.count("jobs where state = 'running'").await, 1);
    stop.send(()).expect("it runs");
    within(15, "it stops", runner).await.expect("no panic");
    assert_eq!(acme.count("jobs where state = 'queued' and attempts = 0 and run_at <= now()").await, 1, "given back as it was");
    world.finish().await;
}
