//! The queue: each effect once, whoever works and whoever dies.

use tenantry::store::Store;
use tenantry::store::jobs::{Claimed, JobKind};

use crate::world::{Tenant, World};

/// A tenant whose trial has just run out, with the job that ends it due.
async fn run_out(world: &World, name: &str) -> Tenant {
    let tenant = world.tenant(name).trial(14).await;
    world.sql(&format!("update tenants set trial_ends_at = now() where id = '{}'", tenant.id)).await;
    world.sql(&format!("update jobs set run_at = now() where tenant_id = '{}'", tenant.id)).await;
    tenant
}

async fn work(job: Claimed) {
    let Claimed { mut tx, id, kind } = job;
    assert_eq!(kind, JobKind::EndTrial);
    tx.end_trial().await.expect("the trial ends");
    tx.finish(id).await.expect("committed");
}

async fn claim(store: &Store) -> Option<Claimed> {
    store.claim_job().await.expect("the queue answers")
}

async fn ended(tenant: &Tenant) -> (String, i64) {
    (tenant.status().await, tenant.count("audit_events where action = 'tenant.trial_ended'").await)
}

#[tokio::test]
async fn two_workers_end_one_trial_once() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    let another = world.another_store(1, 1);
    let first = claim(&world.store).await.expect("a due job");
    assert!(claim(&another).await.is_none(), "somebody holds it");
    work(first).await;
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
                    work(job).await;
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
async fn a_worker_that_dies_midway_leaves_the_job_to_another() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    // One connection: the next claim gets it only when the dead worker's transaction has been taken back.
    let store = world.another_store(1, 1);
    let mut dying = claim(&store).await.expect("a due job");
    dying.tx.end_trial().await.expect("the trial ends");
    drop(dying);
    let next = claim(&store).await.expect("the job is there again");
    assert_eq!(ended(&acme).await, ("trial".to_owned(), 0), "nothing of the dead worker's was kept");
    work(next).await;
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    store.close().await;
    world.finish().await;
}

#[tokio::test]
async fn a_job_that_failed_comes_back_later_and_says_why() {
    let world = World::start().await;
    let acme = run_out(&world, "acme").await;
    let job = claim(&world.store).await.expect("a due job");
    let id = job.id;
    // Given back before it is put off: the claim is a lock on the row.
    drop(job);
    world.store.retry_job(id, "no luck").await.expect("put off");
    assert!(claim(&world.store).await.is_none(), "not at once");
    assert_eq!(acme.count("jobs where attempts = 1 and last_error = 'no luck' and run_at > now()").await, 1);
    world.sql("update jobs set run_at = now()").await;
    work(claim(&world.store).await.expect("due again")).await;
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    world.finish().await;
}

#[tokio::test]
async fn a_job_of_a_newer_version_waits_and_lets_others_pass() {
    let world = World::start().await;
    let (acme, newer) = (run_out(&world, "acme").await, world.tenant("newer").await);
    world
        .sql(&format!(
            "insert into jobs (tenant_id, kind, payload, run_at) values ('{}', 'paint', '{{}}', now() - interval '1 day')",
            newer.id
        ))
        .await;
    work(claim(&world.store).await.expect("the one that this version does, though the other is due longer")).await;
    assert_eq!(ended(&acme).await, ("active".to_owned(), 1));
    assert!(claim(&world.store).await.is_none(), "a job that this version does not do");
    assert_eq!(newer.count("jobs where done_at is null and attempts = 0 and run_at < now()").await, 1, "as it was");
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
    work(claim(&world.store).await.expect("a due job")).await;
    assert_eq!(ended(&acme).await, ("past_due".to_owned(), 0));
    assert_eq!(acme.count("jobs where done_at is not null").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_trial_that_still_runs_is_not_ended() {
    let world = World::start().await;
    let acme = world.tenant("acme").trial(14).await;
    assert!(claim(&world.store).await.is_none());
    assert_eq!(ended(&acme).await, ("trial".to_owned(), 0));
    world.finish().await;
}
