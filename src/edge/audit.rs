//! A tenant's whole audit log as JSON Lines: `/t/{slug}/audit.jsonl`, and `/admin/tenants/{slug}/audit.jsonl`. The first line says whose log it is and where its chain ends; then
//! the events, oldest first. Streamed some hundred at a time, each time in a transaction of its own, so that no connection waits for a
//! slow reader and who is shut out midway gets no further.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, stream};
use tower_sessions::Session;

use super::download::{me, refuse};
use super::router::AppState;
use crate::domain::audit_event::AuditRow;
use crate::domain::audit_filter::AuditFilter;
use crate::domain::capability::ReadAudit;
use crate::domain::chain::{Head, Link};
use crate::domain::csv;
use crate::domain::slug::Slug;
use crate::domain::zone::Zone;
use crate::store::access::{Member, PlatformAdmin, signed_in};
use crate::store::{Store, StoreError};
use crate::web::RequestInfo;
use crate::web::request::ShownPath;

/// Events at once: some hundred kilobytes.
const AT_ONCE: i64 = 500;

/// Who reads, anew for each part.
enum Reader {
    Member(Member),
    Admin(PlatformAdmin, Slug),
}

impl Reader {
    async fn head(&self, store: &Store) -> Result<Head, StoreError> {
        match self {
            Reader::Member(member) => {
                let mut tx = store.tenant::<ReadAudit>(member).await?;
                let head = tx.audit_head().await?;
                tx.commit().await?;
                Ok(head)
            }
            Reader::Admin(admin, slug) => {
                let mut read = store.platform_read(admin).await?;
                let tenant = read.look_back_at(slug).await?;
                read.tenant_audit_head(&tenant).await
            }
        }
    }

    async fn links(&self, store: &Store, after: i64, last: i64) -> Result<Vec<Link>, StoreError> {
        match self {
            Reader::Member(member) => {
                let mut tx = store.tenant::<ReadAudit>(member).await?;
                let links = tx.list_links(after, last, AT_ONCE).await?;
                tx.commit().await?;
                Ok(links)
            }
            Reader::Admin(admin, slug) => {
                let mut read = store.platform_read(admin).await?;
                let tenant = read.look_back_at(slug).await?;
                read.list_tenant_links(&tenant, after, last, AT_ONCE).await
            }
        }
    }
}

pub async fn download(
    state: State<AppState>,
    session: Session,
    info: Extension<RequestInfo>,
    shown: Option<Extension<ShownPath>>,
    Path(slug): Path<String>,
) -> Response {
    let here = shown.map_or_else(|| format!("/t/{slug}/audit.jsonl"), |Extension(ShownPath(path))| path);
    let me = match me(&session, &info, &here).await {
        Ok(me) => me,
        Err(answer) => return answer,
    };
    let Some(member) = slug.parse::<Slug>().ok().and_then(|slug| me.member(&slug)) else { return refuse(&StoreError::NotFound) };
    lines(state.context.store.clone(), Reader::Member(member)).await
}

pub async fn of_any_tenant(state: State<AppState>, session: Session, info: Extension<RequestInfo>, Path(slug): Path<String>) -> Response {
    match admin(&session, &info, &slug, "jsonl").await {
        Ok((admin, slug)) => lines(state.context.store.clone(), Reader::Admin(admin, slug)).await,
        Err(answer) => answer,
    }
}

/// What a CSV file of a tenant's log holds: as the page's own address says it.
type Asked = Query<Vec<(String, String)>>;

/// `/admin/tenants/{slug}/audit.csv`: what the page shows, as a table; newest first.
pub async fn table_of_any_tenant(
    state: State<AppState>,
    session: Session,
    info: Extension<RequestInfo>,
    Path(slug): Path<String>,
    Query(asked): Asked,
) -> Response {
    let (admin, slug) = match admin(&session, &info, &slug, "csv").await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let (filter, _) = AuditFilter::parse(|key| asked.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone()));
    let (store, zone) = (state.context.store.clone(), zone_of(&session, &info).await);
    let reader = Reader::Admin(admin.clone(), slug.clone());
    let head = match reader.head(&store).await {
        Ok(head) => head,
        Err(error) => return refuse(&error),
    };
    let name = format!("audit-{}-{}.csv", head.slug, head.seq);
    let left = Left { store, admin, slug, zone, filter: Some(AuditFilter { before: None, ..filter }), begun: false };
    attachment(&name, "text/csv; charset=utf-8", Body::from_stream(table(left)))
}

/// A platform admin, and whose log it is.
async fn admin(session: &Session, info: &RequestInfo, slug: &str, kind: &str) -> Result<(PlatformAdmin, Slug), Response> {
    let me = me(session, info, &format!("/admin/tenants/{slug}/audit.{kind}")).await?;
    me.platform_admin().zip(slug.parse().ok()).ok_or_else(|| refuse(&StoreError::NotFound))
}

/// The zone whose days the filter means.
async fn zone_of(session: &Session, info: &RequestInfo) -> Zone {
    signed_in(session, &info.origin).await.ok().flatten().and_then(|me| me.zone()).unwrap_or_default()
}

fn attachment(name: &str, kind: &'static str, body: Body) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A slug and a number: ASCII.
    let name = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    headers.insert(header::CONTENT_DISPOSITION, name.unwrap_or(HeaderValue::from_static("attachment")));
    (headers, body).into_response()
}

async fn lines(store: Store, reader: Reader) -> Response {
    let head = match reader.head(&store).await {
        Ok(head) => head,
        Err(error) => return refuse(&error),
    };
    let name = format!("audit-{}-{}.jsonl", head.slug, head.seq);
    attachment(&name, "application/jsonl; charset=utf-8", Body::from_stream(file(store, reader, head)))
}

/// What is to be written of a table.
struct Left {
    store: Store,
    admin: PlatformAdmin,
    slug: Slug,
    zone: Zone,
    /// Of the next rows; nothing when all are written.
    filter: Option<AuditFilter>,
    begun: bool,
}

fn table(left: Left) -> impl Stream<Item = Result<String, StoreError>> + Send {
    stream::try_unfold(left, |mut left| async move {
        if !left.begun {
            left.begun = true;
            let head = csv::line(["event", "at", "actor_kind", "actor", "action", "target", "before", "after", "from"]);
            return Ok(Some((head, left)));
        }
        let Some(filter) = left.filter.take() else { return Ok(None) };
        let mut read = left.store.platform_read(&left.admin).await?;
        let tenant = read.look_back_at(&left.slug).await?;
        let page = read.list_tenant_audit(&tenant, &filter, left.zone).await?;
        drop(read);
        let oldest = page.rows.last().map(|row| row.seq).filter(|_| page.more);
        left.filter = oldest.map(|seq| AuditFilter { before: Some(seq), ..filter });
        Ok(Some((page.rows.iter().map(row).collect(), left)))
    })
}

fn row(row: &AuditRow) -> String {
    let (seq, at) = (row.seq.to_string(), row.at.to_rfc3339());
    let (before, after) = (row.before.as_deref().unwrap_or_default(), row.after.as_deref().unwrap_or_default());
    csv::line([seq.as_str(), &at, &row.actor_kind, &row.actor, &row.action, &row.target, before, after, &row.origin])
}

/// The next thing to send.
enum Next {
    Head,
    /// The events after this one.
    After(i64),
}

fn file(store: Store, reader: Reader, head: Head) -> impl Stream<Item = Result<String, StoreError>> + Send {
    stream::try_unfold((store, reader, head, Next::Head), |(store, reader, head, next)| async move {
        let after = match next {
            Next::Head => {
                let line = line(&head);
                return Ok(Some((line, (store, reader, head, Next::After(0)))));
            }
            Next::After(seq) if seq >= head.seq => return Ok(None),
            Next::After(seq) => seq,
        };
        let links = reader.links(&store, after, head.seq).await?;
        // Events that are missing end the file early: whoever verifies it sees where.
        let Some(last) = links.last().map(|link| link.seq) else { return Ok(None) };
        let text: String = links.iter().map(line).collect();
        Ok(Some((text, (store, reader, head, Next::After(last)))))
    })
}

fn line(value: &impl serde::Serialize) -> String {
    let mut line = serde_json::to_string(value).expect("texts and numbers have a JSON form");
    line.push('\n');
    line
}
