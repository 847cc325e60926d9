//! A request that goes away midway leaves nothing behind: not a transaction, not a tenant, not a change (security.md, C2).

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _};
use tenantry::domain::capability::ManageTeam;
use tenantry::domain::role::Role;

use crate::world::World;
use crate::world::proxy::{Answers, Proxy};

/// Drops the future when it has been polled so many times without an end; returns whether it came to its end.
async fn abandon_after(polls: u32, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

/// Waits until the pool's connection is back: it is checked on its way, and that is a question too.
async fn until_idle(idle: impl Fn() -> usize) {
    while idle() == 0 {
        tokio::task::yield_now().await;
    }
}

const IN_TRANSACTION: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";

#[tokio::test]
async fn a_thousand_abandoned_requests_leave_no_tenant_no_transaction_and_no_change_behind() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).await;
    let (me, mel) = (acme.member("owner").await, acme.person("mel"));
    let proxy = Proxy::start().await;
    let store = world.store_behind(&proxy, 1);
    let request = async || {
        let mut tx = store.tenant::<ManageTeam>(&me).await?;
        tx.remove_member(mel).await?;
        drop(tx);
        tenantry::store::Result::Ok(())
    };
    request().await.expect("a request that is left alone succeeds");

    let (mut ended, mut random) = (0, 0x2545_f491_4f6c_dd1d_u64);
    for n in 0..1_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        proxy.answers(Answers::Delayed(Duration::from_micros(if n % 4 == 0 { 900 } else { 0 })));
        ended += u32::from(abandon_after(u32::try_from(random % 16).expect("below 16"), request()).await);
    }
    assert!((50..950).contains(&ended), "the requests are abandoned at many points, not always early or late: {ended} ended");

    // The pool has one connection: whoever borrows it next gets the one that was abandoned.
    assert_eq!(store.check_logins().await.expect("the pool works"), []);
    assert_eq!(world.number(IN_TRANSACTION).await, 0);
    assert!(acme.has_member(mel).await, "what was not committed did not happen");
    let mut tx = store.tenant::<ManageTeam>(&me).await.expect("the pool works");
    tx.remove_member(mel).await.expect("and so does a request");
    tx.commit().await.expect("that is left alone");
    assert!(!acme.has_member(mel).await);
    store.close().await;
    world.finish().await;
}

#[tokio::test]
async fn a_request_that_ends_while_its_transaction_begins_leaves_a_clean_connection() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let me = acme.member("owner").await;
    let proxy = Proxy::start().await;
    let store = world.store_behind(&proxy, 1);
    store.ping().await.expect("connected");
    store.healed().await;

    proxy.answers(Answers::Held);
    tokio::select! {
        _ = store.tenant::<ManageTeam>(&me) => panic!("no answer came"),
        () = proxy.next_question() => {}
    }
    proxy.answers(Answers::Delayed(Duration::ZERO));

    assert_eq!(store.check_logins().await.expect("the pool works"), []);
    assert_eq!(world.number(IN_TRANSACTION).await, 0);
    store.close().await;
    world.finish().await;
}

/// The positive control: the same abandonment poisons a plain pool, so the tests above can fail.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the ban's own reason is shown here")]
async fn a_plain_pool_hands_an_abandoned_tenant_to_its_next_borrower() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let proxy = Proxy::start().await;
    let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
    let pool = pool.connect_with(proxy.login(&world.logins.app)).await.expect("connected");
    pool.acquire().await.expect("works").ping().await.expect("works");
    until_idle(|| pool.num_idle()).await;

    proxy.answers(Answers::Held);
    let begin = format!("begin; set local app.tenant_id = '{}'", acme.id);
    tokio::select! {
        _ = pool.begin_with(AssertSqlSafe(begin)) => panic!("no answer came"),
        () = proxy.next_question() => {}
    }
    proxy.answers(Answers::Delayed(Duration::ZERO));

    let seen: String = sqlx::query_scalar("select current_setting('app.tenant_id', true)").fetch_one(&pool).await.expect("works");
    assert_eq!(seen, acme.id.to_string(), "when sqlx heals this itself, Guarded may go");
    pool.close().await;
    world.finish().await;
}

#[tokio::test]
async fn what_is_left_of_a_dropped_transaction_can_be_waited_for() {
    let world = World::start().await;
    let lent = || world.store.pools().iter().map(|pool| pool.open - pool.idle).sum::<usize>();
    let console = world.console().await;
    assert_eq!(lent(), 1);
    drop(console);
    assert_eq!(lent(), 1, "it is rolled back by and by");
    world.store.healed().await;
    assert_eq!(lent(), 0);
    world.finish().await;
}
