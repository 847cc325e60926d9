//! Who may do what: groups, logins, functions that run with the definer's rights.

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::expected::{DEFINER_FUNCTIONS, GLOBAL_TABLES, PLATFORM_TABLES, SPECIAL_TABLES};
use super::{Finding, finding};
use crate::store::Result;

/// Reached through functions alone, also by the platform's login.
const SECRET_TABLES: [&str; 4] = ["recovery_codes", "second_factor_setups", "second_factors", "sessions"];

/// What the groups may do, and what a login was granted beside its group.
pub(super) async fn check_privileges(conn: &mut PgConnection, [app, platform]: [&str; 2], findings: &mut Vec<Finding>) -> Result<usize> {
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
    let n = rows.len();
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
            (_, "SELECT" | "INSERT" | "UPDATE" | "DELETE") if SECRET_TABLES.contains(&table_name) => true,
            _ => false,
        };
        if refused {
            findings.push(finding("logins have no privilege that they do not need", format!("{role} on {table}"), privilege));
        }
    }
    Ok(n)
}

pub(super) async fn check_login(conn: &mut PgConnection, login: &str, findings: &mut Vec<Finding>) -> Result<()> {
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

pub(super) async fn check_functions(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<usize> {
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
