//! Knowledge documents as bytes: uploads from the page's form, downloads. Both stream: a document is never in memory as a whole.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Multipart, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use tower_sessions::Session;
use uuid::Uuid;

use super::pages::{answer_with, not_found};
use super::router::AppState;
use super::upload::{Form, broken, content, drain, member};
use crate::domain::FieldError;
use crate::domain::capability::ViewTenant;
use crate::domain::document::{FileName, FileNameError, attachment, content_type};
use crate::domain::ids::DocumentId;
use crate::store::access::{Evidence, Member};
use crate::store::documents::DocumentRow;
use crate::store::files::FileStream;
use crate::store::uploads::{Upload, UploadHasher};
use crate::store::{Store, StoreError};
use crate::web::error::Kind;
use crate::web::{RequestInfo, UiError};

/// By this name the page finds its upload's errors, see `features/knowledge/pages.rs`.
const UPLOAD: &str = "knowledge/upload";

pub fn routes(state: AppState) -> Router {
    Router::new()
        .route("/t/{slug}/knowledge", post(upload))
        .route("/t/{slug}/knowledge/{document}", get(download))
        // Bytes are counted as they come.
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

async fn upload(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
    request: Request,
) -> Response {
    let form = Form::of(request.headers(), &info, &slug, "/knowledge", UPLOAD);
    let done = match member(&session, &info, &slug).await {
        Ok((_, _, member)) => receive(&state.context.store, &member, Multipart::from_request(request, &()).await).await,
        Err(refused) => Err(refused),
    };
    form.answer(done.map(|_| "?done=uploaded".to_owned()))
}

async fn receive(store: &Store, member: &Member, form: Result<Multipart, MultipartRejection>) -> Result<DocumentRow, UiError> {
    let mut form = form.map_err(|_| broken())?;
    let mut request = None;
    let field = loop {
        match form.next_field().await.map_err(|_| broken())? {
            Some(field) if field.name() == Some("document") => break field,
            // It stands before the file.
            Some(mut field) if field.name() == Some("request") => request = read_id(&mut field).await?,
            Some(_) => {}
            None => return Err(UiError::field("document", FileNameError::Empty)),
        }
    };
    let name = field.file_name().unwrap_or_default().to_owned();
    let kind = content_type(field.content_type());
    let mut hasher = request.map(|request| UploadHasher::new(request, &name));
    let mut bytes = field.inspect_ok(|bytes| {
        if let Some(hasher) = &mut hasher {
            hasher.add(bytes);
        }
    });
    let poured = receive_bytes(store, member, &name, &mut bytes).await;
    if poured.is_err() {
        drain(&mut bytes).await;
    }
    let hash = hasher.map(UploadHasher::finish);
    let kept = match poured {
        Ok((upload, name)) => upload.finish(member, &name, &kind, hash).await.map_err(UiError::from),
        Err(error) => Err(error),
    };
    match (kept, hash) {
        // Refused for what its own first click did, such as taking the last room.
        (Err(error), Some(hash)) => Ok(store.find_uploaded(member, hash).await.ok().flatten().ok_or(error)?),
        (kept, _) => kept,
    }
}

/// The id in a field; nothing when something else stands there, however long it is.
async fn read_id(field: &mut Field<'_>) -> Result<Option<Uuid>, UiError> {
    let text = content(field, 64).await?;
    Ok(std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()))
}

/// All of a document, not kept yet; its right and its name are looked at before the first byte.
async fn receive_bytes<E>(
    store: &Store,
    member: &Member,
    name: &str,
    bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<(Upload, FileName), UiError> {
    let mut upload = store.begin_upload(member).await?;
    let poured = match name.parse::<FileName>() {
        Ok(name) => pour(&mut upload, member, bytes).await.map_err(refusal).map(|()| name),
        // After the right to upload at all: it is nobody else's matter.
        Err(wrong) => Err(UiError::invalid(vec![FieldError::new("document", wrong)])),
    };
    match poured {
        Ok(name) => Ok((upload, name)),
        Err(error) => {
            upload.abort().await;
            Err(error)
        }
    }
}

/// Why an upload did not come to its end.
pub(super) enum Interrupted {
    Refused(StoreError),
    BrokenOff,
}

/// All bytes, as they come.
pub(super) async fn pour<E>(
    upload: &mut Upload,
    who: &impl Evidence,
    bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<(), Interrupted> {
    while let Some(bytes) = bytes.next().await {
        let bytes = bytes.map_err(|_| Interrupted::BrokenOff)?;
        upload.write(who, &bytes).await.map_err(Interrupted::Refused)?;
    }
    Ok(())
}

fn refusal(interrupted: Interrupted) -> UiError {
    match interrupted {
        Interrupted::BrokenOff => broken(),
        Interrupted::Refused(error @ StoreError::TooLarge(_)) => {
            let mut refusal = UiError::from(error);
            refusal.fields = vec![FieldError::new("document", &refusal.message)];
            refusal
        }
        Interrupted::Refused(error) => error.into(),
    }
}

/// The document to keep, never to show: whatever it holds, no browser runs it at this host.
async fn download(
    State(state): State<AppState>,
    Path((slug, document)): Path<(String, String)>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
    request: Request,
) -> Response {
    match find(&state.context.store, &session, &info, &slug, &document).await {
        Ok((document, bytes)) => serve(&document, bytes),
        Err(refused) => {
            // The page that lists documents refuses for the same reasons, and says them to people.
            let mut response = match refused.kind {
                Kind::NotFound => not_found(State(state), request).await,
                _ => answer_with(state, "/t/{slug}/knowledge", &[("slug", &slug)], request).await,
            };
            // What only this request met, such as a file store that is away, the list knows nothing of.
            if response.status() == StatusCode::OK {
                *response.status_mut() = refused.kind.status();
            }
            response
        }
    }
}

async fn find(
    store: &Store,
    session: &Session,
    info: &RequestInfo,
    slug: &str,
    document: &str,
) -> Result<(DocumentRow, FileStream), UiError> {
    let (_, _, member) = member(session, info, slug).await?;
    let document = DocumentId(document.parse().unwrap_or_default());
    Ok(store.open_document::<ViewTenant>(&member, document).await?)
}

pub(super) fn serve(document: &DocumentRow, bytes: FileStream) -> Response {
    let mut response = Body::from_stream(bytes).into_response();
    let headers = response.headers_mut();
    let name = document.name.parse::<FileName>().map_or_else(|_| "attachment".to_owned(), |name| attachment(&name));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment")));
    let kind = HeaderValue::try_from(&document.content_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(document.size_bytes));
    response
}
