//! The console's tenant list: one page by key, from the summaries' indexes.

mod around;
mod statement;

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, QueryBuilder, Row as _};
use uuid::Uuid;

use super::access::{PlatformAdmin, stored};
use super::guarded::{First, Guarded};
use super::handle::{PlatformRead, Store};
use super::overview::Totals;
use super::plans::PlanName;
use super::staff_views::StaffView;
use super::{Result, StoreError};
use crate::domain::listing::{Cursor, Edge, PAGE_SIZE, SortKey, TenantQuery};
use crate::domain::money::Usd;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::store::access::PlatformWho;

pub(super) use around::Kept;
use around::{Around, PlanLine};
pub(super) use statement::pattern;
use statement::{NOW, SORTED_BY, TENANT_ID, WIDE, is_wide};

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
    pub wide: Option<Wide>,
}

/// What only views with these columns bring.
#[derive(Debug, Clone)]
pub struct Wide {
    pub storage: i64,
    pub storage_quota: Option<i64>,
    pub budget: Option<Usd>,
    pub peak_percent: i32,
    pub created_at: DateTime<Utc>,
}

/// One page of the list, and what stands around it.
#[derive(Debug, Clone, Default)]
pub struct TenantList {
    pub rows: Vec<TenantRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// Where the page before ends, if there is one.
    pub previous: Option<Cursor>,
    pub totals: Totals,
    /// Whether the totals are of what is asked for; else they are of all tenants.
    pub totals_match: bool,
    /// Plans that are not archived, in the catalogue's order.
    pub plans: Vec<PlanName>,
    /// Keys that were asked for and that no plan has: what asks for them was not used.
    pub unknown_plans: Vec<String>,
    /// Of whoever reads, and what others share.
    pub views: Vec<StaffView>,
    pub now: DateTime<Utc>,
}

/// By position, in the order of the statement, whose columns have these types: looking up names and comparing types of fifty rows takes as
/// long as reading them.
fn row(row: &PgRow, plans: &[PlanLine], month: NaiveDate, wide: bool) -> Result<TenantRow> {
    // What was used in an earlier month is not this month's.
    let current = row.try_get_unchecked::<NaiveDate, _>(10)? == month;
    let plan: Uuid = row.try_get_unchecked(2)?;
    let wide = match wide {
        true => Some(Wide {
            storage: row.try_get_unchecked(WIDE)?,
            storage_quota: row.try_get_unchecked(WIDE + 1)?,
            budget: row.try_get_unchecked::<Option<Decimal>, _>(WIDE + 2)?.map(Usd),
            peak_percent: row.try_get_unchecked(WIDE + 3)?,
            created_at: row.try_get_unchecked(WIDE + 4)?,
        }),
        false => None,
    };
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
        wide,
    })
}

/// This row's place in the order.
fn cursor(row: &PgRow, key: SortKey) -> Result<Cursor> {
    let value = match key {
        SortKey::Name | SortKey::Owner | SortKey::Plan | SortKey::Status => row.try_get(SORTED_BY)?,
        SortKey::Limit => row.try_get::<i32, _>(SORTED_BY)?.to_string(),
        SortKey::Agents | SortKey::Tokens | SortKey::Storage => row.try_get::<i64, _>(SORTED_BY)?.to_string(),
        SortKey::Cost => row.try_get::<Decimal, _>(SORTED_BY)?.to_string(),
        SortKey::Created => row.try_get::<DateTime<Utc>, _>(SORTED_BY)?.to_rfc3339(),
    };
    Ok(Cursor { value, id: row.try_get(TENANT_ID)? })
}

/// Rows in the order of the list, and whether more follow in the direction in which they were read.
struct Page {
    rows: Vec<PgRow>,
    more: bool,
    now: DateTime<Utc>,
    around: Arc<Around>,
}

struct Open<'a> {
    admin: &'a PlatformAdmin,
    query: &'a TenantQuery,
    limit: usize,
    kept: &'a Kept,
}

impl First for Open<'_> {
    type Answer = Page;

    async fn ask(&self, conn: &mut PgConnection) -> Result<Page> {
        let around = self.kept.get(&mut *conn).await?;
        let mut sql = statement::page(self.query, &around, self.admin.who(), self.limit + 1, "");
        let mut rows = sql.build().fetch_all(&mut *conn).await?;
        // Nobody promises that it comes last.
        let mut now = None;
        rows.retain(|row| match row.try_get_unchecked::<Option<DateTime<Utc>>, _>(NOW) {
            Ok(Some(found)) => {
                now = Some(found);
                false
            }
            Ok(None) | Err(_) => true,
        });
        let Some(now) = now else {
            // Somebody who may not: this says why.
            self.admin.recheck(conn).await?;
            return Err(StoreError::NotFound);
        };
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        if matches!(self.query.edge, Some(Edge::Before(_))) {
            rows.reverse();
        }
        Ok(Page { rows, more, now, around })
    }
}

impl Page {
    fn rows(&self, query: &TenantQuery) -> Result<Vec<TenantRow>> {
        let month = self.now.date_naive().with_day(1).unwrap_or_default();
        let wide = is_wide(query.columns);
        self.rows.iter().map(|found| row(found, &self.around.plans, month, wide)).collect()
    }
}

impl Store {
    /// One page of [`PAGE_SIZE`] tenants; whether its reader is a platform admin is asked in the same statement.
    ///
    /// # Errors
    /// `NotFound` for everybody else, `SecondFactorNeeded` for who owes one.
    pub async fn tenant_list(&self, admin: &PlatformAdmin, query: &TenantQuery) -> Result<TenantList> {
        let kept = &self.around;
        let (mut conn, mut page) = Guarded::connect(self.platform_pool(), &Open { admin, query, limit: PAGE_SIZE, kept }).await?;
        let start;
        let mut query = query;
        // Going back ends at the first page, which is whole.
        if matches!(query.edge, Some(Edge::Before(_))) && !page.more && page.rows.len() < PAGE_SIZE {
            start = query.from_start();
            query = &start;
            page = Open { admin, query, limit: PAGE_SIZE, kept }.ask(conn.conn()).await?;
        }
        conn.release();
        let key = query.sort().key;
        let (earlier, later) = match query.edge {
            Some(Edge::Before(_)) => (page.more, true),
            Some(Edge::After(_)) => (true, page.more),
            None => (false, page.more),
        };
        let at = |row: Option<&PgRow>, there: bool| row.filter(|_| there).map(|row| cursor(row, key)).transpose();
        let around = &page.around;
        let (totals, totals_match) = around.totals(&query.line)?;
        Ok(TenantList {
            rows: page.rows(query)?,
            next: at(page.rows.last(), later)?,
            previous: at(page.rows.first(), earlier)?,
            totals,
            totals_match,
            plans: around
                .plans
                .iter()
                .filter(|plan| plan.sold)
                .map(|plan| PlanName { key: plan.key.clone(), name: plan.name.clone() })
                .collect(),
            unknown_plans: around.unknown_plans(&query.line),
            views: match admin.who() {
                PlatformWho::User(user) => around.views.iter().filter(|view| view.shared || view.user == user).cloned().collect(),
                PlatformWho::Operator | PlatformWho::Key(_) => Vec::new(),
            },
            now: page.now,
        })
    }

    /// So many rows from where the query lies, and where the next ones begin: for who reads all of them, piece by piece. Nothing is held in
    /// between, and each piece asks for its reader's right.
    ///
    /// # Errors
    /// `NotFound` for who is no platform admin.
    pub async fn tenant_rows(&self, admin: &PlatformAdmin, query: &TenantQuery, most: usize) -> Result<(Vec<TenantRow>, Option<Cursor>)> {
        let (conn, page) = Guarded::connect(self.platform_pool(), &Open { admin, query, limit: most, kept: &self.around }).await?;
        conn.release();
        let next = page.rows.last().filter(|_| page.more).map(|last| cursor(last, query.sort().key)).transpose()?;
        Ok((page.rows(query)?, next))
    }
}

impl PlatformRead {
    /// The tenants that the view shows, in its order, at most so many.
    pub(super) async fn list_tenant_ids(&mut self, query: &TenantQuery, most: usize) -> Result<Vec<Uuid>> {
        let around = Around::read(self.tx.conn()).await?;
        let mut sql = QueryBuilder::new("select s.tenant_id");
        statement::push_filters(&mut sql, query, &around);
        statement::push_page(&mut sql, query.sort(), None, most);
        Ok(sql.build_query_scalar().fetch_all(self.tx.conn()).await?)
    }

    /// The plan that PostgreSQL chooses for this query, line by line.
    pub async fn explain_list(&mut self, query: &TenantQuery) -> Result<Vec<String>> {
        let around = Around::read(self.tx.conn()).await?;
        let mut sql = statement::page(query, &around, PlatformWho::Operator, PAGE_SIZE + 1, "explain ");
        Ok(sql.build_query_scalar().fetch_all(self.tx.conn()).await?)
    }
}
