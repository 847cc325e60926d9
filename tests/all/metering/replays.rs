//! An idempotency key: the same request again gets the first answer, another request is told so.

use tenantry::domain::metering::Denial;
use tenantry::store::metering::{Consumed, Hold, Idempotency, Reserved};

use super::{allowed, amount, consume};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_who_send_one_request_on_two_servers_count_once_and_hear_the_same() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, second_key) = (acme.key("one").await, acme.key("two").await);
    let other = world.another_store(4, 2);
    for round in 0..10 {
        let tasks: Vec<_> = (0..50)
            .map(|n| {
                let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
                // Keys of one tenant share its names for requests.
                let consume = if n % 3 == 0 { &second_key } else { &key }.named(&format!("round {round}"), "messages", 7);
                tokio::spawn(async move { super::consume(&store, consume).await })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(allowed(&task.await.expect("no panic")).expect("allowed").used);
        }
        assert!(answers.iter().all(|used| *used == 7 * (round + 1)), "{answers:?}");
    }
    assert_eq!(acme.counted("used", "messages").await, 70);
    other.close().await;
    world.finish().await;
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let (key, foreign) = (acme.key("one").await, globex.key("one").await);
    assert!(allowed(&consume(&world.store, key.named("a", "messages", 5)).await).is_some());
    for other in [key.named("a", "messages", 6), key.named("a", "tokens", 5)] {
        assert_eq!(consume(&world.store, other).await, Consumed::Denied(Denial::KeyReused));
    }
    let hold = Hold {
        key_hash: key.hash,
        meter: "messages".to_owned(),
        amount: amount(5),
        seconds: 60,
        idempotency: Some(Idempotency::new("a", &[b"reserve"])),
    };
    assert_eq!(world.store.reserve(&hold).await.expect("answered"), Reserved::Denied(Denial::KeyReused));
    assert_eq!((acme.counted("used", "messages").await, acme.counted("used", "tokens").await), (5, 0));
    let theirs = consume(&world.store, foreign.named("a", "messages", 6)).await;
    assert_eq!(allowed(&theirs).map(|standing| standing.used), Some(6), "another tenant's names are its own");
    world.finish().await;
}

#[tokio::test]
async fn a_refusal_is_not_kept_and_the_same_request_succeeds_when_there_is_room() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    acme.limit("messages", 4).await;
    assert!(matches!(consume(&world.store, key.named("a", "messages", 5)).await, Consumed::Refused(_)));
    acme.limit("messages", 9).await;
    for _ in 0..2 {
        assert_eq!(allowed(&consume(&world.store, key.named("a", "messages", 5)).await).map(|standing| standing.remaining), Some(Some(4)));
    }
    world.finish().await;
}

#[tokio::test]
async fn a_repeated_reserve_holds_once() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    let hold = Hold {
        key_hash: key.hash,
        meter: "messages".to_owned(),
        amount: amount(5),
        seconds: 60,
        idempotency: Some(Idempotency::new("a", &[b"reserve"])),
    };
    let first = world.store.reserve(&hold).await.expect("answered");
    assert!(matches!(first, Reserved::Held { .. }));
    let Reserved::Held { reservation, .. } = first else { return };
    let again = world.store.reserve(&hold).await.expect("answered");
    assert!(matches!(again, Reserved::Held { reservation: same, .. } if same == reservation), "{again:?}");
    assert_eq!(acme.counted("reserved", "messages").await, 5);
    world.finish().await;
}

#[tokio::test]
async fn names_of_requests_are_forgotten_after_a_day() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let key = acme.key("one").await;
    consume(&world.store, key.named("a", "messages", 5)).await;
    consume(&world.store, key.named("b", "messages", 5)).await;
    world.sql("update idempotency_keys set created_at = now() - interval '25 hours' where used = 5").await;
    assert_eq!(world.store.sweep_quotas().await.expect("swept"), 1);
    assert_eq!(allowed(&consume(&world.store, key.named("a", "messages", 5)).await).map(|standing| standing.used), Some(15));
    world.finish().await;
}
