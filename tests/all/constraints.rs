//! What the database refuses arrives as an error that a form can show.

use tenantry::domain::role::Role;
use tenantry::domain::staff::{ManageStaff, StaffRole};
use tenantry::store::{Constraint, StoreError};

use crate::world::World;
use crate::world::people::password_hash;

#[tokio::test]
async fn a_taken_slug_is_a_conflict_and_makes_nothing() {
    let world = World::start().await;
    let acme = world.tenant("acme").await;
    let taken = world.tenant("acme").create().await;
    assert!(matches!(taken, Err(StoreError::Conflict(Constraint::TenantSlug))), "{taken:?}");
    let mut console = world.console().await;
    assert!(!console.is_slug_free(&acme.slug).await.expect("asked"));
    assert!(console.is_slug_free(&"free".parse().expect("a slug")).await.expect("asked"));
    console.commit().await.expect("ended");
    world.tenant("free").create().await.expect("a free slug");
    assert_eq!(world.number("select count(*) from tenants").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn a_deleted_tenants_slug_stays_taken() {
    let world = World::start().await;
    world.tenant("acme").await;
    world.sql("update tenants set status = 'deleted', deleted_from = 'active', purge_after = now() + interval '30 days'").await;
    assert!(matches!(world.tenant("acme").create().await, Err(StoreError::Conflict(Constraint::TenantSlug))));
    world.finish().await;
}

#[tokio::test]
async fn twenty_who_take_one_slug_at_once_make_one_tenant() {
    let world = World::start().await;
    let racers: Vec<_> = (0..20)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.tenant("acme").create().await })
        })
        .collect();
    let mut made = 0;
    for racer in racers {
        match racer.await.expect("no panic") {
            Ok(_) => made += 1,
            Err(StoreError::Conflict(Constraint::TenantSlug)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((made, world.number("select count(*) from tenants").await), (1, 1));
    world.finish().await;
}

#[tokio::test]
async fn an_unknown_plan_is_not_found() {
    let world = World::start().await;
    let new = |plan: &str| tenantry::domain::new_tenant::NewTenant {
        name: "Acme".parse().expect("a name"),
        slug: "acme".parse().expect("a slug"),
        plan: plan.to_owned(),
        owner_email: "owner@acme.example".parse().expect("an address"),
        billing_email: None,
        trial_days: 0,
        monthly_budget: None,
        quotas: vec![("agents", 3)],
    };
    let mut console = world.console().await;
    assert!(matches!(console.create_tenant(&new("platinum")).await, Err(StoreError::NotFound)));
    console.create_tenant(&new("pro")).await.expect("a plan that is sold");
    console.commit().await.expect("committed");
    assert_eq!(world.number("select quota from quotas where meter = 'agents'").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn a_platform_admin_is_made_once_and_no_account_gets_a_new_password_that_way() {
    let world = World::start().await;
    let acme = world.tenant("acme").with("ada", Role::Admin).await;
    let (email, name) = ("root@tenantry.example".parse().expect("an address"), "Root".parse().expect("a name"));
    let mut console = world.console().await;
    let root = console.create_platform_admin(&email, &name, password_hash(), StaffRole::Owner).await.expect("made");
    console.commit().await.expect("committed");
    assert!(world.sign_in(root).await.is_platform_admin());
    assert!(!world.sign_in(acme.person("ada")).await.is_platform_admin());
    for taken in [email.as_str(), "ada@acme.example"] {
        let again =
            world.console().await.create_platform_admin(&taken.parse().expect("an address"), &name, "another", StaffRole::Owner).await;
        assert!(matches!(again, Err(StoreError::WrongState(_))), "{taken}");
    }
    assert_eq!(world.number("select count(*) from users where password_hash = 'another'").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_platform_admin_who_was_removed_or_disabled_stops_at_the_next_transaction() {
    let world = World::start().await;
    for (n, end) in ["delete from platform_admins", "update users set disabled_at = now()"].into_iter().enumerate() {
        let user = world.account(&format!("root{n}@tenantry.example")).await;
        world.sql(&format!("insert into platform_admins (user_id) values ('{user}')")).await;
        let admin = world.sign_in(user).await.platform_admin().expect("an admin");
        world.store.platform::<ManageStaff>(&admin).await.expect("may").commit().await.expect("ended");
        world.sql(end).await;
        assert!(matches!(world.store.platform::<ManageStaff>(&admin).await, Err(StoreError::NotFound)), "{end}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable_and_comes_back() {
    let world = World::start().await;
    world.store.ping().await.expect("there");
    world
        .sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
        .await;
    world.store.ping().await.expect("a connection that died is replaced without anybody noticing");
    let cluster = crate::world::cluster::Cluster::shared();
    let gone = tenantry::store::Store::new(
        &cluster.logins("no_such_database"),
        1,
        1,
        tenantry::store::tokens::SecretKey::new(String::from("k").into()),
    );
    assert!(gone.ping().await.is_err());
    world.finish().await;
}
