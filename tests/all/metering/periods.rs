//! The end of a month and of a day, by the database's clock alone; and how what was consumed reaches the pages.

use tenantry::store::metering::{Consumed, Hold, Reserved, Settled, Settling};

use super::{allowed, amount, consume};
use crate::world::World;

impl World {
    /// From now on this is the time, for metering.
    pub(super) async fn clock(&self, at: &str) {
        self.sql(&format!(
            "create or replace function metering_now() returns timestamptz language sql stable parallel safe as $$ select timestamptz '{at}' $$"
        ))
        .await;
    }
}

#[tokio::test]
async fn a_second_before_and_after_the_end_of_a_month_usage_lands_once_and_in_its_month() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    acme.limit("messages", 10).await;
    world.clock("2026-12-31 23:59:59.9+00").await;
    let before = allowed(&consume(&world.store, key.named("a", "messages", 10)).await).expect("allowed");
    assert_eq!((before.used, before.resets_at.to_rfc3339().as_str()), (10, "2027-01-01T00:00:00+00:00"));
    assert!(matches!(consume(&world.store, key.ask("messages", 1)).await, Consumed::Refused(_)));
    world.clock("2027-01-01 00:00:01+00").await;
    let after = allowed(&consume(&world.store, key.ask("messages", 4)).await).expect("a new month");
    assert_eq!((after.used, after.remaining), (4, Some(6)));
    let again = allowed(&consume(&world.store, key.named("a", "messages", 10)).await).expect("the first answer");
    assert_eq!(again.used, 10, "a repetition after the end of the month is not counted in the next");
    while world.store.fold_usage().await.expect("folded") > 0 {}
    let days = world.texts("select day || ' ' || amount from usage_days where meter = 'messages' order by day").await;
    assert_eq!(days, ["2026-12-31 10", "2027-01-01 4"]);
    world.finish().await;
}

#[tokio::test]
async fn days_within_a_month_are_told_apart_also_when_the_fold_comes_late() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    for (at, n) in [("2026-11-03 23:59:59+00", 1), ("2026-11-04 00:00:00+00", 2), ("2026-11-05 12:00:00+00", 4)] {
        world.clock(at).await;
        consume(&world.store, key.ask("tokens", n)).await;
        consume(&world.store, key.ask("api_calls", n)).await;
        consume(&world.store, key.ask("tokens", n)).await;
    }
    while world.store.fold_usage().await.expect("folded") > 0 {}
    let days = world.texts("select meter || ' ' || day || ' ' || amount from usage_days order by meter, day").await;
    assert_eq!(
        days,
        [
            "api_calls 2026-11-03 1",
            "api_calls 2026-11-04 2",
            "api_calls 2026-11-05 4",
            "tokens 2026-11-03 2",
            "tokens 2026-11-04 4",
            "tokens 2026-11-05 8"
        ]
    );
    assert_eq!(acme.counted("used", "tokens").await, 14);
    world.finish().await;
}

#[tokio::test]
async fn what_was_reserved_before_the_end_of_a_month_counts_in_that_month() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    world.clock("2026-12-31 23:59:50+00").await;
    let hold = Hold { key_hash: key.hash, meter: "messages".to_owned(), amount: amount(8), seconds: 60, idempotency: None };
    let held = world.store.reserve(&hold).await.expect("answered");
    assert!(matches!(held, Reserved::Held { .. }), "{held:?}");
    let Reserved::Held { reservation, .. } = held else { return };
    world.clock("2027-01-01 00:00:10+00").await;
    let settled = world.store.settle(&key.hash, reservation, Settling::Commit(Some(amount(5)))).await.expect("answered");
    assert!(matches!(settled, Settled::Done { amount: 5, .. }), "{settled:?}");
    while world.store.fold_usage().await.expect("folded") > 0 {}
    let days = world.texts("select day || ' ' || amount from usage_days where meter = 'messages'").await;
    assert_eq!(days, ["2026-12-31 5"]);
    world.finish().await;
}

#[tokio::test]
async fn a_counter_begins_with_what_pages_show_already() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    world
        .sql(&format!("insert into usage_days (tenant_id, meter, day, amount) values ('{}', 'messages', this_month(), 40)", acme.id))
        .await;
    assert_eq!(allowed(&consume(&world.store, key.ask("messages", 2)).await).map(|standing| standing.used), Some(42));
    world.store.fold_usage().await.expect("folded");
    assert_eq!(acme.shown("messages").await, 42);
    world.finish().await;
}
