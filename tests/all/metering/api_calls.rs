//! Calls of the machine API are counted like everything else: in the day's meter, exactly, on however many servers.

use std::task::Poll;
use std::time::{Duration, Instant};

use tenantry::store::Store;
use tenantry::store::access::ApiKeyHolder;
use tenantry::store::api_rate::{Due, Limit, Pace, Verdict};

use super::Key;
use crate::world::{Tenant, World};

async fn holder(store: &Store, key: &Key) -> ApiKeyHolder {
    store.key_holder(&key.text.parse().expect("a key"), "192.0.2.1").await.expect("it works")
}

async fn call(store: &Store, key: &Key) -> Pace {
    store.count_call(&holder(store, key).await).await.expect("the database is there")
}

/// So many calls with each key on each store, all at once; how many of each key were let in.
async fn rush<'a>(
    stores: impl IntoIterator<Item = &'a Store> + Clone,
    keys: impl IntoIterator<Item = &'a Key> + Clone,
    times: usize,
) -> Vec<i64> {
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..times {
        for store in stores.clone() {
            for (at, key) in keys.clone().into_iter().enumerate() {
                let (store, key) = (store.clone(), key.clone());
                calls.spawn(async move { (at, call(&store, &key).await.verdict == Verdict::LetIn) });
            }
        }
    }
    let mut let_in = vec![0; keys.into_iter().count()];
    for (at, fine) in calls.join_all().await {
        let_in[at] += i64::from(fine);
    }
    let_in
}

impl Tenant {
    /// What stands against the day's calls: used, reserved.
    async fn calls(&self) -> (i64, i64) {
        (self.counted("used", "api_calls").await, self.counted("reserved", "api_calls").await)
    }

    async fn slow_key(&self, name: &str, calls_a_minute: i32) -> Key {
        let key = self.key(name).await;
        self.world.sql(&format!("update api_keys set calls_a_minute = {calls_a_minute} where name = '{name}'")).await;
        key
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_on_two_servers_are_counted_exactly_and_reach_the_pages() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let keys = [acme.key("one").await, acme.key("two").await, acme.key("three").await];
    let stores = [world.store.clone(), world.another_store(8, 2)];
    let made: i64 = rush(&stores, &keys, 40).await.iter().sum();
    assert_eq!(made, 240, "the plan has 5000 a minute");
    let (used, reserved) = acme.calls().await;
    assert!(used < made && used + reserved >= made, "a part is in chunks still: {used} used, {reserved} reserved, {made} made");
    for store in &stores {
        assert_eq!(store.settle_calls(Due::All).await.expect("settled"), 3);
        assert_eq!(store.settle_calls(Due::All).await.expect("nothing is left"), 0);
    }
    assert_eq!(acme.calls().await, (made, 0));
    assert_eq!(world.number("select used from quotas where meter = 'api_calls'").await, made);
    while world.store.fold_usage().await.expect("folded") > 0 {}
    assert_eq!(acme.shown("api_calls").await, made);
    stores[1].close().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_of_a_day_holds_to_the_unit_on_two_servers() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let keys = [acme.key("one").await, acme.key("two").await];
    let stores = [world.store.clone(), world.another_store(8, 2)];
    acme.limit("api_calls", 137).await;
    assert_eq!(rush(&stores, &keys, 150).await.iter().sum::<i64>(), 137);
    let refused = call(&stores[1], &keys[0]).await;
    assert!(matches!(refused.verdict, Verdict::DayFull { used: 137, limit: 137, resets_in: 1.. }), "{refused:?}");
    for store in &stores {
        store.settle_calls(Due::All).await.expect("settled");
    }
    assert_eq!(acme.calls().await, (137, 0));
    // A larger day lets in more; so does a plan that bills, and counts what it bills.
    let fresh = world.another_store(2, 2);
    acme.limit("api_calls", 138).await;
    assert_eq!(rush([&fresh], &keys[..1], 3).await, [1]);
    world
        .sql("update plan_entitlements set at_limit = 'overage', overage_price_usd = 1, overage_per = 1000 where meter = 'api_calls'")
        .await;
    let billed = world.another_store(2, 2);
    assert_eq!(rush([&billed], &keys[..1], 3).await, [3]);
    for store in [&fresh, &billed] {
        store.settle_calls(Due::All).await.expect("settled");
    }
    assert_eq!((acme.calls().await, acme.counted("overage", "api_calls").await), ((141, 0), 3));
    world.finish().await;
}

#[tokio::test]
async fn what_others_hold_or_consumed_of_the_day_is_no_room_for_calls() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    acme.limit("api_calls", 5).await;
    super::consume(&world.store, key.ask("api_calls", 3)).await;
    assert_eq!(rush([&world.store], [&key], 9).await, [2]);
    assert!(matches!(super::consume(&world.store, key.ask("api_calls", 1)).await, tenantry::store::metering::Consumed::Refused(_)));
    world.store.settle_calls(Due::All).await.expect("settled");
    assert_eq!(acme.calls().await, (5, 0));
    world.finish().await;
}

#[tokio::test]
async fn calls_of_a_day_that_has_ended_meanwhile_count_in_that_day() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    acme.limit("api_calls", 100).await;
    world.clock("2026-12-31 23:59:05+00").await;
    // A chunk of one, one of two, and one of four that is not used up.
    assert_eq!(rush([&world.store], [&key], 4).await, [4]);
    let other = world.another_store(2, 2);
    assert_eq!(rush([&other], [&key], 4).await, [4]);
    world.clock("2027-01-01 00:00:05+00").await;
    assert_eq!(world.store.settle_calls(Due::All).await.expect("settled"), 1);
    // The other server hears of the new day with its next chunk: three that it holds are good until its minute is over.
    assert_eq!(rush([&other], [&key], 5).await, [5]);
    other.settle_calls(Due::All).await.expect("settled");
    while world.store.fold_usage().await.expect("folded") > 0 {}
    let days = world.texts("select day || ' ' || amount from usage_days where meter = 'api_calls' order by day").await;
    assert_eq!(days, ["2026-12-31 11", "2027-01-01 2"]);
    assert_eq!(acme.calls().await, (13, 0));
    other.close().await;
    world.finish().await;
}

#[tokio::test]
async fn the_server_reports_by_itself_when_the_minute_is_over() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    // A call that a busy machine holds up for less than a second still belongs to this minute.
    world.clock("2026-11-23 12:00:59+00").await;
    assert_eq!(rush([&world.store], [&key], 4).await, [4]);
    assert_ne!(acme.calls().await, (4, 0));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let jobs = tokio::spawn(tenantry::jobs::run(
        world.store.clone(),
        crate::world::smtp::mailer(None),
        tenantry::dns::Dns::of_nobody(),
        async move {
            let _ = stopped.await;
        },
    ));
    let reported = async { while acme.calls().await != (4, 0) {} };
    tokio::time::timeout(Duration::from_secs(20), reported).await.expect("reported");
    stop.send(()).expect("it runs");
    jobs.await.expect("it stops");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_a_limit_of_its_own_within_the_tenants_on_two_servers() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let keys = [acme.slow_key("slow", 7).await, acme.slow_key("slower", 3).await, acme.key("free").await];
    let stores = [world.store.clone(), world.another_store(8, 2)];
    acme.limit("api_rate", 20).await;
    world.clock("2026-11-23 12:00:05+00").await;
    assert_eq!(rush(&stores, &keys[..2], 30).await, [7, 3], "no more and no fewer");
    let refused = call(&stores[0], &keys[1]).await;
    assert_eq!((refused.verdict, refused.limit), (Verdict::TooFast, Some(Limit { calls: 3, own: true })));
    assert_eq!(rush(&stores, &keys, 30).await, [0, 0, 10], "the tenant has twenty");
    let refused = call(&stores[0], &keys[2]).await;
    assert_eq!((refused.verdict, refused.limit), (Verdict::TooFast, Some(Limit { calls: 20, own: false })));
    // The next minute is a new one for all of them, and a tenant's smaller limit binds a key with a larger one.
    acme.limit("api_rate", 2).await;
    world.clock("2026-11-23 12:01:05+00").await;
    let fresh = [world.another_store(8, 2), world.another_store(8, 2)];
    assert_eq!(rush(&fresh, &keys[..1], 30).await, [2]);
    assert_eq!(call(&fresh[0], &keys[0]).await.limit, Some(Limit { calls: 2, own: false }));
    for store in stores.iter().chain(&fresh) {
        store.settle_calls(Due::All).await.expect("settled");
    }
    assert_eq!(acme.calls().await, (22, 0));
    world.finish().await;
}

/// What the future gives within so many polls; then it is dropped, wherever it stands.
async fn within<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut polled = 0;
    std::future::poll_fn(|context| {
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if polled == polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_chunk_behind() {
    const PATIENCE: u32 = 8;
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    // Chunks of this key have one call: each call takes one and reports the one before.
    let key = acme.slow_key("one", 39).await;
    let (mut answered, mut gone, mut at_once) = (0, 0, 0);
    for minute in 0..12 {
        world.clock(&format!("2026-11-23 12:{minute:02}:05+00")).await;
        for n in 0..32 {
            let polls = 1 + n % PATIENCE;
            match within(polls, call(&world.store, &key)).await {
                Some(pace) => {
                    assert_eq!(pace.verdict, Verdict::LetIn);
                    answered += 1;
                }
                None => gone += 1,
            }
            at_once += i64::from(polls == 1);
        }
    }
    assert!(answered > 0 && gone >= at_once, "without a chunk nobody is answered at once: {answered} answered, {gone} gone");
    while world.store.settle_calls(Due::All).await.expect("settled") > 0 {}
    let (used, reserved) = acme.calls().await;
    assert!(
        reserved == 0 && answered <= used && used <= answered + gone,
        "{used} used, {reserved} reserved, {answered} answered, {gone} gone"
    );
    world.finish().await;
}

#[tokio::test]
async fn refused_calls_are_noted_and_not_each_by_itself() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (slow, free) = (acme.slow_key("slow", 2).await, acme.key("free").await);
    world.clock("2026-11-23 12:00:05+00").await;
    acme.limit("api_rate", 5).await;
    world
        .sql(
            "create sequence notes;
             create function note() returns trigger language plpgsql security definer as $$ begin perform nextval('notes'); return null; end $$;
             create trigger note after insert or update on refusals for each row execute function note()",
        )
        .await;
    let begun = Instant::now();
    assert_eq!(rush([&world.store], [&slow], 502).await, [2]);
    let notes = world.number("select last_value from notes where is_called").await;
    assert!((1..=begun.elapsed().as_secs() + 1).contains(&notes.unsigned_abs()), "{notes} notes: one a second");
    let noted = "select coalesce(sum(times), 0)::bigint from refusals";
    world.store.settle_calls(Due::All).await.expect("settled");
    assert_eq!(world.number(noted).await, 500);
    world.sql("drop trigger note on refusals; drop function note; drop sequence notes").await;
    assert_eq!(rush([&world.store], [&free], 4).await, [3]);
    world.sql(&format!("insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by) values ('{}', 'api_calls', 5, 'a test', 'a test')", acme.id)).await;
    world.clock("2026-11-23 12:01:05+00").await;
    assert_eq!(rush([&world.another_store(2, 2)], [&free], 1).await, [0]);
    let kept = world.texts("select distinct concat_ws(' ', meter, used, quota, source, key_prefix) from refusals order by 1").await;
    let prefix = |key: &Key| key.text[..11].to_owned();
    assert_eq!(
        kept,
        [
            format!("api_calls 5 5 override {}", prefix(&free)),
            format!("api_rate 2 2 key {}", prefix(&slow)),
            format!("api_rate 5 5 override {}", prefix(&free))
        ]
    );
    world.finish().await;
}

#[tokio::test]
async fn refused_calls_are_noted_also_when_the_next_minute_lets_the_key_in_first() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let slow = acme.slow_key("slow", 2).await;
    // A call that a busy machine holds up for less than a second still belongs to this minute.
    world.clock("2026-11-23 12:00:59+00").await;
    assert_eq!(rush([&world.store], [&slow], 5).await, [2]);
    world.clock("2026-11-23 12:01:00+00").await;
    let mut refused = 3;
    while rush([&world.store], [&slow], 1).await == [0] {
        refused += 1;
    }
    world.store.settle_calls(Due::All).await.expect("settled");
    assert_eq!(world.number("select sum(times)::bigint from refusals").await, refused);
    world.finish().await;
}
