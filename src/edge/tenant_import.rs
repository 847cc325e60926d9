//! An archive from the form of the console's import page becomes a tenant. It streams to a file of the server's own, see [`super::spool`];
//! whoever sends it has given their password within a quarter of an hour, since it gives people accounts and memberships.

pub(in crate::edge) mod bring;

use std::sync::Arc;

use axum::Router;
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Multipart, Request, State};
use axum::response::Response;
use axum::routing::post;
use tower_sessions::Session;

use self::bring::{Refused, bring};
use super::router::AppState;
use super::spool::{NotSpooled, Spool, Spooled, away};
use super::upload::{Form, broken, content, drain};
use crate::domain::slug::Slug;
use crate::domain::staff::MoveTenants;
use crate::domain::{FieldError, quantity};
use crate::store::Store;
use crate::store::access::{PlatformAdmin, signed_in};
use crate::web::error::Kind;
use crate::web::request::fresh_admin_of;
use crate::web::{RequestInfo, UiError};

const PAGE: &str = "/admin/tenants/import";
/// By this name the page finds its upload's errors, see `features/moving/import.rs`.
const UPLOAD: &str = "moving/import";
/// More parts than the form has fields.
const MOST_PARTS: usize = 64;
/// More bytes than a slug or a plan's key has.
const MOST_TEXT: usize = 1_024;

pub fn routes(state: AppState) -> Router {
    // Bytes are counted as they come.
    Router::new().route(PAGE, post(upload)).layer(DefaultBodyLimit::disable()).with_state(state)
}

async fn upload(State(state): State<AppState>, session: Session, Extension(info): Extension<RequestInfo>, request: Request) -> Response {
    let form = Form::of_console(request.headers(), PAGE, UPLOAD);
    let store = &state.context.store;
    let done = match may(store, &session, &info).await {
        Ok(admin) => receive(store, &admin, &state.spool, request).await,
        Err(refused) => {
            // Of all who are refused, these have a file on its way that they may send a moment later.
            if refused.kind == Kind::Confirm {
                drain(&mut request.into_body().into_data_stream()).await;
            }
            Err(refused)
        }
    };
    form.lead(done.map(|slug| format!("/admin/tenants/{slug}?done=imported")))
}

/// The right to import at all comes first: what is wrong with an archive is nobody else's matter.
async fn may(store: &Store, session: &Session, info: &RequestInfo) -> Result<PlatformAdmin, UiError> {
    let admin = fresh_admin_of::<MoveTenants>(signed_in(session, &info.origin).await?)?;
    store.platform::<MoveTenants>(&admin).await?.commit().await?;
    Ok(admin)
}

async fn receive(store: &Store, admin: &PlatformAdmin, spool: &Spool, request: Request) -> Result<Slug, UiError> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let mut sent = Sent::default();
    let read = sent.read(&mut form, spool).await;
    let (slug, plan) = (sent.slug.clone(), sent.plan.clone());
    let done = match read {
        Ok(()) => sent.bring(store, admin).await,
        Err(broken) => Err(broken),
    };
    done.map_err(|error| error.with_typed(&[("slug", &slug), ("plan", &plan)]))
}

/// What the form brought.
#[derive(Default)]
struct Sent {
    archive: Option<Result<Spooled, NotSpooled>>,
    slug: String,
    plan: String,
}

impl Sent {
    /// All of it, also behind an archive that is refused: what was typed is to come back.
    async fn read(&mut self, form: &mut Multipart, spool: &Spool) -> Result<(), UiError> {
        for _ in 0..MOST_PARTS {
            let Some(mut field) = form.next_field().await.map_err(|_| broken())? else { return Ok(()) };
            match field.name().unwrap_or_default() {
                "slug" => self.slug = text(&mut field).await?,
                "plan" => self.plan = text(&mut field).await?,
                // A file field that nothing was chosen for comes without a name.
                "archive" if self.archive.is_none() && field.file_name().is_some_and(|name| !name.is_empty()) => {
                    let taken = spool.take(&mut field).await;
                    let all = taken.is_ok() || drain(&mut field).await;
                    self.archive = Some(taken);
                    if !all {
                        return Ok(());
                    }
                }
                _ => {
                    if !drain(&mut field).await {
                        return Err(broken());
                    }
                }
            }
        }
        Err(broken())
    }

    async fn bring(self, store: &Store, admin: &PlatformAdmin) -> Result<Slug, UiError> {
        let (slug, plan) = (self.slug.trim(), self.plan.trim());
        let mut wrong = UiError::invalid(Vec::new());
        let slug = match slug {
            "" => None,
            slug => slug.parse::<Slug>().map_err(|error| wrong.fields.push(FieldError::new("slug", error))).ok(),
        };
        let archive = match self.archive {
            Some(Ok(archive)) => Some(archive),
            Some(Err(NotSpooled::TooLarge(most))) => {
                wrong.kind = Kind::TooLarge;
                wrong.fields.push(FieldError::new("archive", too_large(most)));
                None
            }
            Some(Err(NotSpooled::BrokenOff)) => return Err(broken()),
            Some(Err(NotSpooled::Unwritten(error))) => return Err(away(error).into()),
            None => {
                wrong.fields.push(FieldError::new("archive", "Choose an archive."));
                None
            }
        };
        let Some(archive) = archive.filter(|_| wrong.fields.is_empty()) else { return Err(wrong) };
        match bring(store, admin, Arc::new(archive), slug, Some(plan).filter(|plan| !plan.is_empty())).await {
            Ok(imported) => Ok(imported.slug),
            // The first click of two has done it; the second is shown the same tenant.
            Err(Refused::Taken { slug, same: true }) => Ok(slug),
            Err(Refused::Taken { slug, same: false }) => {
                let message = format!("“{slug}” is taken. Choose another. Nothing was imported.");
                Err(UiError { kind: Kind::Conflict, ..UiError::field("slug", message) })
            }
            Err(Refused::Invalid(field)) => Err(UiError::invalid(vec![field])),
            Err(Refused::Store(error)) => Err(error.into()),
        }
    }
}

pub(in crate::edge) fn too_large(most: u64) -> String {
    let most = quantity::short(i64::try_from(most).unwrap_or(i64::MAX), quantity::Unit::Bytes);
    format!("At most {most} come in over the network. `tenantry tenant import` takes larger ones.")
}

async fn text(field: &mut Field<'_>) -> Result<String, UiError> {
    let content = content(field, MOST_TEXT).await?;
    if content.len() > MOST_TEXT {
        return Err(broken());
    }
    Ok(String::from_utf8_lossy(&content).into_owned())
}
