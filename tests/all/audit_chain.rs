//! The audit log: nobody writes it by hand, many writers leave one chain, and whoever tampers is found (security.md, H8).

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tenantry::domain::capability::ManageTeam;
use tenantry::domain::role::Role;

use crate::world::{Tenant, World};

#[tokio::test]
async fn no_login_writes_changes_or_deletes_an_event_by_hand() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let events = acme.count("audit_events").await;
    for login in [&world.logins.app, &world.logins.platform] {
        let mut conn = login.connect().await.expect("the login connects");
        for table in ["audit_events", "audit_heads", "platform_events"] {
            for statement in [
                format!("update {table} set hash = ''"),
                format!("delete from {table}"),
                format!("insert into {table} select * from {table}"),
                format!("truncate {table}"),
            ] {
                let mut tx = conn.begin().await.expect("begun");
                sqlx::query("select set_config('app.tenant_id', $1, true)").bind(acme.id.to_string()).execute(&mut *tx).await.expect("set");
                let refused = sqlx::raw_sql(AssertSqlSafe(statement.as_str())).execute(&mut *tx).await.expect_err(&statement);
                assert_eq!(refused.as_database_error().and_then(|db| db.code()).as_deref(), Some("42501"), "{statement}");
            }
        }
    }
    assert_eq!(acme.count("audit_events").await, events);
    world.finish().await;
}

#[tokio::test]
async fn the_app_appends_to_its_own_tenants_chain_only() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let append =
        |tenant: &Tenant| format!("select audit_append('{}', 'member', null, 'eve', 'agent.created', 'x', null, null, 'here')", tenant.id);
    let mut conn = world.logins.app.connect().await.expect("the login connects");
    for (context, target, allowed) in
        [(acme.id.to_string(), &acme, true), (acme.id.to_string(), &globex, false), (String::new(), &globex, false)]
    {
        let mut tx = conn.begin().await.expect("begun");
        sqlx::query("select set_config('app.tenant_id', $1, true)").bind(context).execute(&mut *tx).await.expect("set");
        let appended = sqlx::raw_sql(AssertSqlSafe(append(target))).execute(&mut *tx).await;
        assert_eq!(appended.is_ok(), allowed);
        if allowed {
            tx.commit().await.expect("committed");
        }
    }
    assert_eq!(acme.count("audit_events where actor = 'eve'").await, 1);
    assert_eq!(globex.count("audit_events where actor = 'eve'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn fifty_writers_at_once_leave_one_chain() {
    let world = World::start().await;
    let mut plan = world.tenant("acme");
    for n in 0..50 {
        plan = plan.with(&format!("member-{n}"), Role::Member);
    }
    let acme = plan.await;
    let before = acme.count("audit_events").await;
    let owner = acme.member("owner").await;
    let writers: Vec<_> = (0..50)
        .map(|n| {
            let (store, owner, leaver) = (world.store.clone(), owner.clone(), acme.person(&format!("member-{n}")));
            tokio::spawn(async move {
                let mut tx = store.tenant::<ManageTeam>(&owner).await?;
                tx.remove_member(leaver).await?;
                tx.commit().await
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no panic").expect("each removal is its own");
    }
    assert_eq!(acme.count("audit_events").await, before + 50);
    assert_eq!(acme.count("members").await, 1);
    assert_eq!(world.number("select max(seq) - count(*) from audit_events").await, 0, "no gap, no fork");
    world.finish().await;
}

/// Where the chain of this tenant is said to break after the superuser has done `tampering`.
async fn breaks_at(tampering: &str) -> Vec<i64> {
    let world = World::start().await;
    let acme = world.tenant("acme").with("mel", Role::Member).with("vi", Role::Viewer).await;
    let other = world.tenant("globex").await;
    for leaver in ["mel", "vi"] {
        let mut tx = acme.open::<ManageTeam>("owner").await.expect("an owner");
        tx.remove_member(acme.person(leaver)).await.expect("removed");
        tx.commit().await.expect("committed");
    }
    assert_eq!(acme.count("audit_events").await, 5);
    world.sql(&tampering.replace("ACME", &acme.id.to_string())).await;
    let mut console = world.console().await;
    let broken = console.verify_chains().await.expect("the chains can be read");
    drop(console);
    assert!(broken.iter().all(|(tenant, _)| *tenant == acme.id && *tenant != other.id), "{broken:?}");
    world.abandon().await;
    broken.into_iter().map(|(_, seq)| seq).collect()
}

#[tokio::test]
async fn an_untouched_chain_is_whole() {
    assert_eq!(breaks_at("select 1").await, Vec::<i64>::new());
}

#[tokio::test]
async fn a_changed_word_is_located() {
    assert_eq!(breaks_at("update audit_events set target = 'nobody' where tenant_id = 'ACME' and seq = 4").await, [4]);
}

#[tokio::test]
async fn a_changed_word_with_its_hash_made_anew_is_located_at_the_next_event() {
    let forged = "update audit_events set actor = 'nobody', hash = sha256(prev_hash || convert_to(
        audit_text(tenant_id::text, seq, at, actor_kind, actor_id, 'nobody', action, target, before, after, origin), 'UTF8'))
        where tenant_id = 'ACME' and seq = 4";
    assert_eq!(breaks_at(forged).await, [5]);
}

#[tokio::test]
async fn a_deleted_event_is_located() {
    assert_eq!(breaks_at("delete from audit_events where tenant_id = 'ACME' and seq = 2").await, [3]);
}

#[tokio::test]
async fn two_events_in_each_others_place_are_located() {
    let swapped = "update audit_events set seq = -seq where tenant_id = 'ACME' and seq in (3, 4);
        update audit_events set seq = 7 + seq where tenant_id = 'ACME' and seq < 0";
    assert_eq!(breaks_at(swapped).await, [3]);
}

#[tokio::test]
async fn a_cut_off_end_is_located() {
    assert_eq!(breaks_at("delete from audit_events where tenant_id = 'ACME' and seq > 3").await, [4]);
}

#[tokio::test]
async fn a_chain_that_was_removed_whole_is_noticed() {
    assert_eq!(breaks_at("delete from audit_events where tenant_id = 'ACME'").await, [1]);
}

#[tokio::test]
async fn an_event_of_another_tenant_does_not_fit() {
    let moved = "update audit_events set seq = 6, tenant_id = 'ACME' where tenant_id <> 'ACME' and seq = 3";
    let at = breaks_at_any(moved).await;
    assert!(at.contains(&6), "{at:?}");
}

/// As [`breaks_at`], when both tenants' chains are broken.
async fn breaks_at_any(tampering: &str) -> Vec<i64> {
    let world = World::start().await;
    let (acme, _globex) = (world.tenant("acme").await, world.tenant("globex").await);
    world.sql(&tampering.replace("ACME", &acme.id.to_string())).await;
    let broken = world.console().await.verify_chains().await.expect("the chains can be read");
    world.abandon().await;
    broken.into_iter().map(|(_, seq)| seq).collect()
}
