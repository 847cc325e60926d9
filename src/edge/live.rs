//! `/t/{slug}/live`: a tenant's quota bars while its pages are open. With `Accept: text/event-stream`, as browsers ask for events, they come
//! at once and again whenever they look different; to everybody else once. `?bars=main` are those of the dashboard, `?bars=agents` and the like the one of that page, else all.
//!
//! A stream ends after a minute, and the browser begins the next one: who is signed in is asked anew each minute, membership and the
//! tenant's state with every look.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower_sessions::Session;

use super::download;
use super::router::AppState;
use crate::domain::capability::ViewTenant;
use crate::domain::slug::Slug;
use crate::store::access::Looker;
use crate::store::{Store, StoreError};
use crate::web::RequestInfo;
use crate::web::request::ShownPath;
use crate::web::standing::{Bars, bars};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// Looks of one stream.
const LOOKS: u32 = 30;
/// Streams of one server; whoever comes then has a page that stays as it is.
const MOST: usize = 1_000;

#[derive(serde::Deserialize)]
pub struct Asked {
    bars: Option<String>,
}

/// What streams share.
#[derive(Clone)]
pub(super) struct Streams {
    places: Arc<Semaphore>,
    stopping: Option<watch::Receiver<bool>>,
}

impl Default for Streams {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(MOST)), stopping: None }
    }
}

impl Streams {
    /// They end when this becomes true.
    pub fn until(&mut self, stopping: watch::Receiver<bool>) {
        self.stopping = Some(stopping);
    }
}

pub async fn show(
    State(state): State<AppState>,
    session: Session,
    info: Extension<RequestInfo>,
    shown: Option<Extension<ShownPath>>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let here = shown.map_or_else(|| format!("/t/{slug}/live"), |Extension(ShownPath(path))| path);
    let me = match download::me(&session, &info, &here).await {
        Ok(me) => me,
        Err(refused) => return refused,
    };
    let Some(looker) = slug.parse::<Slug>().ok().and_then(|slug| me.looker(&slug)) else {
        return download::refuse(&StoreError::NotFound);
    };
    let which = Bars::asked(asked.bars.as_deref());
    let mut look = Look { store: state.context.store.clone(), looker, which, shown: String::new(), left: LOOKS, place: None };
    let first = match look.now().await {
        Ok(first) => first,
        Err(error) => return download::refuse(&error),
    };
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    if !headers.get_all(header::ACCEPT).iter().any(|accept| accept.as_bytes().starts_with(b"text/event-stream")) {
        return (no_store, Html(first)).into_response();
    }
    let Ok(place) = state.streams.places.clone().try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "60")], "Too many pages listen right now.\n").into_response();
    };
    look.place = Some(place);
    let events = stream::unfold((look, state.streams.stopping), |(mut look, mut stopping)| async move {
        let bars = look.next(stopping.as_mut()).await?;
        Some((Ok::<_, std::convert::Infallible>(Event::default().event("bars").data(bars)), (look, stopping)))
    });
    (no_store, Sse::new(events).keep_alive(KeepAlive::default())).into_response()
}

struct Look {
    store: Store,
    looker: Looker,
    which: Bars,
    /// What the browser has.
    shown: String,
    left: u32,
    /// Given back when the stream ends.
    place: Option<OwnedSemaphorePermit>,
}

impl Look {
    async fn now(&self) -> Result<String, StoreError> {
        let mut tx = self.store.look::<ViewTenant>(&self.looker).await?;
        let standing = tx.standing().await?;
        tx.commit().await?;
        Ok(bars(&standing, self.which).into_string())
    }

    /// The bars when they next look different; `None` ends the stream: it was long enough, the server stops, or there is nothing to see
    /// any more, which the next request is told.
    async fn next(&mut self, mut stopping: Option<&mut watch::Receiver<bool>>) -> Option<String> {
        while self.left > 0 {
            self.left -= 1;
            if !self.shown.is_empty() {
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    () = stopped(stopping.as_deref_mut()) => return None,
                }
            }
            let bars = self.now().await.ok()?;
            if bars != self.shown {
                self.shown.clone_from(&bars);
                return Some(bars);
            }
        }
        None
    }
}

async fn stopped(stopping: Option<&mut watch::Receiver<bool>>) {
    match stopping {
        // An error means that nobody can ask to stop any more, which is as good as asking.
        Some(stopping) => drop(stopping.wait_for(|stop| *stop).await),
        None => std::future::pending().await,
    }
}
