//! The routes of a branding that are no pages: its form, which brings images; images, CSS and mails as they look.
//!
//! A form that fails is answered with its page and not with a way back to it: what was typed is too long for an address.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Multipart, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tower_sessions::Session;

use super::branding_form::{Sent, read};
use super::download::{self, refuse};
use super::pages::answer_with;
use super::router::AppState;
use super::upload::{broken, member, wants_page};
use crate::domain::FieldError;
use crate::domain::branding::form::apply;
use crate::domain::branding::{Branding, ImageKind};
use crate::domain::capability::{ManageBranding, ViewTenant};
use crate::domain::mail::{Brand, Letter, TemplateKind};
use crate::domain::picture::Picture;
use crate::domain::slug::Slug;
use crate::domain::stylesheet;
use crate::store::access::{Member, TenantHead};
use crate::store::{Store, StoreError};
use crate::web::draft::{SAVE, Unsaved};
use crate::web::error::Kind;
use crate::web::form::Failed;
use crate::web::{RequestInfo, UiError};

/// A mail as it looks: it runs nothing, loads nothing, leads nowhere.
const MAIL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox",
);

pub fn routes(state: AppState) -> Router {
    Router::new()
        .route("/t/{slug}/branding", post(save))
        .route("/t/{slug}/branding/preview", post(preview))
        .route("/t/{slug}/branding/image/{image}/image.png", get(image))
        .route("/t/{slug}/branding/css/{version}/portal.css", get(css))
        .route("/t/{slug}/branding/mail/{kind}/mail.html", get(mail))
        // Bytes are counted as they come.
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

async fn save(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
    request: Request,
) -> Response {
    let wants_page = wants_page(request.headers());
    let (parts, body) = request.into_parts();
    let form = Multipart::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let kept = match member(&session, &info, &slug).await {
        Ok((_, slug, member)) => receive(&state.context.store, &member, form).await.map(|()| slug),
        Err(refused) => Err(refused),
    };
    match kept {
        Ok(slug) if wants_page => Redirect::to(&format!("{}/branding?done=saved", info.portal_base(&slug))).into_response(),
        Ok(_) => StatusCode::OK.into_response(),
        Err(error) if wants_page => {
            let status = error.kind.status();
            let failed = Failed { action: SAVE, error };
            let mut response = page_of(state, parts, "/t/{slug}/branding", &[("slug", &slug)], failed).await;
            // Where the page itself is refused (signed out, not for this role), its own answer stands.
            if response.status() == StatusCode::OK {
                *response.status_mut() = status;
            }
            response
        }
        Err(error) => (error.kind.status(), Json(error)).into_response(),
    }
}

/// A page as the answer to a form, with something for it that no address could carry.
async fn page_of<T: Clone + Send + Sync + 'static>(
    state: AppState,
    mut parts: Parts,
    page: &str,
    params: &[(&str, &str)],
    with: T,
) -> Response {
    parts.method = Method::GET;
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    parts.extensions.insert(with);
    answer_with(state, page, params, Request::from_parts(parts, Body::empty())).await
}

async fn receive(store: &Store, member: &Member, form: Result<Multipart, MultipartRejection>) -> Result<(), UiError> {
    // The right to change it at all comes first: what is wrong with a form is nobody else's matter.
    store.tenant::<ManageBranding>(member).await?.commit().await?;
    let mut sent = read(&mut form.map_err(|_| broken())?).await?;
    let read = sent.pictures().await;
    let kept = keep(store, member, &sent, read).await;
    kept.map_err(|mut error| {
        error.typed =
            sent.texts.into_iter().chain(sent.removed.iter().map(|kind| (format!("remove_{}", kind.key()), "on".to_owned()))).collect();
        error
    })
}

type Pictures = BTreeMap<ImageKind, Picture>;
type Wrong = (Kind, Vec<FieldError>);

async fn keep(store: &Store, member: &Member, sent: &Sent, pictures: Result<Pictures, Wrong>) -> Result<(), UiError> {
    let mut tx = store.tenant::<ManageBranding>(member).await?;
    let sheet = tx.lock_branding(sent.revision).await?;
    let (mut draft, mut wrong) = apply(&sent.texts, &sheet.draft);
    let mut kind = Kind::Invalid;
    let pictures = match pictures {
        Ok(pictures) => pictures,
        Err((images, errors)) => {
            kind = images;
            wrong.extend(errors);
            Pictures::new()
        }
    };
    if !wrong.is_empty() {
        let mut error = UiError::invalid(wrong);
        error.kind = kind;
        return Err(error);
    }
    for kind in &sent.removed {
        draft.look.set_image(*kind, None);
    }
    for (kind, picture) in &pictures {
        let image = tx.keep_brand_image(picture).await?;
        draft.look.set_image(*kind, Some(image));
    }
    tx.keep_draft(&sheet, &draft).await?;
    Ok(tx.commit().await?)
}

/// What the form would look like, for the frame beside it. Keeps nothing.
async fn preview(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
    request: Request,
) -> Response {
    let wants_page = wants_page(request.headers());
    let (parts, body) = request.into_parts();
    let form = Multipart::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let drawn = async {
        let (_, slug, member) = member(&session, &info, &slug).await?;
        let mut tx = state.context.store.tenant::<ManageBranding>(&member).await?;
        let (sheet, head) = (tx.branding().await?, tx.tenant().clone());
        tx.commit().await?;
        let sent = read(&mut form.map_err(|_| broken())?).await?;
        let (mut branding, wrong) = apply(&sent.texts, &sheet.draft);
        for kind in &sent.removed {
            branding.look.set_image(*kind, None);
        }
        Ok::<_, UiError>((slug, head, sent, Unsaved { branding, left_out: wrong.len() }))
    };
    let (slug, head, sent, unsaved) = match drawn.await {
        Ok(drawn) => drawn,
        Err(error) if wants_page => return (error.kind.status(), error.message).into_response(),
        Err(error) => return (error.kind.status(), Json(error)).into_response(),
    };
    match TemplateKind::ALL.into_iter().find(|kind| kind.key() == sent.show) {
        Some(kind) => mail_page(&state, &head, &unsaved.branding, kind),
        None => {
            let part = if sent.show == "sign-in" { "sign-in" } else { "portal" };
            page_of(state, parts, "/t/{slug}/branding/preview/{part}", &[("slug", slug.as_str()), ("part", part)], unsaved).await
        }
    }
}

fn mail_page(state: &AppState, head: &TenantHead, branding: &Branding, kind: TemplateKind) -> Response {
    let look = &branding.look;
    let brand = Brand {
        name: look.name.clone().unwrap_or_else(|| head.name.clone()),
        accent: look.accent.clone().unwrap_or_else(|| head.accent.clone()),
        templates: branding.mails.clone(),
    };
    let letter = Letter::sample(kind, &head.name, head.slug.as_str(), head.now);
    let link = format!("{}/…", state.context.site.base_url.as_str().trim_end_matches('/'));
    let headers: [(HeaderName, HeaderValue); 2] =
        [(header::CONTENT_SECURITY_POLICY, MAIL_POLICY), (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"))];
    (headers, Html(letter.write(&brand, Some(&link)).html)).into_response()
}

/// A mail of the draft as it was saved.
async fn mail(
    State(state): State<AppState>,
    Path((slug, kind)): Path<(String, String)>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
) -> Response {
    let here = format!("/t/{slug}/branding");
    let found = async {
        let kind = TemplateKind::ALL.into_iter().find(|known| known.key() == kind);
        let member = visitor(&session, &info, &slug, &here).await?;
        let mut tx = state.context.store.tenant::<ManageBranding>(&member).await.map_err(|error| refuse(&error))?;
        let drawn = async {
            let (draft, head) = (tx.branding().await?.draft, tx.tenant().clone());
            tx.commit().await?;
            Ok((draft, head, kind.ok_or(StoreError::NotFound)?))
        };
        drawn.await.map_err(|error| refuse(&error))
    };
    match found.await {
        Ok((draft, head, kind)) => mail_page(&state, &head, &draft, kind),
        Err(refused) => refused,
    }
}

/// Whoever asks for a file of this tenant, as a member.
async fn visitor(session: &Session, info: &RequestInfo, slug: &str, here: &str) -> Result<Member, Response> {
    let me = download::me(session, info, here).await?;
    slug.parse::<Slug>().ok().and_then(|slug| me.member(&slug)).ok_or_else(|| refuse(&StoreError::NotFound))
}

/// An image of the look in use is everybody's; one of a draft or of an earlier version is for those who may change the branding.
async fn image(
    State(state): State<AppState>,
    Path((slug, image)): Path<(String, String)>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
) -> Response {
    let store = &state.context.store;
    let id = image.parse().unwrap_or_default();
    let shown = async {
        let Ok(slug) = slug.parse::<Slug>() else { return Ok(None) };
        let mut tx = store.public().await?;
        let found = tx.find_brand_image(&slug, id).await?;
        tx.commit().await?;
        Ok(found)
    };
    match shown.await {
        Ok(Some(png)) => return png_response(png, "public, max-age=31536000, immutable"),
        Ok(None) => {}
        Err(error) => return refuse(&error),
    }
    let member = match visitor(&session, &info, &slug, &format!("/t/{slug}/branding")).await {
        Ok(member) => member,
        Err(refused) => return refused,
    };
    let own = async {
        let mut tx = store.tenant::<ManageBranding>(&member).await?;
        let found = tx.find_draft_image(id).await?;
        tx.commit().await?;
        found.ok_or(StoreError::NotFound)
    };
    match own.await {
        Ok(png) => png_response(png, "private, max-age=31536000, immutable"),
        Err(error) => refuse(&error),
    }
}

fn png_response(png: Vec<u8>, caching: &'static str) -> Response {
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static("image/png")), (header::CACHE_CONTROL, HeaderValue::from_static(caching))];
    (headers, png).into_response()
}

/// A version's CSS, written anew from what was understood of it.
async fn css(
    State(state): State<AppState>,
    Path((slug, version)): Path<(String, String)>,
    session: Session,
    Extension(info): Extension<RequestInfo>,
) -> Response {
    let member = match visitor(&session, &info, &slug, &format!("/t/{slug}")).await {
        Ok(member) => member,
        Err(refused) => return refused,
    };
    let found = async {
        let mut tx = state.context.store.tenant::<ViewTenant>(&member).await?;
        let found = tx.find_css(version.parse().unwrap_or_default()).await?;
        tx.commit().await?;
        found.ok_or(StoreError::NotFound)
    };
    match found.await {
        Ok(typed) => {
            // A rule that was taken once and is not any more dresses nothing.
            let sheet = stylesheet::scoped(&typed).unwrap_or_default();
            let kind = HeaderValue::from_static("text/css; charset=utf-8");
            // Not for ever: what is taken may change with the program.
            let caching = HeaderValue::from_static("private, max-age=3600");
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)], sheet).into_response()
        }
        Err(error) => refuse(&error),
    }
}
