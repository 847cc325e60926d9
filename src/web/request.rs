//! The request as features see it: the stores behind it, the host it came to, the person who sent it.

use std::sync::Arc;

use axum::http::Method;
use axum::http::request::Parts;
use leptos::prelude::{LeptosOptions, expect_context, provide_context};
use tower_sessions::Session;
use url::Url;

use super::auth_rate::{CheckRate, SignInRate};
use super::error::UiError;
use super::page::PageError;
use crate::dns::Dns;
use crate::domain::slug::Slug;
use crate::store::access::{Member, Origin, PlatformAdmin, ROTATE, SignedIn, signed_in};
use crate::store::mail::at_host;
use crate::store::passwords::Passwords;
use crate::store::{Store, StoreError};
use crate::ui::time::ViewerZone;

/// What lives as long as the server. Cheap to clone: every request does so many times.
#[derive(Clone)]
pub struct Context(Arc<Services>);

impl std::ops::Deref for Context {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

impl From<Services> for Context {
    fn from(services: Services) -> Self {
        Self(Arc::new(services))
    }
}

pub struct Services {
    pub store: Store,
    pub dns: Dns,
    pub passwords: Passwords,
    pub site: Site,
    pub options: LeptosOptions,
    /// Address of the style sheet.
    pub stylesheet: String,
}

/// The installation's own facts.
pub struct Site {
    pub base_url: Url,
    pub support_email: String,
    pub sign_in_rate: SignInRate,
    /// How often one address may sign up, or ask for a slug.
    pub sign_up_rate: SignInRate,
    /// Whether anybody may sign up.
    pub sign_up_open: bool,
    /// Whether a mail server is configured.
    pub sends_mail: bool,
    pub domain_checks: CheckRate,
}

impl Context {
    /// The server's context, of a page or a server function.
    pub fn get() -> Self {
        expect_context()
    }

    /// Where links that a tenant's people hand on begin: its primary domain, as this server knows it, else the platform's own host.
    pub fn link_base(&self, slug: &Slug) -> String {
        let base = &self.site.base_url;
        match self.store.routes().primary_of(slug) {
            Some(host) => at_host(base, host),
            None => base.as_str().trim_end_matches('/').to_owned(),
        }
    }
}

/// What the edge found out about a request before it was routed.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    pub origin: Origin,
    /// The tenant whose own host this is, `{slug}.<platform host>` or a custom domain; of the former nothing says that it exists.
    pub portal: Option<Slug>,
}

impl RequestInfo {
    pub fn get() -> Self {
        expect_context::<Parts>().extensions.get::<RequestInfo>().cloned().expect("the edge puts it into every request")
    }

    /// What stands before a portal page's path: nothing at the tenant's own host.
    pub fn portal_base(&self, slug: &Slug) -> String {
        if self.portal.as_ref() == Some(slug) { String::new() } else { format!("/t/{slug}") }
    }
}

/// This request's path and query as the browser sent it.
pub fn path_and_query() -> String {
    let parts = expect_context::<Parts>();
    let shown = parts.extensions.get::<ShownPath>().map(|shown| shown.0.clone());
    shown.unwrap_or_else(|| parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string))
}

/// The path before the edge rewrote it for a tenant's own host.
#[derive(Debug, Clone)]
pub struct ShownPath(pub String);

/// A parameter of the query, decoded.
pub fn query(key: &str) -> Option<String> {
    let parts = expect_context::<Parts>();
    let query = parts.uri.query()?;
    url::form_urlencoded::parse(query.as_bytes()).find(|(k, _)| k == key).map(|(_, value)| value.into_owned())
}

pub fn session() -> Session {
    expect_context::<Parts>().extensions.get::<Session>().cloned().expect("the session layer wraps every route")
}

/// The person who is signed in, if any. From here on the page's times are those of their zone.
pub async fn find_me() -> Result<Option<SignedIn>, StoreError> {
    let (session, info) = (session(), RequestInfo::get());
    let me = signed_in(&session, &info.origin).await?;
    // With a page only: what a form brings is not to be lost to a session that was renewed a moment before.
    if me.is_some() && expect_context::<Parts>().method == Method::GET && session.get::<bool>(ROTATE).await.ok().flatten() == Some(true) {
        Context::get().store.renew_session(&session).await?;
    }
    if let Some(zone) = me.as_ref().and_then(SignedIn::zone) {
        provide_context(ViewerZone(zone));
    }
    Ok(me)
}

/// # Errors
/// `SignIn` when nobody is signed in.
pub async fn me() -> Result<SignedIn, PageError> {
    let next = path_and_query();
    find_me().await?.ok_or(PageError::SignIn { next })
}

/// # Errors
/// `SignIn` when nobody is signed in, `NotFound` for everybody else than platform admins: they need not know of the console.
pub async fn admin() -> Result<(SignedIn, PlatformAdmin), PageError> {
    let me = me().await?;
    let admin = me.platform_admin().ok_or(PageError::NotFound)?;
    Ok((me, admin))
}

/// A platform admin who calls a function: for everybody else the console's functions do not exist.
///
/// # Errors
/// `SignedOut`, `NotFound`.
pub async fn acting_admin() -> Result<PlatformAdmin, UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    me.platform_admin().ok_or_else(UiError::not_found)
}

/// A member who calls a function for their tenant.
///
/// # Errors
/// As [`member_of`].
pub async fn acting_member(tenant: &str) -> Result<(SignedIn, Slug, Member), UiError> {
    member_of(find_me().await?, tenant)
}

/// # Errors
/// `SignedOut`; `NotFound` alike for a tenant of others and for none at all.
pub fn member_of(me: Option<SignedIn>, tenant: &str) -> Result<(SignedIn, Slug, Member), UiError> {
    let me = me.ok_or_else(UiError::signed_out)?;
    let slug: Slug = tenant.parse().map_err(|_| UiError::not_found())?;
    let member = me.member(&slug).ok_or_else(UiError::not_found)?;
    Ok((me, slug, member))
}

/// # Errors
/// `SignIn`; `NotFound` alike for a tenant of others and for none at all.
pub async fn member(slug: &str) -> Result<(SignedIn, Member), PageError> {
    let me = me().await?;
    let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
    let member = me.member(&slug).ok_or(PageError::NotFound)?;
    Ok((me, member))
}

/// The person's choice of light or dark for this browser; `None` is the system's.
pub fn theme() -> Option<&'static str> {
    let parts = leptos::prelude::use_context::<Parts>()?;
    let cookies = parts.headers.get_all(axum::http::header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    cookies.flat_map(|cookie| cookie.split(';')).find_map(|pair| match pair.trim() {
        "theme=light" => Some("light"),
        "theme=dark" => Some("dark"),
        _ => None,
    })
}
