//! Partitions: each is part of a listed tenant table, under the same policies as the whole, and nobody's but the whole's to use.

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::expected::{ALL_OR_ONE, OWN_ROWS, TENANT_TABLES};
use super::{Finding, finding};
use crate::store::Result;

/// Each partition's policies as one text, in the order of their names.
fn canonical() -> String {
    [("definer", "tenantry_definer", "true"), ("platform", "tenantry_platform", ALL_OR_ONE), ("tenant", "tenantry_app", OWN_ROWS)]
        .map(|(policy, role, rows)| format!("{policy} * {role} {rows} / {rows}"))
        .join("\n")
}

pub(super) async fn check_partitions(conn: &mut PgConnection, findings: &mut Vec<Finding>) -> Result<usize> {
    let rows = sqlx::query(
        r#"
        select
          c.relname::text as name, c.relkind = 'r' as is_table, c.relrowsecurity and c.relforcerowsecurity as secured,
          coalesce((select w.relname::text from pg_inherits h join pg_class w on w.oid = h.inhparent
            where h.inhrelid = c.oid and w.relnamespace = 'public'::regnamespace), '') as whole,
          coalesce((select string_agg(
              p.polname || ' ' || p.polcmd::text || ' ' || array_to_string(p.polroles::regrole[], ',') || ' '
                || pg_get_expr(p.polqual, p.polrelid) || ' / ' || pg_get_expr(p.polwithcheck, p.polrelid), e'\n' order by p.polname)
            from pg_policy p where p.polrelid = c.oid), '') as policies,
          exists (
            select from (values ('tenantry_app'), ('tenantry_platform')) g (role)
            cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) x (privilege)
            where has_table_privilege(g.role, c.oid, x.privilege)) as granted
        from pg_class c
        where c.relnamespace = 'partitions'::regnamespace
          and c.relkind in ('r', 'p', 'v', 'm', 'f')
        order by c.relname
        "#,
    )
    .fetch_all(conn)
    .await?;
    for row in &rows {
        let (name, whole): (String, String) = (row.get("name"), row.get("whole"));
        if !row.get::<bool, _>("is_table") || !TENANT_TABLES.contains(&whole.as_str()) {
            findings.push(finding("a partition is part of a listed tenant table", &name, whole));
        }
        if !row.get::<bool, _>("secured") {
            findings.push(finding("row-level security holds on partitions too", &name, "off, or not forced"));
        }
        let policies: String = row.get("policies");
        if policies != canonical() {
            findings.push(finding("partitions have the policies of the whole", &name, policies));
        }
        if row.get::<bool, _>("granted") {
            findings.push(finding("a partition is used through the whole only", &name, "a login's group has a privilege on it"));
        }
    }
    Ok(rows.len())
}
