//! `/admin/mail/{mail}/html`: a mail as it looks, for the frame on its page. It runs nothing, loads nothing, and is nobody's but an admin's.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use tower_sessions::Session;

use super::download::{self, refuse};
use super::router::AppState;
use crate::domain::ids::JobId;
use crate::domain::staff::ManageJobs;
use crate::store::StoreError;
use crate::web::RequestInfo;

/// Inline styles are how mail is made. Its links open in a new tab, which has the rights of any other.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; \
     sandbox allow-popups allow-popups-to-escape-sandbox",
);

pub async fn show(State(state): State<AppState>, session: Session, info: Extension<RequestInfo>, Path(mail): Path<String>) -> Response {
    let me = match download::me(&session, &info, &format!("/admin/mail/{mail}/html")).await {
        Ok(me) => me,
        Err(refused) => return refused,
    };
    let (Some(admin), Ok(id)) = (me.platform_admin(), mail.parse().map(JobId)) else { return refuse(&StoreError::NotFound) };
    let context = &state.context;
    let found = async { context.store.platform_read_for::<ManageJobs>(&admin).await?.get_mail(id).await };
    match found.await {
        Ok(mail) => {
            let written = context.store.write_out(
                &mail.letter,
                &mail.brand,
                &context.site.base_url,
                mail.home.as_ref(),
                mail.shows_secrets(me.staff()),
            );
            let headers: [(HeaderName, HeaderValue); 2] =
                [(header::CONTENT_SECURITY_POLICY, POLICY), (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"))];
            (headers, Html(written.html)).into_response()
        }
        Err(error) => refuse(&error),
    }
}
