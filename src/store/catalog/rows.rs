//! Rows made from the catalog's types, and the statements that try to reach them: a new table is covered the day it is listed. The prover
//! tries them on databases of its own (`tests/all/data_matrix.rs`), the canary on a live one ([`super::canary`]).

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::expected::TENANT_TABLES;
use crate::store::Result;

/// Values for columns whose type alone does not say what fits; everything else is made from its type.
/// An event, its share and its day fit each other: what must hold of any database holds of them too.
const FITTING: &[(&str, &str)] = &[
    ("api_key_counters.key_id", "(select id from api_keys where tenant_id = '{tenant}' order by 1 limit 1)"),
    ("domains.name", "gen_random_uuid() || '.example'"),
    ("domains.state", "'pending'"),
    ("domains.is_primary", "false"),
    ("domains.missing_since", "null"),
    ("domains.told", "null"),
    ("exports.state", "'gone'"),
    ("invoice_lines.invoice_id", "(select id from invoices where tenant_id = '{tenant}' order by 1 limit 1)"),
    ("invoice_lines.kind", "'base'"),
    ("branding_versions.number", "(select coalesce(max(number), 0) + 1 from branding_versions where tenant_id = '{tenant}')"),
    ("brandings.version", "null"),
    ("messages.role", "'user'"),
    ("messages.thread_id", "(select id from threads where tenant_id = '{tenant}' order by 1 limit 1)"),
    ("messages.number", "(select coalesce(max(number), 0) + 1 from messages where tenant_id = '{tenant}')"),
    ("threads.agent_id", "null"),
    ("plan_changes.state", "'done'"),
    ("plan_move_results.outcome", "'moved'"),
    ("provisionings.source", "'template'"),
    ("provisionings.source_tenant_id", "null"),
    // The day that they belong to is the one that the message makes.
    ("usage_breakdowns.meter", "'messages'"),
    ("usage_breakdowns.amount", "1"),
    ("usage_breakdowns.cost_usd", "0"),
    ("usage_events.meter", "'messages'"),
    ("usage_events.amount", "1"),
    ("usage_events.cost_usd", "0"),
    ("role", "'viewer'"),
    ("scopes", "array['read']"),
    ("support_accesses.ends_at", "now() + interval '1 minute'"),
    ("setups.skipped", "array['agent']"),
    ("actor_kind", "'member'"),
    ("inviter_kind", "'member'"),
    ("email", "lower(gen_random_uuid()::text)"),
    ("state", "'committed'"),
    ("meter", "'tokens'"),
    ("model", "'m'"),
    ("agent", "'a'"),
    ("cost_center", "'c'"),
    ("direction", "'input'"),
    ("period", "this_month()"),
    ("percent", "80"),
    ("source", "'plan'"),
    ("reserved", "0"),
    ("unfolded", "0"),
];

pub const VERBS: [&str; 4] = ["select", "insert", "update", "delete"];

/// What a transaction says of its tenant, in the order of [`CONTEXTS`]: the row's own, another one, nothing, an empty text, nonsense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    Own,
    Foreign,
    Unset,
    Empty,
    Garbage,
}

pub const CONTEXTS: [Context; 5] = [Context::Own, Context::Foreign, Context::Unset, Context::Empty, Context::Garbage];

impl Context {
    /// What `app.tenant_id` is set to for rows of `own`.
    pub fn setting<'a>(self, own: &'a str, foreign: &'a str) -> Option<&'a str> {
        match self {
            Context::Own => Some(own),
            Context::Foreign => Some(foreign),
            Context::Unset => None,
            Context::Empty => Some(""),
            Context::Garbage => Some("x' or true"),
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Context::Own => "their own tenant",
            Context::Foreign => "another tenant",
            Context::Unset => "no tenant",
            Context::Empty => "an empty tenant",
            Context::Garbage => "a made-up tenant",
        }
    }
}

/// What became of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// So many rows were seen or changed.
    Touched(u64),
    /// With this SQLSTATE.
    Refused(String),
}

/// `insufficient_privilege`
pub const NOT_ALLOWED: &str = "42501";
/// `invalid_text_representation`: nonsense is no tenant's id.
const NOT_AN_ID: &str = "22P02";

impl Outcome {
    /// Whether it is as it should be: one's own rows are reached by the verbs that the login has, and nobody else's ever.
    pub fn is_right(&self, context: Context, granted: bool) -> bool {
        match (self, context) {
            (Outcome::Touched(n), Context::Own) => granted && *n > 0,
            (Outcome::Refused(code), Context::Own) => !granted && code == NOT_ALLOWED,
            (Outcome::Touched(n), _) => *n == 0,
            (Outcome::Refused(code), Context::Garbage) => [NOT_AN_ID, NOT_ALLOWED].contains(&code.as_str()),
            (Outcome::Refused(code), _) => code == NOT_ALLOWED,
        }
    }

    /// Whether nobody may do this at all.
    pub fn is_refused(&self) -> bool {
        *self == Outcome::Refused(NOT_ALLOWED.to_owned())
    }

    pub fn words(&self) -> String {
        match self {
            Outcome::Touched(n) => format!("reaches {n} rows"),
            Outcome::Refused(code) => format!("is refused with {code}"),
        }
    }
}

/// A column but for `tenant_id`.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    /// As SQL names it.
    pub kind: String,
    /// The SQL of a value, in which `{tenant}` is whose row it is.
    pub value: String,
}

#[derive(Debug, Clone)]
pub struct TenantTable {
    pub name: &'static str,
    pub columns: Vec<Column>,
    /// By verb: whether the app has the grant at all.
    pub granted: BTreeMap<&'static str, bool>,
    /// A column that the app may update.
    pub updatable: String,
    /// Columns of types for which nothing says how a value is made: `reports.shape of type point`.
    pub unknown: Vec<String>,
}

/// A value of this type, whichever.
fn of_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "uuid" => "gen_random_uuid()",
        "text" => "gen_random_uuid()::text",
        "text[]" => "'{}'",
        "boolean" => "true",
        "bigint" | "integer" | "numeric" => "7",
        "timestamp with time zone" => "now()",
        "date" => "today()",
        "jsonb" => "'{}'",
        "bytea" => "sha256(gen_random_uuid()::text::bytea)",
        _ => return None,
    })
}

/// Every listed table that there is, as its catalog describes it.
pub async fn read_tables(conn: &mut PgConnection) -> Result<Vec<TenantTable>> {
    let mut tables = Vec::with_capacity(TENANT_TABLES.len());
    for name in TENANT_TABLES {
        let rows = sqlx::query(
            r#"
            select
              a.attname::text, format_type(a.atttypid, null),
              (select format('(select %I from %s order by 1 desc limit 1)', f.attname, c.confrelid::regclass)
               from pg_constraint c
               join pg_attribute f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]
               where c.contype = 'f' and c.conrelid = a.attrelid and c.conkey = array[a.attnum]),
              has_column_privilege('tenantry_app', a.attrelid, a.attnum, 'update')
            from pg_attribute a
            where a.attrelid = to_regclass(format('public.%I', $1::text))
              and a.attnum > 0
              and not a.attisdropped
              and a.attgenerated = ''
              and a.attname <> 'tenant_id'
            order by a.attnum
            "#,
        )
        .bind(name)
        .fetch_all(&mut *conn)
        .await?;
        if rows.is_empty() {
            // The catalog's check says so.
            continue;
        }
        let (mut columns, mut unknown, mut updatable) = (Vec::new(), Vec::new(), "tenant_id".to_owned());
        for row in rows {
            let (column, kind, reference): (String, String, Option<String>) = (row.get(0), row.get(1), row.get(2));
            let exact = format!("{name}.{column}");
            let fitting = FITTING.iter().find(|(fits, _)| *fits == column || *fits == exact).map(|(_, value)| (*value).to_owned());
            let value = fitting.or(reference).or_else(|| of_type(&kind).map(str::to_owned)).unwrap_or_else(|| {
                unknown.push(format!("{exact} of type {kind}"));
                "null".to_owned()
            });
            if row.get(3) && updatable == "tenant_id" {
                updatable = column.clone();
            }
            columns.push(Column { name: column, kind, value });
        }
        let mut granted = BTreeMap::new();
        for verb in VERBS {
            let has: bool = sqlx::query_scalar(
                "select has_table_privilege('tenantry_app', $1, $2) or ($2 <> 'delete' and has_any_column_privilege('tenantry_app', $1, $2))",
            )
            .bind(name)
            .bind(verb)
            .fetch_one(&mut *conn)
            .await?;
            granted.insert(verb, has);
        }
        tables.push(TenantTable { name, columns, granted, updatable, unknown });
    }
    Ok(tables)
}

impl TenantTable {
    /// A new row of this tenant.
    pub fn insert(&self, tenant: &str) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<&str> = self.columns.iter().map(|column| column.value.as_str()).collect();
        let values = values.join(", ").replace("{tenant}", tenant);
        format!("insert into {} (tenant_id, {}) values ('{tenant}', {values})", self.name, names.join(", "))
    }

    /// The values of a new row of this tenant, as a JSON object.
    pub fn row(&self, tenant: &str) -> String {
        let values: Vec<String> =
            self.columns.iter().map(|column| format!("({})::{} as {}", column.value, column.kind, column.name)).collect();
        let values = values.join(", ").replace("{tenant}", tenant);
        format!("(select to_jsonb(made) from (select '{tenant}'::uuid as tenant_id, {values}) made)")
    }

    /// One verb on rows of this tenant.
    pub fn statement(&self, verb: &'static str, tenant: &str) -> String {
        let (name, column) = (self.name, &self.updatable);
        match verb {
            "select" => format!("select tenant_id from {name} where tenant_id = '{tenant}'"),
            "insert" => self.insert(tenant),
            "update" => format!("update {name} set {column} = {column} where tenant_id = '{tenant}'"),
            _ => format!("delete from {name} where tenant_id = '{tenant}'"),
        }
    }

    /// What nobody may do even from their own tenant: what it is, and the statement.
    pub fn forbidden(&self, own: &str, foreign: &str) -> [(&'static str, String); 3] {
        let (name, column) = (self.name, &self.updatable);
        let upsert = format!("{} on conflict on constraint {name}_pkey do update set {column} = excluded.{column}", self.insert(foreign));
        [
            ("moving a row to another tenant", format!("update {name} set tenant_id = '{foreign}' where tenant_id = '{own}'")),
            ("an upsert into another tenant", upsert),
            ("reading with row_security = off", format!("set local row_security = off; select tenant_id from {name} limit 1")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaching_others_rows_is_never_right_and_reaching_ones_own_only_where_it_is_granted() {
        let refused = |code: &str| Outcome::Refused(code.to_owned());
        for (outcome, context, granted, right) in [
            (Outcome::Touched(1), Context::Own, true, true),
            (Outcome::Touched(0), Context::Own, true, false),
            (Outcome::Touched(1), Context::Own, false, false),
            (refused("42501"), Context::Own, false, true),
            (refused("42501"), Context::Own, true, false),
            (refused("23505"), Context::Own, true, false),
            (Outcome::Touched(1), Context::Foreign, true, false),
            (Outcome::Touched(0), Context::Unset, true, true),
            (refused("22P02"), Context::Garbage, true, true),
            (refused("22P02"), Context::Foreign, true, false),
            (refused("57014"), Context::Empty, true, false),
        ] {
            assert_eq!(outcome.is_right(context, granted), right, "{outcome:?} {context:?} {granted}");
        }
    }
}
