//! A view of the tenant list as a file: `/admin/tenants.csv`, with the list's own parameters and the view's columns. Streamed some hundred rows
//! at a time, by key: no connection waits for a slow reader, a hundred thousand tenants take no more memory than the first, and who is no admin
//! any more gets no further.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, stream};
use tower_sessions::Session;

use super::download::{me, refuse};
use super::router::AppState;
use crate::domain::csv::line;
use crate::domain::listing::{Column, Columns, Edge, TenantQuery};
use crate::store::access::PlatformAdmin;
use crate::store::tenant_list::TenantRow;
use crate::store::{Store, StoreError};
use crate::web::RequestInfo;

/// Rows at once: some ten kilobytes.
const AT_ONCE: usize = 500;

pub async fn download(state: State<AppState>, session: Session, info: Extension<RequestInfo>, RawQuery(query): RawQuery) -> Response {
    let asked = query.unwrap_or_default();
    let here = if asked.is_empty() { "/admin/tenants.csv".to_owned() } else { format!("/admin/tenants.csv?{asked}") };
    let me = match me(&session, &info, &here).await {
        Ok(me) => me,
        Err(answer) => return answer,
    };
    let Some(admin) = me.platform_admin() else { return refuse(&StoreError::NotFound) };
    let (view, errors) = TenantQuery::from_query(&asked);
    // A file with more in it than was asked for is worse than none.
    if !errors.is_empty() {
        let text: String = errors.iter().map(|error| format!("{}\n", error.message)).collect();
        return (StatusCode::UNPROCESSABLE_ENTITY, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    }
    let store = state.context.store.clone();
    // All that a row has: the statement brings it, and the view says what is written.
    let query = TenantQuery { columns: Columns::all(), ..view.clone() };
    let first = match store.tenant_list(&admin, &query).await {
        Ok(list) if list.unknown_plans.is_empty() => list.now,
        Ok(_) => return (StatusCode::UNPROCESSABLE_ENTITY, "There is no such plan.\n").into_response(),
        Err(error) => return refuse(&error),
    };
    let name = format!("attachment; filename=\"tenants-{}.csv\"", first.format("%Y-%m-%d"));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A day: ASCII.
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment")));
    (headers, Body::from_stream(file(Left { store, admin, query: Some(query), columns: view.columns, begun: false }))).into_response()
}

/// What is still to be sent.
struct Left {
    store: Store,
    admin: PlatformAdmin,
    /// The rows that come next.
    query: Option<TenantQuery>,
    columns: Columns,
    begun: bool,
}

fn file(left: Left) -> impl Stream<Item = Result<String, StoreError>> + Send {
    stream::try_unfold(left, |mut left| async move {
        if !left.begun {
            left.begun = true;
            return Ok(Some((head(left.columns), left)));
        }
        let Some(query) = left.query.take() else { return Ok(None) };
        let (rows, next) = left.store.tenant_rows(&left.admin, &query, AT_ONCE).await?;
        left.query = next.map(|next| TenantQuery { edge: Some(Edge::After(next)), ..query });
        let text: String = rows.iter().map(|row| cells(row, left.columns)).collect();
        Ok(Some((text, left)))
    })
}

fn titles(column: Column) -> &'static [&'static str] {
    match column {
        Column::Plan => &["plan"],
        Column::State => &["state", "trial_ends_at"],
        Column::Agents => &["agents", "agents_limit"],
        Column::Tokens => &["tokens", "tokens_limit"],
        Column::Storage => &["storage_bytes", "storage_limit_bytes"],
        Column::Cost => &["cost_usd", "budget_usd"],
        Column::Limit => &["fullest_limit_percent"],
        Column::Owner => &["owner_email"],
        Column::Created => &["created_at"],
    }
}

fn head(columns: Columns) -> String {
    line(["name", "slug"].into_iter().chain(columns.iter().flat_map(|column| titles(column).iter().copied())))
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn cells(row: &TenantRow, columns: Columns) -> String {
    let wide = row.wide.as_ref();
    let mut cells = vec![row.name.clone(), row.slug.to_string()];
    for column in columns.iter() {
        match column {
            Column::Plan => cells.push(row.plan.clone()),
            Column::State => cells.extend([row.status.as_str().to_owned(), text(row.trial_ends_at.map(|end| end.to_rfc3339()))]),
            Column::Agents => cells.extend([row.agents.to_string(), text(row.agents_quota)]),
            Column::Tokens => cells.extend([row.tokens.to_string(), text(row.tokens_quota)]),
            Column::Storage => cells.extend([text(wide.map(|wide| wide.storage)), text(wide.and_then(|wide| wide.storage_quota))]),
            Column::Cost => {
                cells.extend([row.cost.0.normalize().to_string(), text(wide.and_then(|wide| wide.budget).map(|budget| budget.0))])
            }
            Column::Limit => cells.push(text(wide.map(|wide| wide.peak_percent))),
            Column::Owner => cells.push(row.owner_email.clone()),
            Column::Created => cells.push(text(wide.map(|wide| wide.created_at.to_rfc3339()))),
        }
    }
    line(cells.iter().map(String::as_str))
}
