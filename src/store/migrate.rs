//! Roles, schema and grants: what `tenantry migrate` does, and what the embedded cluster gets by itself.
//!
//! Groups without login hold the grants and are named in the policies; the logins are members of one group each, so that an
//! installation may name its logins as it likes.

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::{Result, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

const GROUPS: [&str; 3] = ["tenantry_app", "tenantry_platform", "tenantry_definer"];

/// Key of the advisory lock under which roles are made: servers and commands may start at once, and PostgreSQL refuses to change a
/// role in two sessions at a time.
const ROLES_LOCK: i64 = 0x7465_6e61_6e74_7279;

/// A login to make, or to bring up to date.
pub struct Login<'a> {
    pub name: &'a str,
    pub password: &'a SecretString,
    pub group: &'static str,
}

fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

async fn run(conn: &mut PgConnection, statement: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(conn).await?;
    Ok(())
}

async fn role_exists(conn: &mut PgConnection, name: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, bool>("select exists (select from pg_roles where rolname = $1)").bind(name).fetch_one(conn).await?)
}

/// A connection that alone may change roles, until it is closed.
async fn connect_locked(admin: &PgConnectOptions) -> Result<PgConnection> {
    let mut conn = admin.clone().disable_statement_logging().connect().await?;
    sqlx::query("select pg_advisory_lock($1)").bind(ROLES_LOCK).execute(&mut conn).await?;
    Ok(conn)
}

/// Makes groups and logins that are missing and gives `owner` the right to own functions as the definer. Needs CREATEROLE where
/// something is missing.
///
/// # Errors
/// `Db` when the login may not make roles, or `standard_conforming_strings` is off.
pub async fn ensure_roles(admin: &PgConnectOptions, owner: &str, logins: &[Login<'_>]) -> Result<()> {
    let mut conn = connect_locked(admin).await?;
    for group in GROUPS {
        if !role_exists(&mut conn, group).await? {
            run(&mut conn, format!("create role {group} nologin")).await?;
        }
    }
    for login in logins {
        let (name, password) = (quote_name(login.name), quote_text(login.password.expose_secret()));
        let verb = if role_exists(&mut conn, login.name).await? { "alter" } else { "create" };
        // New roles have no other right; that an old one has none, the start checks. Only superusers may say `nosuperuser` to it.
        run(&mut conn, format!("{verb} role {name} login password {password}")).await?;
        if !is_member(&mut conn, login.name, login.group).await? {
            run(&mut conn, format!("grant {} to {name}", login.group)).await?;
        }
    }
    if !is_member(&mut conn, owner, "tenantry_definer").await? {
        run(&mut conn, format!("grant tenantry_definer to {}", quote_name(owner))).await?;
    }
    conn.close().await?;
    Ok(())
}

/// Makes groups that are missing and puts logins that somebody else made into them.
pub async fn ensure_groups(admin: &PgConnectOptions, owner: &str, members: &[(&str, &str)]) -> Result<()> {
    ensure_roles(admin, owner, &[]).await?;
    let mut conn = connect_locked(admin).await?;
    for (login, group) in members {
        if !is_member(&mut conn, login, group).await? {
            run(&mut conn, format!("grant {group} to {}", quote_name(login))).await?;
        }
    }
    conn.close().await?;
    Ok(())
}

async fn is_member(conn: &mut PgConnection, role: &str, group: &str) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, bool>("select pg_has_role($1, $2, 'member')").bind(role).bind(group).fetch_one(conn).await?)
}

/// Makes the owner's login and a database that it owns; for the embedded cluster.
pub async fn ensure_database(admin: &PgConnectOptions, database: &str, owner: &str, password: &SecretString) -> Result<()> {
    let mut conn = connect_locked(&admin.clone().database("postgres")).await?;
    let name = quote_name(owner);
    let verb = if role_exists(&mut conn, owner).await? { "alter" } else { "create" };
    run(&mut conn, format!("{verb} role {name} login password {}", quote_text(password.expose_secret()))).await?;
    let exists = sqlx::query_scalar::<_, bool>("select exists (select from pg_database where datname = $1)")
        .bind(database)
        .fetch_one(&mut conn)
        .await?;
    if !exists {
        run(&mut conn, format!("create database {} owner {name}", quote_name(database))).await?;
    }
    conn.close().await?;
    Ok(())
}

/// Applies what is missing of `migrations/`, under sqlx's advisory lock; returns how many were applied.
pub async fn apply(owner: &PgConnectOptions) -> Result<usize> {
    let mut conn = owner.clone().disable_statement_logging().connect().await?;
    let before = applied(&mut conn).await?;
    MIGRATIONS.run(&mut conn).await.map_err(|error| StoreError::Db(sqlx::Error::Migrate(Box::new(error))))?;
    let after = applied(&mut conn).await?;
    if let Err(error) = analyze(&mut conn, Tables::NeverAnalyzed).await {
        tracing::info!(%error, "the planner's statistics follow later");
    }
    conn.close().await?;
    Ok(after - before)
}

/// Which tables that have rows the planner is to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    All,
    NeverAnalyzed,
}

/// Lets the planner know how many rows there are. PostgreSQL finds out by itself when many have changed, which never happens to a handful of
/// settings: of a table that was never analyzed it expects thousands, and reads all accounts rather than one by its key. Of empty tables it
/// had better go on expecting them: they may fill quickly.
///
/// # Errors
/// `Unavailable` or `Db`; nothing depends on it.
pub async fn analyze(conn: &mut PgConnection, tables: Tables) -> Result<()> {
    let which = match tables {
        Tables::All => "true",
        Tables::NeverAnalyzed => "c.reltuples < 0 and c.relkind = 'r'",
    };
    run(
        conn,
        format!(
            "do $$
             declare
               t regclass;
             begin
               for t in
                 select c.oid from pg_class c
                 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                   and pg_has_role(c.relowner, 'usage') and (c.relkind = 'p' or pg_relation_size(c.oid) > 0) and {which}
                 order by c.oid
               loop
                 execute format('analyze %s', t);
               end loop;
             end
             $$"
        ),
    )
    .await
}

async fn applied(conn: &mut PgConnection) -> Result<usize> {
    let table = sqlx::query_scalar::<_, bool>("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut *conn).await?;
    if !table {
        return Ok(0);
    }
    let n = sqlx::query_scalar::<_, i64>("select count(*) from _sqlx_migrations where success").fetch_one(conn).await?;
    Ok(usize::try_from(n).unwrap_or(0))
}

/// How many migrations this version has.
pub fn known() -> usize {
    MIGRATIONS.iter().count()
}
