//! Counters keep the rule that holds for them. Whatever changes it, the very next call knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tenantry::domain::metering::Denial;
use tenantry::store::Store;
use tenantry::store::metering::Consumed;

use super::{Key, allowed, consume};
use crate::world::{Tenant, World};

/// The limit that a call for one is told.
async fn told(store: &Store, key: &Key) -> Option<i64> {
    let answer = consume(store, key.ask("messages", 1)).await;
    allowed(&answer).unwrap_or_else(|| panic!("{answer:?}")).limit
}

impl Tenant {
    /// Counters of this tenant that keep a rule.
    async fn kept(&self) -> i64 {
        self.world
            .number(&format!("select count(*) from usage_counters where tenant_id = '{}' and rule_until > metering_now()", self.id))
            .await
    }
}

#[tokio::test]
async fn what_changes_a_rule_holds_for_the_next_call() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let (key, other) = (acme.key("one").await, globex.key("one").await);
    let id = &acme.id;
    world.clock("2026-11-23 12:00:00+00").await;
    assert_eq!(told(&world.store, &other).await, Some(1_000_000));
    for (change, limit) in [
        (String::new(), 1_000_000),
        (
            format!(
                "insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by, expires_at) values ('{id}', 'messages', 70, 'a test', 'a test', '2026-11-24')"
            ),
            70,
        ),
        ("update entitlement_overrides set quota = 71".to_owned(), 71),
        (
            format!(
                "insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at) values ('{id}', 'messages', 9, 'a test', 'a test', '2026-11-25')"
            ),
            80,
        ),
        ("update quota_grants set amount = 10".to_owned(), 81),
        ("delete from entitlement_overrides".to_owned(), 1_000_010),
        ("delete from quota_grants".to_owned(), 1_000_000),
        ("update plan_entitlements set quota = 900 where meter = 'messages'".to_owned(), 900),
        (
            format!(
                "update tenants set plan_version_id = (select e.plan_version_id from plan_entitlements e join tenants t on t.plan_version_id <> e.plan_version_id where t.id = '{id}' limit 1); update plan_entitlements set quota = 901 where meter = 'messages'"
            ),
            901,
        ),
    ] {
        if !change.is_empty() {
            world.sql(&change).await;
        }
        // The first one looks the rule up and keeps it, the second one finds it kept.
        for _ in 0..2 {
            assert_eq!(told(&world.store, &key).await, Some(limit), "after: {change}");
            assert_eq!(acme.kept().await, 1, "after: {change}");
        }
    }
    world
        .sql(&format!("update tenants set status = 'suspended', status_reason = 'a test', status_before = status where id = '{id}'"))
        .await;
    assert_eq!(consume(&world.store, key.ask("messages", 1)).await, Consumed::Denied(Denial::TenantSuspended));
    assert_eq!((acme.kept().await, globex.kept().await), (0, 0), "plans changed for all");
    world.sql(&format!("update tenants set status = status_before, status_reason = null, status_before = null where id = '{id}'")).await;
    assert_eq!(told(&world.store, &key).await, Some(901));
    world.sql("update api_keys set revoked_at = metering_now() where name = 'one'").await;
    assert_eq!(consume(&world.store, key.ask("messages", 1)).await, Consumed::Denied(Denial::KeyRevoked));
    world.finish().await;
}

#[tokio::test]
async fn a_rule_is_kept_no_longer_than_it_holds() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let (key, id) = (acme.key("one").await, &acme.id);
    world.clock("2026-11-23 12:00:00+00").await;
    world.sql(&format!("insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by, expires_at) values ('{id}', 'messages', 70, 'a test', 'a test', '2026-11-24')")).await;
    world.sql(&format!("insert into quota_grants (tenant_id, meter, amount, reason, created_by, expires_at) values ('{id}', 'messages', 9, 'a test', 'a test', '2026-11-25')")).await;
    for (at, limit) in [
        ("2026-11-23 23:59:59+00", 79),
        ("2026-11-24 00:00:00+00", 1_000_009),
        ("2026-11-24 23:59:59+00", 1_000_009),
        ("2026-11-25 00:00:00+00", 1_000_000),
        ("2026-11-30 23:59:59+00", 1_000_000),
    ] {
        world.clock(at).await;
        assert_eq!((told(&world.store, &key).await, told(&world.store, &key).await), (Some(limit), Some(limit)), "{at}");
    }
    world.clock("2026-12-01 00:00:00+00").await;
    let first = allowed(&consume(&world.store, key.ask("messages", 1)).await).expect("a new month");
    assert_eq!((first.used, first.resets_at.to_rfc3339().as_str()), (1, "2027-01-01T00:00:00+00:00"));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_changes_a_rule_finds_it_changed_while_two_servers_count() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let keys = [acme.key("one").await, globex.key("one").await];
    let stores = [world.store.clone(), world.another_store(2, 2)];
    let stop = Arc::new(AtomicBool::new(false));
    let mut busy = tokio::task::JoinSet::new();
    for store in &stores {
        for n in 0..6 {
            let (store, key, stop) = (store.clone(), keys[n % 2].clone(), stop.clone());
            busy.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    consume(&store, key.ask("messages", 1)).await;
                }
            });
        }
    }
    for turn in 0..60 {
        let limit = 1_000_000_000 + turn;
        acme.limit("messages", limit).await;
        for store in &stores {
            assert_eq!(told(store, &keys[0]).await, Some(limit));
        }
    }
    stop.store(true, Ordering::Relaxed);
    busy.join_all().await;
    stores[1].close().await;
    world.finish().await;
}
