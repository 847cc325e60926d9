//! The console's tenant list: one page by key, from the summaries' indexes.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use super::access::{PlatformAdmin, PlatformWho, stored};
use super::guarded::{First, Guarded};
use super::handle::{PlatformRead, Store};
use super::overview::Totals;
use super::plans::PlanName;
use super::{Result, StoreError};
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

/// One page of the list, and what stands around it.
#[derive(Debug, Clone, Default)]
pub struct TenantList {
    pub rows: Vec<TenantRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    pub totals: Totals,
    /// Plans that are not archived, in the catalogue's order.
    pub plans: Vec<PlanName>,
    pub now: DateTime<Utc>,
}

/// A plan as the row around the page brings it: names come once, not with each tenant.
struct PlanLine {
    id: Uuid,
    key: String,
    name: String,
    sold: bool,
}

/// By position, in the order of [`push_page`], whose columns have these types: looking up names and comparing types of fifty rows takes as
/// long as reading them.
fn row(row: &PgRow, plans: &[PlanLine], month: NaiveDate) -> Result<TenantRow> {
    // What was used in an earlier month is not this month's.
    let current = row.try_get_unchecked::<NaiveDate, _>(10)? == month;
    let plan: Uuid = row.try_get_unchecked(2)?;
    Ok(TenantRow {
        slug: stored(row.try_get_unchecked::<&str, _>(0)?.parse())?,
        name: row.try_get_unchecked(1)?,
        plan: plans.iter().find(|known| known.id == plan).map(|known| known.name.clone()).unwrap_or_default(),
        status: stored(row.try_get_unchecked::<&str, _>(3)?.parse())?,
        trial_ends_at: row.try_get_unchecked(4)?,
        agents: row.try_get_unchecked(5)?,
        agents_quota: row.try_get_unchecked(6)?,
        tokens: if current { row.try_get_unchecked(7)? } else { 0 },
        tokens_quota: row.try_get_unchecked(8)?,
        cost: if current { Usd(row.try_get_unchecked(9)?) } else { Usd::default() },
        owner_email: row.try_get_unchecked(11)?,
    })
}

/// Where the page after this row begins.
fn cursor(row: &PgRow, key: SortKey) -> Result<Cursor> {
    let value = match key {
        SortKey::Name | SortKey::Status => row.try_get(SORTED_BY)?,
        SortKey::Plan => row.try_get::<i32, _>(SORTED_BY)?.to_string(),
        SortKey::Agents => row.try_get::<i64, _>(SORTED_BY)?.to_string(),
        SortKey::Cost => row.try_get::<Decimal, _>(SORTED_BY)?.to_string(),
        SortKey::Created => row.try_get::<DateTime<Utc>, _>(SORTED_BY)?.to_rfc3339(),
    };
    Ok(Cursor { value, id: row.try_get(TENANT_ID)? })
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

const SORTED_BY: usize = 12;
const TENANT_ID: usize = 13;
/// The columns of the row around the page; null in the page's rows.
const NOW: usize = 14;

fn push_page(sql: &mut QueryBuilder<Postgres>, query: &TenantQuery) {
    let (comparison, direction) = if query.sort.descending { ("<", "desc") } else { (">", "asc") };
    let column = column(query.sort.key);
    sql.push(
        "select s.slug, s.name, s.plan_id, s.status, s.trial_ends_at, s.agents, s.agents_quota,
  s.tokens, s.tokens_quota, s.cost_usd, s.month, s.owner_email, ",
    );
    sql.push(column).push(
        " as sorted_by, s.tenant_id
from tenant_summaries s
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
        push_cursor(sql, query.sort.key, after, comparison);
    }
    sql.push(format!("\norder by {column} {direction}, s.tenant_id {direction}\nlimit {limit}", limit = PAGE_SIZE + 1));
}

/// The page's rows, and one that holds what stands around them: a round trip takes longer than what is asked in it. Nothing comes back for
/// somebody who is not a platform admin.
fn statement(query: &TenantQuery, reader: PlatformWho, prefix: &'static str) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(prefix);
    sql.push(
        "select l.*, null::timestamptz as now, null::text[] as statuses, null::bigint[] as tenants, null::bigint[] as agents,
  null::numeric[] as prices, null::uuid[] as plan_ids, null::text[] as plan_keys, null::text[] as plan_names, null::bool[] as plans_sold
from (",
    );
    push_page(&mut sql, query);
    sql.push(
        ") l
union all
select null, null, null, null, null, null, null, null, null, null, null, null, null, null, now(), t.*, p.*
from (select array_agg(status), array_agg(tenants), array_agg(agents), array_agg(price_usd) from tenant_counts where status <> 'deleted') t,
  (select array_agg(id), array_agg(key), array_agg(name), array_agg(sold)
   from (select id, key, name, archived_at is null as sold from plans order by position) catalogue) p",
    );
    match reader {
        PlatformWho::Operator => {}
        PlatformWho::User(user) => {
            sql.push("\nwhere exists (select from active_platform_admins where user_id = ").push_bind(user.0).push(")");
        }
        PlatformWho::Key(key) => {
            sql.push("\nwhere exists (select from active_platform_keys where id = ").push_bind(key).push(")");
        }
    }
    sql
}

struct Open<'a> {
    admin: &'a PlatformAdmin,
    query: &'a TenantQuery,
}

impl First for Open<'_> {
    type Answer = TenantList;

    async fn ask(&self, conn: &mut PgConnection) -> Result<TenantList> {
        let found = statement(self.query, self.admin.who(), "").build().fetch_all(conn).await?;
        list(found, self.query.sort.key)
    }
}

fn list(mut found: Vec<PgRow>, key: SortKey) -> Result<TenantList> {
    // Nobody promises that it comes last.
    let around = found.iter().position(|row| row.try_get::<Option<DateTime<Utc>>, _>(NOW).is_ok_and(|now| now.is_some()));
    let around = found.remove(around.ok_or(StoreError::NotFound)?);
    let mut list = TenantList { now: around.try_get(NOW)?, ..TenantList::default() };
    let array = NOW + 1;
    let statuses: Vec<String> = around.try_get::<Option<_>, _>(array)?.unwrap_or_default();
    let tenants: Vec<i64> = around.try_get::<Option<_>, _>(array + 1)?.unwrap_or_default();
    let agents: Vec<i64> = around.try_get::<Option<_>, _>(array + 2)?.unwrap_or_default();
    let prices: Vec<Decimal> = around.try_get::<Option<_>, _>(array + 3)?.unwrap_or_default();
    for (((status, tenants), agents), price) in statuses.iter().zip(tenants).zip(agents).zip(prices) {
        list.totals.add(status, tenants, agents, price)?;
    }
    let ids: Vec<Uuid> = around.try_get::<Option<_>, _>(array + 4)?.unwrap_or_default();
    let keys: Vec<String> = around.try_get::<Option<_>, _>(array + 5)?.unwrap_or_default();
    let names: Vec<String> = around.try_get::<Option<_>, _>(array + 6)?.unwrap_or_default();
    let sold: Vec<bool> = around.try_get::<Option<_>, _>(array + 7)?.unwrap_or_default();
    let plans = ids.into_iter().zip(keys).zip(names).zip(sold).map(|(((id, key), name), sold)| PlanLine { id, key, name, sold });
    let plans: Vec<PlanLine> = plans.collect();
    let more = found.len() > PAGE_SIZE;
    found.truncate(PAGE_SIZE);
    list.next = found.last().filter(|_| more).map(|last| cursor(last, key)).transpose()?;
    let month = list.now.date_naive().with_day(1).unwrap_or_default();
    list.rows = found.iter().map(|found| row(found, &plans, month)).collect::<Result<_>>()?;
    list.plans = plans.into_iter().filter(|plan| plan.sold).map(|plan| PlanName { key: plan.key, name: plan.name }).collect();
    Ok(list)
}

impl Store {
    /// One page of [`PAGE_SIZE`] tenants; whether its reader is a platform admin is asked in the same statement.
    ///
    /// # Errors
    /// `NotFound` for everybody else.
    pub async fn tenant_list(&self, admin: &PlatformAdmin, query: &TenantQuery) -> Result<TenantList> {
        let (conn, list) = Guarded::connect(self.platform_pool(), &Open { admin, query }).await?;
        conn.release();
        Ok(list)
    }
}

impl PlatformRead {
    /// The plan that PostgreSQL chooses for this query, line by line.
    pub async fn explain_list(&mut self, query: &TenantQuery) -> Result<Vec<String>> {
        Ok(statement(query, PlatformWho::Operator, "explain ").build_query_scalar().fetch_all(self.tx.conn()).await?)
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
