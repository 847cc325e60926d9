//! The list's statement: what a line asks for in conditions that the summaries' indexes know, one page by key in either direction.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sqlx::{Postgres, QueryBuilder};

use super::around::{Around, PlanLine};
use crate::domain::listing::{Column, Columns, Cursor, Edge, Sort, SortKey, TenantQuery};
use crate::domain::status::TenantStatus;
use crate::domain::tenant_line::{Filter, Key, Op, Size, Term, When};
use crate::store::access::PlatformWho;

type Sql = QueryBuilder<Postgres>;

/// Columns of a row by their place.
pub(super) const SORTED_BY: usize = 12;
pub(super) const TENANT_ID: usize = 13;
/// Null in the page's rows; set in the one that says who reads.
pub(super) const NOW: usize = 14;
/// The first of the columns that only some views have.
pub(super) const WIDE: usize = 15;

/// Whether the view shows what a row has not anyway.
pub(super) fn is_wide(columns: Columns) -> bool {
    [Column::Storage, Column::Limit, Column::Created].into_iter().any(|column| columns.has(column))
}

/// What the list is ordered by; the id comes last, so that no two rows stand at the same place.
fn order(key: SortKey) -> &'static [&'static str] {
    match key {
        SortKey::Name => &["s.name_sort", "s.tenant_id"],
        SortKey::Plan => &["s.plan_position", "s.name_sort", "s.tenant_id"],
        SortKey::Status => &["s.status", "s.name_sort", "s.tenant_id"],
        SortKey::Agents => &["s.agents", "s.tenant_id"],
        SortKey::Tokens => &["s.tokens", "s.tenant_id"],
        SortKey::Storage => &["s.storage_bytes", "s.tenant_id"],
        SortKey::Cost => &["s.cost_usd", "s.tenant_id"],
        SortKey::Limit => &["s.peak_percent", "s.tenant_id"],
        SortKey::Owner => &["s.owner_email", "s.tenant_id"],
        SortKey::Created => &["s.created_at", "s.tenant_id"],
    }
}

/// What a cursor keeps of a row besides its id.
fn sorted_by(key: SortKey) -> &'static str {
    match key {
        SortKey::Plan => "s.plan_position || ' ' || s.name_sort",
        SortKey::Status => "s.status || ' ' || s.name_sort",
        other => order(other)[0],
    }
}

/// `%text%` for `like`, with its wildcards taken literally.
pub(in crate::store) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// From its first instant to the first one after it.
fn span(when: When) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    match when {
        When::Day(day) => Some((midnight(day), midnight(day.checked_add_days(Days::new(1))?))),
        When::Month(first) => Some((midnight(first), midnight(first.checked_add_months(Months::new(1))?))),
        When::Age(_) => None,
    }
}

fn push_created(sql: &mut Sql, op: Op, when: When) {
    let Some((from, until)) = span(when) else {
        let When::Age(days) = when else { return };
        let age = |sql: &mut Sql, comparison: &str, days: i32| {
            sql.push("s.created_at ").push(comparison).push(" now() - make_interval(days => ").push_bind(days).push(")");
        };
        return match op {
            Op::Less | Op::AtMost => age(sql, ">=", days),
            Op::AtLeast | Op::More => age(sql, "<", days),
            Op::Equal => {
                age(sql, "<", days);
                sql.push(" and ");
                age(sql, ">=", days + 1);
            }
        };
    };
    match op {
        Op::Less => sql.push("s.created_at < ").push_bind(from),
        Op::AtMost => sql.push("s.created_at < ").push_bind(until),
        Op::Equal => sql.push("s.created_at >= ").push_bind(from).push(" and s.created_at < ").push_bind(until),
        Op::AtLeast => sql.push("s.created_at >= ").push_bind(from),
        Op::More => sql.push("s.created_at >= ").push_bind(until),
    };
}

fn push_measure(sql: &mut Sql, key: Key, op: Op, size: Size, negated: bool) {
    let (used, share) = match key {
        Key::Agents => ("s.agents", "s.agents_percent"),
        Key::Storage => ("s.storage_bytes", "s.storage_percent"),
        Key::Cost => ("s.cost_usd", "s.cost_percent"),
        Key::Limit => ("s.peak_percent", "s.peak_percent"),
        _ => ("s.tokens", "s.tokens_percent"),
    };
    let comparison = op.as_str();
    match size {
        Size::Percent(percent) => {
            // No limit is fuller than the fullest, by which the list is ordered then.
            if !negated && key != Key::Limit && matches!(op, Op::More | Op::AtLeast | Op::Equal) {
                let at_least = if op == Op::More { ">" } else { ">=" };
                sql.push("s.peak_percent ").push(at_least).push(" ").push_bind(percent).push(" and ");
            }
            sql.push(share).push(" ").push(comparison).push(" ").push_bind(percent);
        }
        Size::Amount(amount) => {
            sql.push(used).push(" ").push(comparison).push(" ");
            match key {
                Key::Cost => sql.push_bind(amount),
                // At most as much as anybody has.
                _ => sql.push_bind(amount.to_i64().unwrap_or(i64::MAX)),
            };
        }
    }
}

/// A condition; nothing for a term that asks for a plan that there is not.
fn push_term(sql: &mut Sql, term: &Term, around: &Around) {
    let plans: Option<Vec<&PlanLine>> = match &term.filter {
        Filter::Plan(keys) => match keys.iter().map(|key| around.plan(key)).collect() {
            Some(found) => Some(found),
            None => return,
        },
        _ => None,
    };
    sql.push(if term.negated { "\n  and not (" } else { "\n  and (" });
    match &term.filter {
        Filter::Word(text) => {
            sql.push("s.search like ").push_bind(pattern(text));
        }
        Filter::Text(key, text) => {
            let column = match key {
                Key::Slug => "s.slug",
                Key::Owner => "s.owner_email",
                _ => "s.name_sort",
            };
            // What is in a part is in the whole, which is indexed.
            if !term.negated {
                sql.push("s.search like ").push_bind(pattern(text)).push(" and ");
            }
            sql.push(column).push(" like ").push_bind(pattern(text));
        }
        Filter::State(states) => match states.as_slice() {
            [state] => {
                sql.push("s.status = ").push_bind(state.as_str());
            }
            states => {
                sql.push("s.status = any (").push_bind(states.iter().map(|state| state.as_str().to_owned()).collect::<Vec<_>>()).push(")");
            }
        },
        Filter::Plan(_) => match plans.unwrap_or_default().as_slice() {
            // Its place in the catalogue is what the index is ordered by.
            [plan] => {
                sql.push("s.plan_position = ").push_bind(plan.position).push(" and s.plan_id = ").push_bind(plan.id);
            }
            plans => {
                sql.push("s.plan_id = any (").push_bind(plans.iter().map(|plan| plan.id).collect::<Vec<_>>()).push(")");
            }
        },
        Filter::Measure(key, op, size) => push_measure(sql, *key, *op, *size, term.negated),
        Filter::Created(op, when) => push_created(sql, *op, *when),
    }
    sql.push(")");
}

/// `from` and `where`: the tenants that the line asks for, without deleted ones unless it names them.
pub(super) fn push_filters(sql: &mut Sql, query: &TenantQuery, around: &Around) {
    sql.push("\nfrom tenant_summaries s\nwhere ");
    let names_states = query.line.terms.iter().any(|term| !term.negated && matches!(term.filter, Filter::State(_)));
    sql.push(if names_states { "true" } else { "s.status <> 'deleted'" });
    for term in &query.line.terms {
        push_term(sql, term, around);
    }
}

/// A cursor's value as its columns' types; `None` when it cannot be read, and then the list starts at the beginning.
enum At {
    Text(String),
    PlanName(i32, String),
    StateName(&'static str, String),
    Whole(i64),
    Percent(i32),
    Amount(Decimal),
    Time(DateTime<Utc>),
}

fn at(key: SortKey, value: &str) -> Option<At> {
    let named = || value.split_once(' ').unwrap_or((value, ""));
    match key {
        SortKey::Name | SortKey::Owner => Some(At::Text(value.to_owned())),
        SortKey::Plan => named().0.parse().ok().map(|position| At::PlanName(position, named().1.to_owned())),
        SortKey::Status => named().0.parse().ok().map(|status: TenantStatus| At::StateName(status.as_str(), named().1.to_owned())),
        SortKey::Agents | SortKey::Tokens | SortKey::Storage => value.parse().ok().map(At::Whole),
        SortKey::Limit => value.parse().ok().map(At::Percent),
        SortKey::Cost => value.parse().ok().map(At::Amount),
        // Years that PostgreSQL has too.
        SortKey::Created => value.parse::<DateTime<Utc>>().ok().filter(|at| (1..10_000).contains(&at.year())).map(At::Time),
    }
}

fn push_cursor(sql: &mut Sql, key: SortKey, cursor: &Cursor, comparison: &str) {
    let Some(at) = at(key, &cursor.value) else { return };
    sql.push("\n  and (").push(order(key).join(", ")).push(") ").push(comparison).push(" (");
    match at {
        At::Text(text) => sql.push_bind(text),
        At::PlanName(position, name) => sql.push_bind(position).push(", ").push_bind(name),
        At::StateName(status, name) => sql.push_bind(status).push(", ").push_bind(name),
        At::Whole(n) => sql.push_bind(n),
        At::Percent(n) => sql.push_bind(n),
        At::Amount(amount) => sql.push_bind(amount),
        At::Time(time) => sql.push_bind(time),
    };
    sql.push(", ").push_bind(cursor.id).push(")");
}

/// `order by`, after the rows that lie on the other side of the page's edge.
pub(super) fn push_page(sql: &mut Sql, Sort { key, descending }: Sort, edge: Option<&Edge>, limit: usize) {
    let (backwards, cursor) = match edge {
        Some(Edge::After(cursor)) => (false, Some(cursor)),
        Some(Edge::Before(cursor)) => (true, Some(cursor)),
        None => (false, None),
    };
    let (comparison, direction) = if descending != backwards { ("<", "desc") } else { (">", "asc") };
    if let Some(cursor) = cursor {
        push_cursor(sql, key, cursor, comparison);
    }
    let columns: Vec<String> = order(key).iter().map(|column| format!("{column} {direction}")).collect();
    sql.push(format!("\norder by {}\nlimit {limit}", columns.join(", ")));
}

/// The page's rows, and one more for whom it is: a round trip takes longer than what is asked in it. That one does not come for somebody who is
/// not a platform admin.
pub(super) fn page(query: &TenantQuery, around: &Around, reader: PlatformWho, limit: usize, prefix: &'static str) -> Sql {
    let mut sql = QueryBuilder::new(prefix);
    let wide = is_wide(query.columns);
    let sort = query.sort();
    sql.push(
        "select l.* from (select s.slug, s.name, s.plan_id, s.status, s.trial_ends_at, s.agents, s.agents_quota,
  s.tokens, s.tokens_quota, s.cost_usd, s.month, s.owner_email, ",
    );
    sql.push(sorted_by(sort.key)).push(" as sorted_by, s.tenant_id, null::timestamptz as now");
    if wide {
        sql.push(", s.storage_bytes, s.storage_quota, s.budget_usd, s.peak_percent, s.created_at");
    }
    push_filters(&mut sql, query, around);
    push_page(&mut sql, sort, query.edge.as_ref(), limit);
    sql.push(") l\nunion all\nselect null, null, null, null, null, null, null, null, null, null, null, null, null, null, now()");
    if wide {
        sql.push(", null, null, null, null, null");
    }
    match reader {
        PlatformWho::Operator => {}
        PlatformWho::User(user) => {
            sql.push("\nwhere exists (select from active_platform_admins where not lacks_second_factor and user_id = ")
                .push_bind(user.0)
                .push(")");
        }
        PlatformWho::Key(key) => {
            sql.push("\nwhere exists (select from active_platform_keys where id = ").push_bind(key).push(")");
        }
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_searched_for_as_they_stand() {
        assert_eq!(pattern(r"50%_\"), r"%50\%\_\\%");
    }
}
