//! Part 1 of the isolation prover: does the database itself hold the promise? Read from its catalog, live.
//!
//! Every relation and every definer function is listed here by hand; whatever is unlisted, missing or different is a finding.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::Result;
use super::handle::Store;

/// One row a tenant's: `tenant_id`, forced policies.
pub const TENANT_TABLES: &[&str] =
    &["agents", "audit_events", "audit_heads", "entitlement_overrides", "invites", "jobs", "members", "usage_days", "usage_levels"];
/// Policies of their own shape, see [`SPECIAL_POLICIES`].
pub const SPECIAL_TABLES: &[&str] = &["tenants", "users"];
/// No privilege for the app login at all.
pub const PLATFORM_TABLES: &[&str] =
    &["platform_admins", "platform_events", "sessions", "tenant_counts", "tenant_summaries", "_sqlx_migrations"];
/// The same for everybody; the app may only read.
pub const GLOBAL_TABLES: &[&str] = &["features", "meters", "plan_entitlements", "plan_features", "plan_versions", "plans"];
pub const VIEWS: &[&str] = &["quotas"];
/// Functions that run with the definer's rights.
pub const DEFINER_FUNCTIONS: &[&str] = &[
    "audit_append",
    "count_summaries",
    "invite_accept",
    "invite_find",
    "platform_audit_append",
    "session_create",
    "session_delete",
    "session_load",
    "session_revoke",
    "session_save",
    "session_touch",
    "sessions_of",
    "sessions_revoke_others",
    "sessions_sweep",
    "set_first_password",
    "sign_in_user",
    "summarize_new",
    "summarize_new_month",
    "tenant_of_host",
];

/// Unique indexes that reach across tenants on purpose: a link's hash finds its invite before the tenant is known.
const UNIQUE_ACROSS: &[&str] = &["invites_token"];
/// The body of `app_tenant()`.
const CONTEXT: &str = "select nullif(current_setting('app.tenant_id', true), '')::uuid";
const OWN_ROWS: &str = "(tenant_id = ( SELECT app_tenant() AS app_tenant))";
const ALL_OR_ONE: &str = "((( SELECT app_tenant() AS app_tenant) IS NULL) OR (tenant_id = ( SELECT app_tenant() AS app_tenant)))";

/// Table, policy, role, command (`*` all, `r` select), using, with check.
type PolicyText = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const SPECIAL_POLICIES: &[PolicyText] = &[
    (
        "tenants",
        "tenant",
        "tenantry_app",
        "*",
        "(id = ( SELECT app_tenant() AS app_tenant))",
        "(id = ( SELECT app_tenant() AS app_tenant))",
    ),
    (
        "tenants",
        "platform",
        "tenantry_platform",
        "*",
        "((( SELECT app_tenant() AS app_tenant) IS NULL) OR (id = ( SELECT app_tenant() AS app_tenant)))",
        "((( SELECT app_tenant() AS app_tenant) IS NULL) OR (id = ( SELECT app_tenant() AS app_tenant)))",
    ),
    ("tenants", "definer", "tenantry_definer", "*", "true", "true"),
    (
        "users",
        "tenant",
        "tenantry_app",
        "r",
        "(EXISTS ( SELECT\n   FROM members\n  WHERE ((members.tenant_id = ( SELECT app_tenant() AS app_tenant)) AND (members.user_id = users.id))))",
        "",
    ),
    ("users", "platform", "tenantry_platform", "*", "true", "true"),
    ("users", "definer", "tenantry_definer", "*", "true", "true"),
];

/// One broken rule: which, where, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub rule: &'static str,
    pub object: String,
    pub found: String,
}

fn finding(rule: &'static str, object: impl Into<String>, found: impl Into<String>) -> Finding {
    Finding { rule, object: object.into(), found: found.into() }
}

/// What [`Inspection::findings`] was looked for in.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Inspection {
    pub tables: usize,
    pub policies: usize,
    pub functions: usize,
    pub findings: Vec<Finding>,
}

/// Inspects the database that `login` reaches; any login may read the catalog. `logins` are the names of the app's and the platform's.
pub async fn inspect(login: &PgConnectOptions, logins: [&str; 2]) -> Result<Inspection> {
    let mut conn = login.clone().disable_statement_logging().connect().await?;
    let inspection = inspect_through(&mut conn, logins).await?;
    conn.close().await?;
    Ok(inspection)
}

/// As [`inspect`], through a connection of the caller's: sees what its transaction has changed so far.
pub async fn inspect_through(conn: &mut PgConnection, logins: [&str; 2]) -> Result<Inspection> {
    let mut findings = Vec::new();
    let tables = check_relations(conn, &mut findings).await?;
    check_tenant_tables(conn, &mut findings).await?;
    let policies = check_policies(conn, &mut findings).await?;
    check_context(conn, &mut findings).await?;
    check_privileges(conn, logins, &mut findings).await?;
    for login in logins {
        check_login(conn, login, &mut findings).await?;
    }
    let functions = check_functions(conn, &mut findings).await?;
    Ok(Inspection { tables, policies, functions, findings })
}

async fn check_relations(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<usize> {
    let rows = sqlx::query(
        r#"
        select c.relname, c.relkind::text, coalesce('security_invoker=true' = any (c.reloptions), false) as invoker
        from pg_class c
        where c.relnamespace = 'public'::regnamespace
          and c.relkind in ('r', 'p', 'v', 'm', 'f')
        order by c.relname
        "#,
    )
    .fetch_all(&mut *conn)
    .await?;
    let listed = [TENANT_TABLES, SPECIAL_TABLES, PLATFORM_TABLES, GLOBAL_TABLES].concat();
    let mut seen = Vec::new();
    for row in &rows {
        let (name, kind, invoker): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
        match kind.as_str() {
            "v" if !VIEWS.contains(&name.as_str()) => findings.push(finding("every view is listed", &name, "unlisted")),
            "v" if !invoker => findings.push(finding("views run with the caller's rights", &name, "security_invoker is off")),
            "v" => {}
            "r" | "p" if !listed.contains(&name.as_str()) => findings.push(finding("every table is listed", &name, "unlisted")),
            "r" | "p" => {}
            other => findings.push(finding("no materialized views or foreign tables", &name, other)),
        }
        seen.push(name);
    }
    for name in listed.iter().chain(VIEWS) {
        if !seen.iter().any(|seen| seen == name) {
            findings.push(finding("what is listed exists", *name, "missing"));
        }
    }
    Ok(seen.len())
}

async fn check_tenant_tables(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<()> {
    let rows = sqlx::query(
        r#"
        select
          c.relname, c.relrowsecurity, c.relforcerowsecurity,
          coalesce((select a.attnotnull and a.atttypid = 'uuid'::regtype from pg_attribute a
            where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped), false) as tenant_id,
          coalesce((select i.indkey[0] = a.attnum and i.indisvalid from pg_index i
            join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
            where i.indrelid = c.oid and i.indisprimary), false) as led,
          array(select n.relname::text from pg_index i
            join pg_class n on n.oid = i.indexrelid
            where i.indrelid = c.oid and i.indisunique and n.relname <> all ($3)
              and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnum = any (i.indkey))) as unique_across,
          array(select k.conname::text from pg_constraint k
            join pg_class f on f.oid = k.confrelid
            where k.conrelid = c.oid and k.contype = 'f' and f.relname = any ($2)
              and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnum = any (k.conkey))) as foreign_across
        from pg_class c
        where c.relnamespace = 'public'::regnamespace
          and c.relname = any ($1)
        order by c.relname
        "#,
    )
    .bind([TENANT_TABLES, SPECIAL_TABLES].concat())
    .bind(TENANT_TABLES)
    .bind(UNIQUE_ACROSS)
    .fetch_all(conn)
    .await?;
    for row in rows {
        let name: String = row.get("relname");
        if !row.get::<bool, _>("relrowsecurity") {
            findings.push(finding("row-level security is on", &name, "off"));
        }
        if !row.get::<bool, _>("relforcerowsecurity") {
            findings.push(finding("row-level security holds for the owner too", &name, "not forced"));
        }
        if SPECIAL_TABLES.contains(&name.as_str()) {
            continue;
        }
        if !row.get::<bool, _>("tenant_id") {
            findings.push(finding("tenant_id is a uuid and not null", &name, "missing, nullable or of another type"));
        }
        if !row.get::<bool, _>("led") {
            findings.push(finding("the primary key is valid and led by tenant_id", &name, "it is not"));
        }
        for constraint in row.get::<Vec<String>, _>("unique_across") {
            findings.push(finding("unique keys include tenant_id", &name, constraint));
        }
        for constraint in row.get::<Vec<String>, _>("foreign_across") {
            findings.push(finding("foreign keys between tenant tables include tenant_id", &name, constraint));
        }
    }
    Ok(())
}

async fn check_policies(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<usize> {
    let mut expected: Vec<PolicyText> = SPECIAL_POLICIES.to_vec();
    for table in TENANT_TABLES {
        expected.push((table, "tenant", "tenantry_app", "*", OWN_ROWS, OWN_ROWS));
        expected.push((table, "platform", "tenantry_platform", "*", ALL_OR_ONE, ALL_OR_ONE));
        expected.push((table, "definer", "tenantry_definer", "*", "true", "true"));
    }
    let rows = sqlx::query(
        r#"
        select
          c.relname::text, p.polname::text, (select string_agg(r.rolname, ',' order by r.rolname) from pg_roles r where r.oid = any (p.polroles)) as roles,
          p.polcmd::text, coalesce(pg_get_expr(p.polqual, p.polrelid), '') as using, coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') as checked,
          p.polpermissive
        from pg_policy p
        join pg_class c on c.oid = p.polrelid
        where c.relnamespace = 'public'::regnamespace
        "#,
    )
    .fetch_all(conn)
    .await?;
    for row in &rows {
        let (table, policy, roles): (String, String, Option<String>) = (row.get(0), row.get(1), row.get(2));
        let (command, using, checked): (String, String, String) = (row.get(3), row.get(4), row.get(5));
        let roles = roles.unwrap_or_else(|| "public".to_owned());
        let object = format!("{table}.{policy}");
        match expected.iter().position(|(t, p, ..)| *t == table && *p == policy) {
            None => findings.push(finding("every policy is listed", object, format!("to {roles}: {using}"))),
            Some(at) => {
                let (.., want_roles, want_command, want_using, want_checked) = expected.swap_remove(at);
                if (roles.as_str(), command.as_str(), using.as_str(), checked.as_str())
                    != (want_roles, want_command, want_using, want_checked)
                {
                    findings.push(finding(
                        "policies have the canonical text",
                        object,
                        format!("{command} to {roles}: {using} / {checked}"),
                    ));
                }
            }
        }
    }
    for (table, policy, ..) in expected {
        findings.push(finding("every policy is there", format!("{table}.{policy}"), "missing"));
    }
    Ok(rows.len())
}

/// Every policy asks `app_tenant()`: were it another function, the policies' text would say nothing.
async fn check_context(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<()> {
    let body: Option<String> = sqlx::query_scalar(
        "select btrim(prosrc) from pg_proc where oid = to_regprocedure('app_tenant()') and not prosecdef and proconfig is null",
    )
    .fetch_optional(conn)
    .await?;
    if body.as_deref() != Some(CONTEXT) {
        findings.push(finding(
            "app_tenant() is the setting of the transaction",
            "app_tenant()",
            body.unwrap_or_else(|| "missing or altered".to_owned()),
        ));
    }
    Ok(())
}

/// What the groups may do, and what a login was granted beside its group.
async fn check_privileges(conn: &mut PgConnection, [app, platform]: [&str; 2], findings: &mut Vec<Finding>) -> Result<()> {
    let rows = sqlx::query(
        r#"
        select c.relname::text, g.rolname::text, x.privilege, g.like_app
        from pg_class c
        cross join (
          select r.rolname, like_app
          from (values ('tenantry_app', true), ('tenantry_platform', false), ($1, true), ($2, false)) l (rolname, like_app)
          join pg_roles r on r.rolname = l.rolname and not r.rolsuper
        ) g
        cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) x (privilege)
        where c.relnamespace = 'public'::regnamespace
          and c.relkind in ('r', 'p', 'v')
          and (has_table_privilege(g.rolname, c.oid, x.privilege)
            or (x.privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(g.rolname, c.oid, x.privilege)))
        "#,
    )
    .bind(app)
    .bind(platform)
    .fetch_all(conn)
    .await?;
    for row in rows {
        let (table, role, privilege, is_app): (String, String, String, bool) = (row.get(0), row.get(1), row.get(2), row.get(3));
        let table_name = table.as_str();
        let is_audit = ["audit_events", "audit_heads", "platform_events"].contains(&table_name);
        let refused = match (is_app, privilege.as_str()) {
            (_, "TRUNCATE" | "REFERENCES" | "TRIGGER") => true,
            (_, "INSERT" | "UPDATE" | "DELETE") if is_audit => true,
            (true, _) if PLATFORM_TABLES.contains(&table_name) => true,
            (true, "INSERT" | "UPDATE" | "DELETE") if GLOBAL_TABLES.contains(&table_name) => true,
            (true, "INSERT" | "UPDATE" | "DELETE") if SPECIAL_TABLES.contains(&table_name) => true,
            (_, "SELECT" | "INSERT" | "UPDATE" | "DELETE") if table_name == "sessions" => true,
            _ => false,
        };
        if refused {
            findings.push(finding("logins have no privilege that they do not need", format!("{role} on {table}"), privilege));
        }
    }
    Ok(())
}

async fn check_login(conn: &mut PgConnection, login: &str, findings: &mut Vec<Finding>) -> Result<()> {
    let row = sqlx::query(
        r#"
        select
          r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb,
          exists (select from pg_class c where c.relowner = r.oid and c.relnamespace = 'public'::regnamespace) as owns,
          array(select o.rolname::text from pg_roles o
            where o.oid <> r.oid and pg_has_role(r.oid, o.oid, 'member')
              and o.rolname not in ('tenantry_app', 'tenantry_platform')) as member_of,
          has_schema_privilege(r.oid, 'public', 'CREATE') as creates
        from pg_roles r
        where r.rolname = $1
        "#,
    )
    .bind(login)
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else {
        findings.push(finding("logins exist", login, "missing"));
        return Ok(());
    };
    for (column, rule) in [
        ("rolsuper", "logins are not superusers"),
        ("rolbypassrls", "logins cannot bypass row-level security"),
        ("rolcreaterole", "logins cannot make roles"),
        ("rolcreatedb", "logins cannot make databases"),
        ("owns", "logins own no table"),
        ("creates", "logins cannot create in the schema"),
    ] {
        if row.get::<bool, _>(column) {
            findings.push(finding(rule, login, column));
        }
    }
    // A superuser is a member of every role; that one finding is enough.
    if !row.get::<bool, _>("rolsuper") {
        for role in row.get::<Vec<String>, _>("member_of") {
            findings.push(finding("logins are members of their group only", login, role));
        }
    }
    Ok(())
}

async fn check_functions(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<usize> {
    let rows = sqlx::query(
        r#"
        select
          p.proname::text, o.rolname::text, coalesce('search_path=public, pg_temp' = any (p.proconfig), false) as pinned,
          exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0) as to_public
        from pg_proc p
        join pg_roles o on o.oid = p.proowner
        where p.pronamespace = 'public'::regnamespace
          and p.prosecdef
        "#,
    )
    .fetch_all(conn)
    .await?;
    let mut seen = Vec::new();
    for row in &rows {
        let (name, owner, pinned, to_public): (String, String, bool, bool) = (row.get(0), row.get(1), row.get(2), row.get(3));
        if !DEFINER_FUNCTIONS.contains(&name.as_str()) {
            findings.push(finding("every definer function is listed", &name, "unlisted"));
        }
        if owner != "tenantry_definer" {
            findings.push(finding("definer functions belong to tenantry_definer", &name, owner));
        }
        if !pinned {
            findings.push(finding("definer functions pin their search_path", &name, "not pinned"));
        }
        if to_public {
            findings.push(finding("definer functions are not for everybody", &name, "execute granted to public"));
        }
        seen.push(name);
    }
    for name in DEFINER_FUNCTIONS {
        if !seen.iter().any(|seen| seen == name) {
            findings.push(finding("what is listed exists", *name, "missing"));
        }
    }
    Ok(rows.len())
}

/// The oldest PostgreSQL that works, as `server_version_num` has it.
const OLDEST_SERVER: i32 = 150_000;

impl Store {
    /// # Errors
    /// `WrongState` when the server is too old or has no schema yet.
    pub async fn check_server(&self) -> Result<()> {
        let mut conn = self.platform_pool().acquire().await?;
        let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int").fetch_one(&mut *conn).await?;
        if version < OLDEST_SERVER {
            return Err(super::StoreError::WrongState("PostgreSQL 15 or newer is needed"));
        }
        let there: bool = sqlx::query_scalar("select to_regclass('tenants') is not null").fetch_one(&mut *conn).await?;
        if there { Ok(()) } else { Err(super::StoreError::WrongState("the database has no schema yet: run `tenantry migrate`")) }
    }

    /// Whether the logins that this server really uses are under row-level security, and whether the next borrower of a connection finds
    /// it clean; asked at every start.
    pub async fn check_logins(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for pool in [self.app_pool(), self.platform_pool()] {
            let mut conn = pool.acquire().await?;
            let login: String = sqlx::query_scalar("select current_user::text").fetch_one(&mut *conn).await?;
            // In a transaction that began earlier the two clocks differ. Sent as one message: a prepared statement has a clock of its own.
            let clean = sqlx::raw_sql("select app_tenant() is null and now() = statement_timestamp()").fetch_one(&mut *conn).await?;
            if !clean.get::<bool, _>(0) {
                findings.push(finding("a borrowed connection is in no transaction and knows no tenant", &login, "it is, or does"));
            }
            check_login(&mut conn, &login, &mut findings).await?;
        }
        Ok(findings)
    }
}
