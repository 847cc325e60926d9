//! Part 2 of the isolation prover: for every tenant table, every verb, every context, as the app's own login. The rows are made from
//! the catalog's column types (`store/catalog/rows.rs`), so a new table is covered the day it is listed.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tenantry::domain::role::Role;
use tenantry::store::catalog::rows::{CONTEXTS, Outcome, VERBS, read_tables};

use crate::world::World;
use crate::world::cluster::Cluster;

/// Runs the statement within a context, and takes it back.
async fn attempt(conn: &mut PgConnection, context: Option<&str>, statement: &str) -> Outcome {
    let mut tx = conn.begin().await.expect("begun");
    if let Some(context) = context {
        sqlx::query("select set_config('app.tenant_id', $1, true)").bind(context).execute(&mut *tx).await.expect("anybody may set it");
    }
    let outcome = match sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *tx).await {
        Ok(done) => Outcome::Touched(done.rows_affected()),
        Err(error) => Outcome::Refused(error.as_database_error().and_then(|db| db.code()).expect("PostgreSQL says why").into_owned()),
    };
    tx.rollback().await.expect("taken back");
    outcome
}

async fn count(superuser: &mut PgConnection, table: &str, tenant: &str) -> i64 {
    let query = format!("select count(*) from {table} where tenant_id = '{tenant}'");
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(superuser).await.expect("counted")
}

/// What rows of some tables point to.
async fn ground(superuser: &mut PgConnection, tenant: &str) {
    // What the message made below stands in.
    let thread = format!("insert into threads (tenant_id, title, messages) values ('{tenant}', 'a thread', 1)");
    sqlx::raw_sql(AssertSqlSafe(thread)).execute(&mut *superuser).await.expect("a thread");
    let invoice = format!(
        "with made as (
           insert into invoices (tenant_id, number, series, period, due_on, payment, terms, bill_to, email, total_usd)
           select '{tenant}', 1, 's', this_month(), today(), 'p', 't', 'b', 'e', 7
           where not exists (select from invoices where tenant_id = '{tenant}')
           returning tenant_id)
         update billing_heads h set next_number = 2 from made where h.tenant_id = made.tenant_id"
    );
    sqlx::raw_sql(AssertSqlSafe(invoice)).execute(&mut *superuser).await.expect("an invoice for the line made below");
    let moved = "insert into plan_moves (id, plan_id, from_versions, to_version_id, spare_over, total, actor_kind, actor, origin)
         select gen_random_uuid(), plan_id, array[id], id, false, 0, 'operator', 'test', 'test' from plan_versions limit 1";
    sqlx::raw_sql(moved).execute(&mut *superuser).await.expect("a move whose results are made below");
    let key = format!(
        "insert into api_keys (tenant_id, name, prefix, key_hash, scopes, created_by) values ('{tenant}', 'k', 'tk', sha256('{tenant}'), '{{read}}', 'test')"
    );
    sqlx::raw_sql(AssertSqlSafe(key)).execute(&mut *superuser).await.expect("a key whose calls are counted");
}

/// A row of made-up values in every tenant table that has none of this tenant's, for tests that ask about all of them.
pub async fn plant(superuser: &mut PgConnection, tenant: &str) {
    ground(superuser, tenant).await;
    for table in read_tables(superuser).await.expect("the catalog can be read") {
        if count(superuser, table.name, tenant).await == 0 {
            sqlx::raw_sql(AssertSqlSafe(table.insert(tenant))).execute(&mut *superuser).await.expect("a row of made-up values");
        }
    }
}

/// Everything that `login` can do to rows of `a` though it should not, or cannot do though it should.
async fn breaches(world: &World, login: &PgConnectOptions, a: &str, b: &str) -> Vec<String> {
    let (mut superuser, mut conn) = (world.superuser().await, login.connect().await.expect("the login connects"));
    let mut breaches = Vec::new();
    for tenant in [a, b] {
        ground(&mut superuser, tenant).await;
    }
    for table in read_tables(&mut superuser).await.expect("the catalog can be read") {
        assert_eq!(table.unknown, [""; 0], "say in src/store/catalog/rows.rs how to make a value of this type");
        for tenant in [a, b] {
            if count(&mut superuser, table.name, tenant).await == 0 {
                sqlx::raw_sql(AssertSqlSafe(table.insert(tenant))).execute(&mut superuser).await.expect("a row of made-up values");
            }
        }
        for verb in VERBS {
            for context in CONTEXTS {
                let outcome = attempt(&mut conn, context.setting(a, b), &table.statement(verb, a)).await;
                if !outcome.is_right(context, table.granted[verb]) {
                    breaches.push(format!("{verb} {} with the tenant {context:?}: {outcome:?}", table.name));
                }
            }
        }
        let (name, column) = (table.name, &table.updatable);
        // Without a condition the policy for reading does not help: the verb's own must hold.
        let value = table.columns.iter().find(|known| known.name == *column).map_or("tenant_id", |known| known.value.as_str());
        for (verb, all) in [("delete", format!("delete from {name}")), ("update", format!("update {name} set {column} = {value}"))] {
            let own = count(&mut superuser, name, a).await;
            for (set, most) in [(Some(a), own), (None, 0), (Some(""), 0)] {
                let outcome = attempt(&mut conn, set, &all).await;
                if outcome != Outcome::Touched(most.cast_unsigned()) && !outcome.is_refused() {
                    breaches.push(format!("{verb} of everything in {name} with the tenant {set:?}: {outcome:?}, not {most}"));
                }
            }
        }
        for (what, statement) in table.forbidden(a, b) {
            let outcome = attempt(&mut conn, Some(a), &statement).await;
            if !outcome.is_refused() {
                breaches.push(format!("{what} in {name}: {outcome:?}"));
            }
        }
        if table.granted["select"] {
            let own = count(&mut superuser, name, a).await;
            let copied = copy_out(login, a, name).await;
            if copied != own {
                breaches.push(format!("copy {name} to stdout: {copied} rows, {own} of them its own"));
            }
        }
    }
    breaches
}

/// How many rows `copy … to stdout` hands out inside the tenant.
async fn copy_out(login: &PgConnectOptions, tenant: &str, table: &str) -> i64 {
    use futures_util::TryStreamExt as _;
    let mut conn = login.connect().await.expect("the login connects");
    sqlx::query("select set_config('app.tenant_id', $1, false)").bind(tenant).execute(&mut conn).await.expect("anybody may set it");
    let columns: String = sqlx::query_scalar(
        "select string_agg(quote_ident(attname), ', ') from pg_attribute
         where attrelid = $1::regclass and attnum > 0 and has_column_privilege(attrelid, attnum, 'select')",
    )
    .bind(table)
    .fetch_one(&mut conn)
    .await
    .expect("the catalog can be read");
    // A table of partitions has no rows of its own to copy.
    let whole: bool = sqlx::query_scalar("select relkind = 'p' from pg_class where oid = $1::regclass")
        .bind(table)
        .fetch_one(&mut conn)
        .await
        .expect("read");
    let copy =
        if whole { format!("copy (select {columns} from {table}) to stdout") } else { format!("copy {table} ({columns}) to stdout") };
    let rows: Vec<_> = conn.copy_out_raw(&copy).await.expect("copying begins").try_collect().await.expect("copying ends");
    i64::try_from(rows.len()).expect("few rows")
}

#[tokio::test]
async fn the_app_touches_rows_of_its_own_tenant_only() {
    let world = World::start().await;
    let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let (a, b) = (acme.id.to_string(), globex.id.to_string());
    assert_eq!(breaches(&world, &world.logins.app, &a, &b).await, [""; 0]);
    world.finish().await;
}

#[tokio::test]
async fn the_app_sees_its_own_tenant_and_its_own_people_only() {
    let world = World::start().await;
    let (acme, _globex) = (world.tenant("acme").with("vi", Role::Viewer).await, world.tenant("globex").await);
    let a = acme.id.to_string();
    let mut app = world.logins.app.connect().await.expect("the login connects");
    assert_eq!(attempt(&mut app, Some(&a), "select id from tenants").await, Outcome::Touched(1));
    assert_eq!(attempt(&mut app, Some(&a), "select id, email, name from users").await, Outcome::Touched(2));
    assert_eq!(
        attempt(&mut app, Some(&a), "select tenant_id from quotas where tenant_id <> (select app_tenant())").await,
        Outcome::Touched(0)
    );
    for statement in ["select id from tenants", "select id, email, name from users", "select tenant_id from quotas"] {
        assert_eq!(attempt(&mut app, None, statement).await, Outcome::Touched(0), "{statement}");
        assert_eq!(attempt(&mut app, Some(""), statement).await, Outcome::Touched(0), "{statement}");
    }
    for statement in [
        "select password_hash from users",
        "select * from sessions",
        "select * from tenant_summaries",
        "select * from platform_admins",
        "update tenants set plan_version_id = plan_version_id",
        "update members set role = 'owner'",
        "set role tenantry_platform",
        "set role tenantry_definer",
        "set session authorization postgres",
        "truncate agents",
        "create table public.mine ()",
        "create index on agents (name)",
        "alter table agents disable row level security",
    ] {
        assert_eq!(attempt(&mut app, Some(&a), statement).await, Outcome::Refused("42501".to_owned()), "{statement}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_worker_inside_a_tenant_sees_that_tenant_only() {
    let world = World::start().await;
    let (acme, _globex) = (world.tenant("acme").await, world.tenant("globex").await);
    let (a, mut platform) = (acme.id.to_string(), world.logins.platform.connect().await.expect("the login connects"));
    for table in ["members", "invites", "audit_events"] {
        let others = format!("select tenant_id from {table} where tenant_id <> '{a}'");
        assert_eq!(attempt(&mut platform, Some(&a), &others).await, Outcome::Touched(0), "{table}");
        assert!(matches!(attempt(&mut platform, None, &others).await, Outcome::Touched(1..)), "{table}: all tenants without one");
    }
    world.finish().await;
}

/// The matrix itself is tried: each of these bugs, planted in a clone, must show in it.
#[tokio::test]
async fn the_matrix_finds_planted_bugs() {
    for (name, bug) in [
        ("row-level security off", "alter table agents disable row level security"),
        ("a policy for everything", "drop policy tenant on agents; create policy tenant on agents to tenantry_app using (true)"),
        (
            "a check for everything",
            "drop policy tenant on agents; create policy tenant on agents to tenantry_app using (tenant_id = (select app_tenant())) with check (true)",
        ),
        ("a second, wider policy", "create policy too on members for delete to tenantry_app using (true)"),
        ("a policy lost", "drop policy tenant on usage_days"),
        (
            "no tenant means all",
            "create or replace function app_tenant() returns uuid language sql stable as $$ select coalesce(nullif(current_setting('app.tenant_id', true), '')::uuid, (select id from tenants limit 1)) $$; alter table tenants disable row level security",
        ),
        ("a login past the policies", "create role matrix_rogue login bypassrls in role tenantry_app"),
    ] {
        let world = World::start().await;
        let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
        world.sql(bug).await;
        let login = match bug.contains("matrix_rogue") {
            true => Cluster::shared().login("matrix_rogue", &world.database),
            false => world.logins.app.clone(),
        };
        let found = breaches(&world, &login, &acme.id.to_string(), &globex.id.to_string()).await;
        assert!(!found.is_empty(), "{name} is not noticed");
        world.abandon().await;
    }
}
