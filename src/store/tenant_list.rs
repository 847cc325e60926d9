//! The console's tenant list: one page by key, from the summaries' indexes.

use chrono::{DateTime, Datelike as _, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

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

/// A row of [`statement`].
struct Raw {
    tenant_id: Uuid,
    slug: String,
    name: String,
    name_sort: String,
    plan: String,
    plan_position: i32,
    status: String,
    trial_ends_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    agents: i64,
    agents_quota: Option<i64>,
    tokens: i64,
    tokens_quota: Option<i64>,
    sort_cost: Decimal,
    current: bool,
    owner_email: String,
    now: DateTime<Utc>,
}

/// By position, in the order of [`statement`]: fifty rows of columns looked up by name take as long as reading them.
impl FromRow<'_, PgRow> for Raw {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Raw {
            tenant_id: row.try_get(0)?,
            slug: row.try_get(1)?,
            name: row.try_get(2)?,
            name_sort: row.try_get(3)?,
            plan: row.try_get(4)?,
            plan_position: row.try_get(5)?,
            status: row.try_get(6)?,
            created_at: row.try_get(7)?,
            agents: row.try_get(8)?,
            agents_quota: row.try_get(9)?,
            tokens: row.try_get(10)?,
            tokens_quota: row.try_get(11)?,
            sort_cost: row.try_get(12)?,
            current: row.try_get(13)?,
            owner_email: row.try_get(14)?,
            trial_ends_at: row.try_get(15)?,
            now: row.try_get(16)?,
        })
    }
}

impl Raw {
    fn cursor(&self, key: SortKey) -> Cursor {
        let value = match key {
            SortKey::Name => self.name_sort.clone(),
            SortKey::Plan => self.plan_position.to_string(),
            SortKey::Status => self.status.clone(),
            SortKey::Agents => self.agents.to_string(),
            SortKey::Cost => self.sort_cost.to_string(),
            SortKey::Created => self.created_at.to_rfc3339(),
        };
        Cursor { value, id: self.tenant_id }
    }

    fn row(self) -> Result<TenantRow> {
        Ok(TenantRow {
            slug: stored(self.slug.parse())?,
            name: self.name,
            plan: self.plan,
            status: stored(self.status.parse())?,
            trial_ends_at: self.trial_ends_at,
            agents: self.agents,
            agents_quota: self.agents_quota,
            tokens: if self.current { self.tokens } else { 0 },
            tokens_quota: self.tokens_quota,
            cost: if self.current { Usd(self.sort_cost) } else { Usd::default() },
            owner_email: self.owner_email,
        })
    }
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
        "select s.tenant_id, s.slug, s.name, s.name_sort, p.name as plan, s.plan_position, s.status, s.created_at, s.agents, s.agents_quota,
  s.tokens, s.tokens_quota, s.cost_usd as sort_cost, s.month = this_month() as current, s.owner_email, s.trial_ends_at, now() as now
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
        let mut raw: Vec<Raw> = statement(query, "").build_query_as().fetch_all(self.tx.conn()).await?;
        let more = raw.len() > PAGE_SIZE;
        raw.truncate(PAGE_SIZE);
        let next = raw.last().filter(|_| more).map(|last| last.cursor(query.sort.key));
        let now = raw.first().map(|row| row.now).unwrap_or_default();
        Ok(TenantPage { rows: raw.into_iter().map(Raw::row).collect::<Result<_>>()?, next, now })
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
