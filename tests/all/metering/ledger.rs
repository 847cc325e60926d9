//! Random calls from many tasks on two servers against a model: every answer that changed `used` is one line of a ledger without gaps.

use std::sync::atomic::{AtomicU64, Ordering};

use tenantry::store::Store;
use tenantry::store::metering::{Consumed, Hold, Reserved, Settled, Settling};

use super::{Key, amount};
use crate::world::World;

/// Repeatable: the seed is printed with a failure, and `TENANTRY_TEST_SEED` sets it.
struct Dice(u64);

impl Dice {
    /// splitmix64: <https://prng.di.unimi.it/splitmix64.c>
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn amount(&mut self) -> i64 {
        i64::try_from(1 + self.roll(9)).expect("small")
    }
}

/// What one task saw.
#[derive(Default)]
struct Seen {
    /// `used` after, and by how much it rose.
    ledger: Vec<(i64, i64)>,
    refused: Vec<i64>,
    freed: bool,
    broken: Vec<String>,
}

async fn play(store: Store, key: Key, mut dice: Dice) -> Seen {
    let mut seen = Seen::default();
    let mut held: Vec<(uuid::Uuid, i64)> = Vec::new();
    for turn in 0..30 {
        let n = dice.amount();
        match dice.roll(10) {
            0..6 => {
                let ask = key.named(&format!("{}-{turn}", dice.0), "messages", n);
                let times = if dice.roll(4) == 0 { 2 } else { 1 };
                let mut first = None;
                for _ in 0..times {
                    let answer = store.consume(ask.clone()).await.expect("the database is there");
                    match (answer, first) {
                        (Consumed::Allowed(standing), None) => {
                            seen.ledger.push((standing.used, n));
                            first = Some(standing.used);
                        }
                        (Consumed::Allowed(standing), Some(used)) if standing.used == used => {}
                        (Consumed::Refused(_), None) => seen.refused.push(n),
                        (other, _) => seen.broken.push(format!("{other:?} after {first:?}")),
                    }
                }
            }
            6..8 => {
                let hold = Hold { key_hash: key.hash, meter: "messages".to_owned(), amount: amount(n), seconds: 600, idempotency: None };
                match store.reserve(&hold).await.expect("the database is there") {
                    Reserved::Held { reservation, .. } => held.push((reservation, n)),
                    Reserved::Refused(_) => seen.refused.push(n),
                    Reserved::Denied(denial) => seen.broken.push(format!("{denial:?}")),
                }
            }
            8 => {
                if let Some((reservation, most)) = held.pop() {
                    let part = 1 + i64::try_from(dice.roll(u64::try_from(most).expect("positive"))).expect("small");
                    match store.settle(&key.hash, reservation, Settling::Commit(Some(amount(part)))).await.expect("the database is there") {
                        Settled::Done { amount, standing, .. } if amount == part => seen.ledger.push((standing.used, part)),
                        Settled::Expired => {}
                        other => seen.broken.push(format!("commit: {other:?}")),
                    }
                    seen.freed |= part < most;
                }
            }
            _ => {
                if let Some((reservation, _)) = held.pop() {
                    match store.settle(&key.hash, reservation, Settling::Release).await.expect("the database is there") {
                        Settled::Done { amount: 0, .. } => seen.freed = true,
                        other => seen.broken.push(format!("release: {other:?}")),
                    }
                }
            }
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_of_random_calls_on_two_servers_has_no_gap() {
    static SEEDS: AtomicU64 = AtomicU64::new(0);
    let seed = std::env::var("TENANTRY_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()) << 16 | SEEDS.fetch_add(1, Ordering::Relaxed));
    let mut dice = Dice(seed);
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let keys = [acme.key("one").await, acme.key("two").await];
    let stores = [world.store.clone(), world.another_store(8, 2)];
    let (mut used, mut limit) = (0, 0);
    for round in 0..12 {
        // The plan changes: mostly more, sometimes less than is used already.
        limit = if dice.roll(4) == 0 { limit / 2 } else { used + i64::try_from(dice.roll(300)).expect("small") };
        acme.limit("messages", limit).await;
        if dice.roll(3) == 0 {
            world.sql("update reservations set expires_at = now() where state = 'held'").await;
        }
        let tasks: Vec<_> =
            (0..16).map(|n| tokio::spawn(play(stores[n % 2].clone(), keys[n % 3 % 2].clone(), Dice(dice.roll(u64::MAX))))).collect();
        let (mut ledger, mut refused, mut freed) = (Vec::new(), Vec::new(), false);
        for task in tasks {
            let seen = task.await.expect("no panic");
            assert!(seen.broken.is_empty(), "seed {seed}, round {round}: {:?}", seen.broken);
            ledger.extend(seen.ledger);
            refused.extend(seen.refused);
            freed |= seen.freed;
        }
        ledger.sort_unstable();
        let before = used;
        for (after, rose) in ledger {
            used += rose;
            assert_eq!(after, used, "seed {seed}, round {round}: the ledger has a gap or a double line");
        }
        assert_eq!(acme.counted("used", "messages").await, used, "seed {seed}, round {round}");
        let held = acme.counted("reserved", "messages").await;
        assert!(used == before || used <= limit || held > 0 || before > limit, "seed {seed}, round {round}: {used} of {limit}");
        assert!(used + held <= limit.max(before + held), "seed {seed}, round {round}: {used} and {held} of {limit}");
        let least = refused.iter().min().copied().unwrap_or(i64::MAX);
        assert!(
            freed || used + held + least.min(limit + 1) > limit,
            "seed {seed}, round {round}: {least} was refused with {used} of {limit}"
        );
    }
    while world.store.fold_usage().await.expect("folded") > 0 {}
    assert_eq!(acme.shown("messages").await, used, "seed {seed}: the pages show what was counted");
    stores[1].close().await;
    world.finish().await;
}
