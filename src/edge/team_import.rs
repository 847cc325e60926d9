//! CSV files of people, from the form of the team's import page. A file is small and read as a whole; what is in it, the page says that this
//! leads to.

use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Multipart, Path, Request, State};
use axum::response::Response;
use axum::routing::post;
use tower_sessions::Session;

use super::router::AppState;
use super::upload::{Form, broken, content, member};
use crate::domain::capability::ManageTeam;
use crate::domain::document::FileName;
use crate::domain::ids::ImportId;
use crate::domain::roster::{MAX_BYTES, Roster, RosterError};
use crate::store::Store;
use crate::store::access::Member;
use crate::web::{RequestInfo, UiError};

/// By this name the page finds its upload's errors, see `features/team/import.rs`.
const UPLOAD: &str = "team/upload";

pub fn routes(state: AppState) -> Router {
    // Bytes are counted as they come.
    Router::new().route("/t/{slug}/team/import", post(upload)).layer(DefaultBodyLimit::disable()).with_state(state)
}

async fn upload(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
    request: Request,
) -> Response {
    let form = Form::of(request.headers(), &info, &slug, "/team/import", UPLOAD);
    let kept = match member(&session, &info, &slug).await {
        Ok((_, _, member)) => receive(&state.context.store, &member, Multipart::from_request(request, &()).await).await,
        Err(refused) => Err(refused),
    };
    form.answer(kept.map(|import| format!("/{import}")))
}

async fn receive(store: &Store, member: &Member, form: Result<Multipart, MultipartRejection>) -> Result<ImportId, UiError> {
    // The right to import at all comes first: what is wrong with a file is nobody else's matter.
    store.tenant::<ManageTeam>(member).await?.commit().await?;
    let mut form = form.map_err(|_| broken())?;
    let mut field = loop {
        match form.next_field().await.map_err(|_| broken())? {
            Some(field) if field.name() == Some("file") => break field,
            Some(_) => {}
            None => return Err(UiError::field("file", "Choose a file.")),
        }
    };
    let name = field.file_name().unwrap_or_default().parse::<FileName>().map_err(|wrong| UiError::field("file", wrong));
    let content = content(&mut field, MAX_BYTES).await?;
    if content.len() > MAX_BYTES {
        return Err(UiError::field("file", RosterError::TooLarge));
    }
    let name = name?;
    Roster::read(&content).map_err(|wrong| UiError::field("file", wrong))?;
    let mut tx = store.tenant::<ManageTeam>(member).await?;
    let import = tx.keep_import(&name, &content).await?;
    tx.commit().await?;
    Ok(import)
}
