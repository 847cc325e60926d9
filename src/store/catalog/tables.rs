//! Tables, views, keys and policies.

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::expected::{
    ALL_OR_ONE, CONTEXT, GLOBAL_TABLES, OWN_ROWS, PLATFORM_TABLES, PolicyText, SPECIAL_POLICIES, SPECIAL_TABLES, TENANT_TABLES,
    UNIQUE_ACROSS, VIEWS,
};
use super::{Finding, finding};
use crate::store::Result;

pub(super) async fn check_relations(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<usize> {
    let rows = sqlx::query(
        r#"
        select c.relname, c.relkind::text, coalesce('security_invoker=true' = any (c.reloptions), false) as invoker
        from pg_class c
        where c.relnamespace = 'public'::regnamespace
          and c.relkind in ('r', 'p', 'v', 'm', 'f')
          -- Statistics that an operator has PostgreSQL keep.
          and not exists (
            select from pg_depend d
            join pg_extension x on x.oid = d.refobjid and x.extname = 'pg_stat_statements'
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e')
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

/// How many of the tables with rows of tenants there are.
pub(super) async fn check_tenant_tables(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<usize> {
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
    let n = rows.len();
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
    Ok(n)
}

pub(super) async fn check_policies(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<usize> {
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
pub(super) async fn check_context(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<()> {
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
