//! The console's tenant list: one page by key, from the summaries' indexes.

use chrono::{DateTime, Datelike as _, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};

use super::Result;
use super::access::stored;
use super::handle::PlatformRead;
use crate::domain::listing::{Cursor, PAGE_SIZE, SortKey, TenantQuery};
use crate::domain::money::Usd;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;

/// One line of the list. Quotas of `None` are unlimited.
#[derive(Debug, Clone)]
pub struct TenantRow {
    pub slug: Slug,
    pub name: String,
    pub plan: String,
    pub status: TenantStatus,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub agents: i64,
    pub agents_quota: Option<i64>,
    pub tokens: i64,
    pub tokens_quota: Option<i64>,
    /// Usage cost of this UTC month.
    pub cost: Usd,
    pub owner_email: String,
}

#[derive(Debug, Clone)]
pub struct TenantPage {
    pub rows: Vec<TenantRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    pub now: DateTime<Utc>,
}

/// By position, in the order of [`statement`]: fifty rows of columns looked up by name take as long as reading them.
fn row(row: &PgRow) -> Result<TenantRow> {
    let current: bool = row.try_get(9)?;
    Ok(TenantRow {
        slug: stored(row.try_get::<&str, _>(0)?.parse())?,
        name: row.try_get(1)?,
        plan: row.try_get(2)?,
        status: stored(row.try_get::<&str, _>(3)?.parse())?,
        agents: row.try_get(4)?,
        agents_quota: row.try_get(5)?,
        tokens: if current { row.try_get(6)? } else { 0 },
        tokens_quota: row.try_get(7)?,
        cost: if current { Usd(row.try_get(8)?) } else { Usd::default() },
        owner_email: row.try_get(10)?,
        trial_ends_at: row.try_get(11)?,
    })
}

/// Where the page after this row begins.
fn cursor(row: &PgRow, key: SortKey) -> Result<Cursor> {
    let value = match key {
        SortKey::Name => row.try_get("name_sort")?,
        SortKey::Plan => row.try_get::<i32, _>("plan_position")?.to_string(),
        SortKey::Status => row.try_get("status")?,
        SortKey::Agents => row.try_get::<i64, _>("agents")?.to_string(),
        SortKey::Cost => row.try_get::<Decimal, _>("cost_usd")?.to_string(),
        SortKey::Created => row.try_get::<DateTime<Utc>, _>("created_at")?.to_rfc3339(),
    };
    Ok(Cursor { value, id: row.try_get("tenant_id")? })
}

fn column(key: SortKey) -> &'static str {
    match key {
        SortKey::Name => "s.name_sort",
        SortKey::Plan => "s.plan_position",
        SortKey::Status => "s.status",
        SortKey::Agents => "s.agents",
        SortKey::Cost => "s.cost_usd",
        SortKey::Created => "s.created_at",
    }
}

/// Binds the cursor's value as its column's type; `false` when it cannot be read, and then the list starts at the beginning.
fn push_cursor(sql: &mut QueryBuilder<Postgres>, key: SortKey, after: &Cursor, comparison: &str) -> bool {
    let open = |sql: &mut QueryBuilder<Postgres>| {
        sql.push("\n  and (").push(column(key)).push(", s.tenant_id) ").push(comparison).push(" (");
    };
    match key {
        SortKey::Name | SortKey::Status => {
            open(sql);
            sql.push_bind(after.value.clone());
        }
        SortKey::Plan => match after.value.parse::<i32>() {
            Ok(value) => {
                open(sql);
                sql.push_bind(value);
            }
            Err(_) => return false,
        },
        SortKey::Agents => match after.value.parse::<i64>() {
            Ok(value) => {
                open(sql);
                sql.push_bind(value);
            }
            Err(_) => return false,
        },
        SortKey::Cost => match after.value.parse::<Decimal>() {
            Ok(value) => {
                open(sql);
                sql.push_bind(value);
            }
            Err(_) => return false,
        },
        // Years that PostgreSQL has too.
        SortKey::Created => match after.value.parse::<DateTime<Utc>>() {
            Ok(value) if (1..10_000).contains(&value.year()) => {
                open(sql);
                sql.push_bind(value);
            }
            Ok(_) | Err(_) => return false,
        },
    }
    sql.push(", ").push_bind(after.id).push(")");
    true
}

/// `%text%` for `like`, with its wildcards taken literally.
fn pattern(q: &str) -> String {
    let mut pattern = String::from("%");
    for c in q.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The statement for a query; public within the store so that the tests of its plan explain the very same text.
pub(super) fn statement(query: &TenantQuery, prefix: &'static str) -> QueryBuilder<Postgres> {
    let (comparison, direction) = if query.sort.descending { ("<", "desc") } else { (">", "asc") };
    let mut sql = QueryBuilder::new(prefix);
    sql.push(
        "select s.slug, s.name, p.name as plan, s.status, s.agents, s.agents_quota, s.tokens, s.tokens_quota, s.cost_usd,
  s.month = this_month() as current, s.owner_email, s.trial_ends_at,
  s.tenant_id, s.name_sort, s.plan_position, s.created_at, now() as now
from tenant_summaries s
join plans p on p.id = s.plan_id
where ",
    );
    match query.status {
        Some(status) => sql.push("s.status = ").push_bind(status.as_str()),
        None => sql.push("s.status <> 'deleted'"),
    };
    if let Some(plan) = &query.plan {
        sql.push("\n  and s.plan_id = (select id from plans where key = ").push_bind(plan.clone()).push(")");
    }
    if !query.q.is_empty() {
        sql.push("\n  and s.search like ").push_bind(pattern(&query.q));
    }
    if let Some(after) = &query.after {
        push_cursor(&mut sql, query.sort.key, after, comparison);
    }
    sql.push(format!(
        "\norder by {column} {direction}, s.tenant_id {direction}\nlimit {limit}",
        column = column(query.sort.key),
        limit = PAGE_SIZE + 1
    ));
    sql
}

impl PlatformRead {
    /// One page of [`PAGE_SIZE`] tenants.
    pub async fn list_tenants(&mut self, query: &TenantQuery) -> Result<TenantPage> {
        let mut found = statement(query, "").build().fetch_all(self.tx.conn()).await?;
        let more = found.len() > PAGE_SIZE;
        found.truncate(PAGE_SIZE);
        let next = found.last().filter(|_| more).map(|last| cursor(last, query.sort.key)).transpose()?;
        let now = found.first().map(|first| first.try_get("now")).transpose()?.unwrap_or_default();
        Ok(TenantPage { rows: found.iter().map(row).collect::<Result<_>>()?, next, now })
    }

    /// The plan that PostgreSQL chooses for this query, line by line.
    pub async fn explain_list(&mut self, query: &TenantQuery) -> Result<Vec<String>> {
        Ok(statement(query, "explain ").build_query_scalar().fetch_all(self.tx.conn()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_searched_for_as_they_stand() {
        assert_eq!(pattern(r"50%_\"), r"%50\%\_\\%");
    }
}
