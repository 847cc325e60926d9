//! A tenant's whole audit log as JSON Lines: `/t/{slug}/audit.jsonl`. The first line says whose log it is and where its chain ends; then
//! the events, oldest first. Streamed some hundred at a time, each time in a transaction of its own, so that no connection waits for a
//! slow reader and who is shut out midway gets no further.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, stream};
use tower_sessions::Session;

use super::download::{me, refuse};
use super::router::AppState;
use crate::domain::capability::ReadAudit;
use crate::domain::chain::Head;
use crate::domain::slug::Slug;
use crate::store::access::Member;
use crate::store::{Store, StoreError};
use crate::web::RequestInfo;
use crate::web::request::ShownPath;

/// Events at once: some hundred kilobytes.
const AT_ONCE: i64 = 500;

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
    let store = state.context.store.clone();
    let head = match head(&store, &member).await {
        Ok(head) => head,
        Err(error) => return refuse(&error),
    };
    let name = format!("attachment; filename=\"audit-{}-{}.jsonl\"", head.slug, head.seq);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A slug and a number: ASCII.
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment")));
    (headers, Body::from_stream(file(store, member, head))).into_response()
}

async fn head(store: &Store, member: &Member) -> Result<Head, StoreError> {
    let mut tx = store.tenant::<ReadAudit>(member).await?;
    let head = tx.audit_head().await?;
    tx.commit().await?;
    Ok(head)
}

/// The next thing to send.
enum Next {
    Head,
    /// The events after this one.
    After(i64),
}

fn file(store: Store, member: Member, head: Head) -> impl Stream<Item = Result<String, StoreError>> + Send {
    stream::try_unfold((store, member, head, Next::Head), |(store, member, head, next)| async move {
        let after = match next {
            Next::Head => {
                let line = line(&head);
                return Ok(Some((line, (store, member, head, Next::After(0)))));
            }
            Next::After(seq) if seq >= head.seq => return Ok(None),
            Next::After(seq) => seq,
        };
        let mut tx = store.tenant::<ReadAudit>(&member).await?;
        let links = tx.list_links(after, head.seq, AT_ONCE).await?;
        tx.commit().await?;
        // Events that are missing end the file early: whoever verifies it sees where.
        let Some(last) = links.last().map(|link| link.seq) else { return Ok(None) };
        let text: String = links.iter().map(line).collect();
        Ok(Some((text, (store, member, head, Next::After(last)))))
    })
}

fn line(value: &impl serde::Serialize) -> String {
    let mut line = serde_json::to_string(value).expect("texts and numbers have a JSON form");
    line.push('\n');
    line
}
