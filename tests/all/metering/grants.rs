//! What happens past the quota: grants, and the plan's rule at the limit.

use tenantry::store::metering::{Consumed, Hold, Lease, Leasing, Reserved, Settled, Settling};

use super::{allowed, amount, consume};
use crate::world::World;

#[tokio::test]
async fn grants_are_drawn_in_the_order_of_their_expiry_and_last_beyond_a_month() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    acme.limit("messages", 10).await;
    world
        .sql(&format!(
            "insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at)
             select '{}', 'messages', n, 'a test', 'a test', now() + make_interval(days => days)
             from (values (20, 300), (5, 10), (100, -1)) g (n, days)",
            acme.id
        ))
        .await;
    let answer = allowed(&consume(&world.store, key.ask("messages", 18)).await).expect("10 of the plan, 8 of grants");
    assert_eq!((answer.limit, answer.remaining), (Some(35), Some(17)));
    assert_eq!(world.texts("select amount || ':' || drawn from quota_grants order by amount").await, ["5:5", "20:3", "100:0"]);
    assert!(matches!(consume(&world.store, key.ask("messages", 18)).await, Consumed::Refused(_)));
    assert_eq!(world.number("select quota from quotas where meter = 'messages'").await, 35);
    // The next month has the plan's quota again, and what is left of the grant.
    world.sql("update usage_counters set period_start = period_start - interval '1 month', day = day - 31, unfolded = 0; delete from usage_pending; update usage_days set day = day - 31").await;
    assert_eq!(world.number("select quota from quotas where meter = 'messages'").await, 27);
    assert!(matches!(consume(&world.store, key.ask("messages", 28)).await, Consumed::Refused(_)));
    assert!(allowed(&consume(&world.store, key.ask("messages", 27)).await).is_some());
    world.abandon().await;
}

#[tokio::test]
async fn past_the_limit_a_plan_blocks_degrades_or_bills() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    acme.limit("tokens", 10).await;
    consume(&world.store, key.ask("tokens", 8)).await;
    assert!(matches!(consume(&world.store, key.ask("tokens", 5)).await, Consumed::Refused(_)));
    world.sql("update plan_entitlements set at_limit = 'degrade' where meter = 'tokens'").await;
    assert!(matches!(consume(&world.store, key.ask("tokens", 5)).await, Consumed::Degraded(standing) if standing.used == 8));
    world.sql("update plan_entitlements set at_limit = 'overage' where meter = 'tokens' and overage_price_usd is not null").await;
    assert!(matches!(consume(&world.store, key.ask("tokens", 5)).await, Consumed::Overage(standing) if standing.used == 13));
    assert_eq!(acme.counted("overage", "tokens").await, 3);
    assert_eq!(acme.counted("degraded", "tokens").await, 5);
    assert_eq!(acme.counted("used", "tokens").await, 13);
    world.finish().await;
}

#[tokio::test]
async fn what_is_held_too_long_is_free_again_without_anybody_sweeping() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    acme.limit("messages", 10).await;
    let hold = Hold { key_hash: key.hash, meter: "messages".to_owned(), amount: amount(8), seconds: 60, idempotency: None };
    let held = world.store.reserve(&hold).await.expect("answered");
    assert!(matches!(consume(&world.store, key.ask("messages", 3)).await, Consumed::Refused(standing) if standing.remaining == Some(2)));
    world.sql("update reservations set expires_at = now()").await;
    assert!(allowed(&consume(&world.store, key.ask("messages", 3)).await).is_some());
    let Reserved::Held { reservation, .. } = held else { panic!("{held:?}") };
    assert_eq!(world.store.settle(&key.hash, reservation, Settling::Commit(None)).await.expect("answered"), Settled::Expired);
    assert!(matches!(world.store.settle(&key.hash, reservation, Settling::Release).await.expect("answered"), Settled::Done { .. }));
    // And the sweeper frees what nobody asks about.
    assert!(matches!(world.store.reserve(&hold).await.expect("answered"), Reserved::Refused(_)));
    let small = Hold { amount: amount(7), ..hold };
    assert!(matches!(world.store.reserve(&small).await.expect("answered"), Reserved::Held { .. }));
    world.sql("update reservations set expires_at = now()").await;
    world.store.sweep_quotas().await.expect("swept");
    assert_eq!(acme.counted("reserved", "messages").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_leases_live_as_the_plan_has_and_one_without_heartbeat_ends() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    acme.limit("sessions", 5).await;
    let other = world.another_store(8, 2);
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let (store, hash) = (if n % 2 == 0 { world.store.clone() } else { other.clone() }, key.hash);
            tokio::spawn(async move { store.lease(&hash, "sessions", Leasing::Open { seconds: 60 }).await.expect("answered") })
        })
        .collect();
    let mut leases = Vec::new();
    for task in tasks {
        if let Lease::Lives { lease, .. } = task.await.expect("no panic") {
            leases.push(lease);
        }
    }
    assert_eq!(leases.len(), 5);
    world.sql(&format!("update leases set expires_at = now() where id = '{}'", leases[0])).await;
    let beat = |lease| world.store.lease(&key.hash, "sessions", Leasing::Extend { lease, seconds: 60 });
    assert_eq!(beat(leases[0]).await.expect("answered"), Lease::NotFound);
    assert!(matches!(beat(leases[1]).await.expect("answered"), Lease::Lives { used: 4, .. }));
    let end = world.store.lease(&key.hash, "sessions", Leasing::End { lease: leases[2] }).await.expect("answered");
    assert_eq!(end, Lease::Ended { used: 3, limit: Some(5) });
    assert_eq!(world.store.sweep_quotas().await.expect("swept"), 1);
    assert_eq!(acme.shown("sessions").await, 5, "the highest level of the day");
    other.close().await;
    world.finish().await;
}
