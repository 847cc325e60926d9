//! Usage as a file: `/t/{slug}/usage.csv` and `/admin/tenants/{slug}/usage.csv`. Streamed a day at a time, each day in a transaction of its
//! own, so that no connection waits for a slow reader and who is shut out midway gets no further.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use chrono::NaiveDate;
use futures_util::stream;
use tower_sessions::Session;

use super::download::{me, refuse};
use super::router::AppState;
use crate::domain::capability::ViewTenant;
use crate::domain::csv::line;
use crate::domain::lifecycle::{self, Way};
use crate::domain::slug::Slug;
use crate::domain::usage::Span;
use crate::store::access::{Member, PlatformAdmin, SignedIn};
use crate::store::usage_report::{Looked, UsageLine};
use crate::store::{PlatformRead, Store, StoreError};
use crate::web::RequestInfo;
use crate::web::request::ShownPath;

/// `?month=2026-10`; this month without, or when it says anything else.
#[derive(serde::Deserialize)]
pub struct Asked {
    month: Option<String>,
}

/// Who reads, anew for each day.
enum Reader {
    Member(Member),
    Admin(PlatformAdmin, Slug),
}

impl Reader {
    async fn today(&self, store: &Store) -> Result<NaiveDate, StoreError> {
        match self {
            Reader::Member(member) => {
                let tx = store.tenant::<ViewTenant>(member).await?;
                let today = tx.tenant().now.date_naive();
                tx.commit().await?;
                Ok(today)
            }
            Reader::Admin(admin, slug) => Ok(look(&mut store.platform_read(admin).await?, slug).await?.today),
        }
    }

    async fn lines(&self, store: &Store, day: NaiveDate) -> Result<Vec<UsageLine>, StoreError> {
        match self {
            Reader::Member(member) => {
                let mut tx = store.tenant::<ViewTenant>(member).await?;
                let lines = tx.list_usage_lines(day).await?;
                tx.commit().await?;
                Ok(lines)
            }
            Reader::Admin(admin, slug) => {
                let mut read = store.platform_read(admin).await?;
                let tenant = look(&mut read, slug).await?;
                read.list_usage_lines(&tenant, day).await
            }
        }
    }
}

/// A tenant whose state lets its data out.
async fn look(read: &mut PlatformRead, slug: &Slug) -> Result<Looked, StoreError> {
    let tenant = read.look_at(slug).await?;
    if lifecycle::allows(tenant.status, Way::Export) { Ok(tenant) } else { Err(StoreError::NotFound) }
}

pub async fn of_own_tenant(
    state: State<AppState>,
    session: Session,
    info: Extension<RequestInfo>,
    shown: Option<Extension<ShownPath>>,
    Path(slug): Path<String>,
    asked: Query<Asked>,
) -> Response {
    let here = shown.map_or_else(|| format!("/t/{slug}/usage.csv"), |Extension(ShownPath(path))| path);
    let evidence = |me: &SignedIn, slug: &Slug| me.member(slug).map(Reader::Member);
    answer(&state, session, &info, &here, &slug, &asked, evidence).await
}

pub async fn of_any_tenant(
    state: State<AppState>,
    session: Session,
    info: Extension<RequestInfo>,
    Path(slug): Path<String>,
    asked: Query<Asked>,
) -> Response {
    let here = format!("/admin/tenants/{slug}/usage.csv");
    let evidence = |me: &SignedIn, slug: &Slug| me.platform_admin().map(|admin| Reader::Admin(admin, slug.clone()));
    answer(&state, session, &info, &here, &slug, &asked, evidence).await
}

async fn answer(
    state: &AppState,
    session: Session,
    info: &RequestInfo,
    here: &str,
    slug: &str,
    asked: &Asked,
    evidence: impl Fn(&SignedIn, &Slug) -> Option<Reader>,
) -> Response {
    let me = match me(&session, info, here).await {
        Ok(me) => me,
        Err(answer) => return answer,
    };
    let Some((slug, reader)) = slug.parse::<Slug>().ok().and_then(|slug| evidence(&me, &slug).map(|reader| (slug, reader))) else {
        return refuse(&StoreError::NotFound);
    };
    let store = state.context.store.clone();
    let today = match reader.today(&store).await {
        Ok(today) => today,
        Err(error) => return refuse(&error),
    };
    let month = asked.month.as_ref().and_then(|month| format!("{month}-01").parse().ok()).filter(|month| *month <= today).unwrap_or(today);
    let span = Span::month(month, today);
    let name = format!("attachment; filename=\"usage-{slug}-{}.csv\"", span.from.format("%Y-%m"));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A slug and a month: ASCII.
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment")));
    (headers, Body::from_stream(file(store, reader, span))).into_response()
}

/// The next thing to send: the heading, then the days.
struct Left {
    store: Store,
    reader: Reader,
    days: std::vec::IntoIter<NaiveDate>,
    begun: bool,
}

fn file(store: Store, reader: Reader, span: Span) -> impl futures_util::Stream<Item = Result<String, StoreError>> + Send {
    let left = Left { store, reader, days: span.days().collect::<Vec<_>>().into_iter(), begun: false };
    stream::try_unfold(left, |mut left| async move {
        if !left.begun {
            left.begun = true;
            return Ok(Some((head(), left)));
        }
        let Some(day) = left.days.next() else { return Ok(None) };
        let text = lines_of(day, &left.reader.lines(&left.store, day).await?);
        Ok(Some((text, left)))
    })
}

fn head() -> String {
    line(["day", "meter", "model", "agent", "cost_center", "amount", "cost_usd"])
}

fn lines_of(day: NaiveDate, lines: &[UsageLine]) -> String {
    let day = day.to_string();
    lines
        .iter()
        .map(|l| {
            let (amount, cost) = (l.amount.to_string(), l.cost.normalize().to_string());
            line([day.as_str(), &l.meter, &l.model, &l.agent, &l.cost_center, &amount, &cost])
        })
        .collect()
}
