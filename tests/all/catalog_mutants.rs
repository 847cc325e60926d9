//! Part 1 of the isolation prover, and part 4 for it: the database as shipped has no finding; each planted bug has one.

use sqlx::Connection as _;
use tenantry::store::catalog::{inspect, inspect_through};

use crate::world::World;
use crate::world::cluster::{APP, PLATFORM};

/// A bug, the SQL that plants it, and the rule that must name it. `rogue` is a login made for that bug alone.
const BUGS: &[(&str, &str, &str)] = &[
    ("a policy is lost", "drop policy tenant on agents", "every policy is there"),
    ("the owner passes", "alter table members no force row level security", "row-level security holds for the owner too"),
    ("row-level security is off", "alter table invites disable row level security", "row-level security is on"),
    ("and off on tenants", "alter table tenants disable row level security", "row-level security is on"),
    ("a table is not listed", "create table notes (tenant_id uuid not null)", "every table is listed"),
    ("a table is gone", "drop table usage_levels cascade", "what is listed exists"),
    ("a policy lets all pass", "alter policy tenant on agents using (true)", "policies have the canonical text"),
    ("a policy lets all be written", "alter policy tenant on agents with check (true)", "policies have the canonical text"),
    ("a policy is for all roles", "alter policy tenant on invites to public", "policies have the canonical text"),
    ("a policy is added", "create policy support on agents to tenantry_app using (true)", "every policy is listed"),
    (
        "the context is not the setting",
        "create or replace function app_tenant() returns uuid language sql stable as $$ select id from tenants limit 1 $$",
        "app_tenant() is the setting of the transaction",
    ),
    ("the app reads mail", "grant select on mails to tenantry_app", "logins have no privilege that they do not need"),
    ("the app reads sessions", "grant select on sessions to tenantry_app", "logins have no privilege that they do not need"),
    (
        "the app reads one column",
        "grant select (slug) on tenant_summaries to tenantry_app",
        "logins have no privilege that they do not need",
    ),
    ("the app empties tables", "grant truncate on agents to tenantry_app", "logins have no privilege that they do not need"),
    (
        "the app upgrades itself",
        "grant update (plan_version_id) on tenants to tenantry_app",
        "logins have no privilege that they do not need",
    ),
    ("the audit log can be cut", "grant delete on audit_events to tenantry_app", "logins have no privilege that they do not need"),
    ("and by the console", "grant update (after) on audit_events to tenantry_platform", "logins have no privilege that they do not need"),
    ("everybody reads people", "grant select on platform_events to public", "logins have no privilege that they do not need"),
    (
        "a login is granted by itself",
        "create role rogue login in role tenantry_app; grant select on sessions to rogue",
        "logins have no privilege that they do not need",
    ),
    ("a login passes policies", "create role rogue login bypassrls in role tenantry_app", "logins cannot bypass row-level security"),
    ("a login is a superuser", "create role rogue login superuser", "logins are not superusers"),
    ("a login makes roles", "create role rogue login createrole in role tenantry_app", "logins cannot make roles"),
    ("a login is the owner's", "create role rogue login in role test_owner", "logins are members of their group only"),
    ("a login is the definer's", "create role rogue login in role tenantry_definer", "logins are members of their group only"),
    ("a login owns a table", "create role rogue login in role tenantry_app; alter table agents owner to rogue", "logins own no table"),
    (
        "a login creates tables",
        "create role rogue login in role tenantry_app; grant create on schema public to rogue",
        "logins cannot create in the schema",
    ),
    ("a function's path is open", "alter function sessions_load(bytea[]) reset search_path", "definer functions pin their search_path"),
    (
        "a function's path begins elsewhere",
        "alter function sessions_load(bytea[]) set search_path = pg_temp, public",
        "definer functions pin their search_path",
    ),
    (
        "a function is not listed",
        "create function peek() returns bigint language sql security definer as 'select 1::bigint'",
        "every definer function is listed",
    ),
    ("a function is for everybody", "grant execute on function sign_in_user(text) to public", "definer functions are not for everybody"),
    (
        "a function is the superuser's",
        "alter function sign_in_user(text) owner to postgres",
        "definer functions belong to tenantry_definer",
    ),
    ("a view passes policies", "alter view quotas set (security_invoker = false)", "views run with the caller's rights"),
    ("a view is not listed", "create view peek with (security_invoker = true) as select * from agents", "every view is listed"),
    ("a result is kept", "create materialized view peek as select * from agents", "no materialized views or foreign tables"),
    (
        "a key is not led by the tenant",
        "alter table agents drop constraint agents_pkey cascade, add constraint agents_pkey primary key (id, tenant_id)",
        "the primary key is valid and led by tenant_id",
    ),
    (
        "a row may have no tenant",
        "alter table agents drop constraint agents_pkey cascade; alter table agents alter tenant_id drop not null",
        "tenant_id is a uuid and not null",
    ),
    ("a name is unique across tenants", "alter table agents add constraint agents_name unique (name)", "unique keys include tenant_id"),
    ("and by an index alone", "create unique index agents_name on agents (name)", "unique keys include tenant_id"),
    (
        "a partition loses a policy",
        "do $$ begin execute 'drop policy tenant on partitions.usage_events_' || to_char(this_month(), 'YYYY_MM'); end $$",
        "partitions have the policies of the whole",
    ),
    (
        "a partition lets its owner pass",
        "do $$ begin execute format('alter table partitions.%I no force row level security', 'usage_events_' || to_char(this_month(), 'YYYY_MM')); end $$",
        "row-level security holds on partitions too",
    ),
    (
        "a partition is read directly",
        "do $$ begin execute 'grant select on partitions.usage_events_' || to_char(this_month(), 'YYYY_MM') || ' to tenantry_app'; end $$",
        "a partition is used through the whole only",
    ),
    ("a table hides among partitions", "create table partitions.notes (tenant_id uuid)", "a partition is part of a listed tenant table"),
    (
        "a reference crosses tenants",
        "alter table agents add constraint agents_id unique (id); alter table invites add column agent uuid constraint invites_agent references agents (id)",
        "foreign keys between tenant tables include tenant_id",
    ),
];

#[tokio::test]
async fn the_database_as_shipped_has_no_finding() {
    let world = World::start().await;
    let inspection = inspect(&world.logins.app, [APP, PLATFORM]).await.expect("any login may read the catalog");
    assert_eq!(inspection.findings, []);
    assert!(inspection.tables > 20 && inspection.policies > 30 && inspection.functions > 15, "{inspection:?}");
    assert_eq!(world.store.check_logins().await.expect("both logins connect"), []);
    world.finish().await;
}

#[tokio::test]
async fn each_planted_bug_is_found_by_its_rule() {
    let world = World::start().await;
    let mut conn = world.superuser().await;
    let mut missed = Vec::new();
    for (bug, plant, rule) in BUGS {
        // Planted in a transaction that is taken back: the next one meets a healthy database, and other tests never see it.
        let mut tx = conn.begin().await.expect("begun");
        sqlx::raw_sql(*plant).execute(&mut *tx).await.unwrap_or_else(|error| panic!("{bug}: {error}"));
        let app = if plant.contains("rogue") { "rogue" } else { APP };
        let found = inspect_through(&mut tx, [app, PLATFORM]).await.expect("the catalog can be read").findings;
        if !found.iter().any(|finding| finding.rule == *rule) {
            missed.push(format!("{bug}: {found:?}"));
        }
        tx.rollback().await.expect("taken back");
    }
    assert!(missed.is_empty(), "{missed:#?}");
    let healthy = inspect_through(&mut conn, [APP, PLATFORM]).await.expect("the catalog can be read");
    assert_eq!(healthy.findings, []);
    world.finish().await;
}

#[tokio::test]
async fn a_missing_login_is_a_finding() {
    let world = World::start().await;
    let found = inspect(&world.logins.app, ["nobody_made_me", PLATFORM]).await.expect("the catalog can be read").findings;
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["logins exist"]);
    world.finish().await;
}

/// The pool's own check, tried: a connection that comes back inside a transaction, or with a tenant, is a finding.
#[tokio::test]
async fn a_tenant_that_stays_on_a_login_is_found() {
    let world = World::start().await;
    world.sql(&format!("alter role {PLATFORM} in database {} set app.tenant_id = '{}'", world.database, uuid::Uuid::nil())).await;
    let found = world.store.check_logins().await.expect("both logins connect");
    assert_eq!(
        found.iter().map(|finding| finding.rule).collect::<Vec<_>>(),
        ["a borrowed connection is in no transaction and knows no tenant"]
    );
    world.sql(&format!("alter role {PLATFORM} in database {} reset app.tenant_id", world.database)).await;
    world.store.close().await;
    world.abandon().await;
}
