//! What staff look for in all audit logs, as files: `/admin/audit/events.csv` and `/admin/audit/events.jsonl`, with the page's own query.
//! Streamed some hundred at a time, each time asked anew who is asking, so that no connection waits for a slow reader and who is shut out midway
//! gets no further.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, stream};
use serde_json::{Value, json};
use tower_sessions::Session;

use super::download::{me, refuse};
use super::router::AppState;
use crate::domain::audit_query::AuditQuery;
use crate::domain::csv;
use crate::domain::zone::Zone;
use crate::store::access::PlatformAdmin;
use crate::store::audit_search::{FoundEvent, FoundEvents};
use crate::store::{Store, StoreError};
use crate::web::RequestInfo;

/// Events at once: some hundred kilobytes.
const AT_ONCE: usize = 500;

type Pairs = Vec<(String, String)>;

#[derive(Debug, Clone, Copy)]
enum Form {
    Csv,
    JsonLines,
}

pub async fn as_csv(state: State<AppState>, session: Session, info: Extension<RequestInfo>, pairs: Query<Pairs>) -> Response {
    answer(&state, &session, &info, &pairs, Form::Csv).await
}

pub async fn as_json_lines(state: State<AppState>, session: Session, info: Extension<RequestInfo>, pairs: Query<Pairs>) -> Response {
    answer(&state, &session, &info, &pairs, Form::JsonLines).await
}

async fn answer(state: &AppState, session: &Session, info: &RequestInfo, pairs: &Pairs, form: Form) -> Response {
    let (extension, kind) = match form {
        Form::Csv => ("csv", "text/csv; charset=utf-8"),
        Form::JsonLines => ("jsonl", "application/jsonl; charset=utf-8"),
    };
    let me = match me(session, info, &format!("/admin/audit/events.{extension}")).await {
        Ok(me) => me,
        Err(answer) => return answer,
    };
    let Some(admin) = me.platform_admin() else { return refuse(&StoreError::NotFound) };
    let (query, _) = AuditQuery::parse(|key| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone()));
    let asker = Asker { store: state.context.store.clone(), admin, zone: me.zone().unwrap_or_default() };
    // What cannot be begun is refused with its status.
    let first = match asker.search(&query).await {
        Ok(first) => first,
        Err(error) => return refuse(&error),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let named = HeaderValue::try_from(format!("attachment; filename=\"audit-events.{extension}\""));
    headers.insert(header::CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment")));
    (headers, Body::from_stream(file(asker, query, first, form))).into_response()
}

struct Asker {
    store: Store,
    admin: PlatformAdmin,
    zone: Zone,
}

impl Asker {
    async fn search(&self, query: &AuditQuery) -> Result<FoundEvents, StoreError> {
        self.store.platform_read(&self.admin).await?.search_audit(query, self.zone, AT_ONCE).await
    }
}

fn file(asker: Asker, query: AuditQuery, first: FoundEvents, form: Form) -> impl Stream<Item = Result<String, StoreError>> + Send {
    let begin = match form {
        Form::Csv => csv::line(["at", "log", "event", "actor_kind", "actor", "name", "action", "target", "before", "after", "origin"]),
        Form::JsonLines => String::new(),
    };
    stream::try_unfold((asker, query, Some(first), begin), move |(asker, mut query, found, begin)| async move {
        let Some(found) = found else { return Ok(None) };
        let lines: String = std::iter::once(begin).chain(found.rows.iter().map(|row| line(row, form))).collect();
        let next = match found.next {
            Some(place) => {
                query.before = Some(place);
                Some(asker.search(&query).await?)
            }
            None => None,
        };
        Ok(Some((lines, (asker, query, next, String::new()))))
    })
}

fn line(found: &FoundEvent, form: Form) -> String {
    let event = &found.event;
    let log = found.tenant.as_ref().map_or("platform", |(slug, _)| slug);
    let (at, seq) = (event.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true), event.seq.to_string());
    let (before, after) = (event.before.as_deref().unwrap_or_default(), event.after.as_deref().unwrap_or_default());
    match form {
        Form::Csv => csv::line([
            at.as_str(),
            log,
            &seq,
            &event.actor_kind,
            &event.actor,
            event.name.as_deref().unwrap_or_default(),
            &event.action,
            &event.target,
            before,
            after,
            &event.origin,
        ]),
        Form::JsonLines => {
            let side = |text: &Option<String>| text.as_ref().map(|text| serde_json::from_str(text).unwrap_or(Value::from(text.as_str())));
            let line = json!({
                "at": at,
                // A tenant may be called `platform`.
                "tenant": found.tenant.as_ref().map(|(slug, _)| slug),
                "event": event.seq,
                "actor_kind": event.actor_kind,
                "actor": event.actor,
                "name": event.name,
                "action": event.action,
                "target": event.target,
                "before": side(&event.before),
                "after": side(&event.after),
                "origin": event.origin,
            });
            format!("{line}\n")
        }
    }
}
