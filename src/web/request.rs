//! The request as features see it: the stores behind it, the host it came to, the person who sent it.

use std::sync::Arc;

use axum::http::Method;
use axum::http::request::Parts;
use leptos::prelude::{LeptosOptions, expect_context, provide_context, use_context, with_context};
use leptos::server_fn::error::ServerFnUrlError;
use tower_sessions::Session;
use url::Url;

use super::auth_rate::{CheckRate, SignInRate};
use super::error::{Kind, UiError};
use super::page::{PageError, STAFF_FACTOR};
use crate::dns::Dns;
use crate::domain::listing::encode;
use crate::domain::slug::Slug;
use crate::domain::staff::{StaffCapability, StaffRole};
use crate::store::access::{Looker, Member, Origin, PlatformAdmin, ROTATE, SignedIn, signed_in};
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
        with_parts(|parts| parts.extensions.get::<RequestInfo>().cloned()).expect("the edge puts it into every request")
    }

    /// What stands before a portal page's path: nothing at the tenant's own host.
    pub fn portal_base(&self, slug: &Slug) -> String {
        if self.portal.as_ref() == Some(slug) { String::new() } else { format!("/t/{slug}") }
    }
}

/// What is asked of this request's head. Borrowed: a copy of it, with all headers, takes longer than what pages ask.
pub fn with_parts<R>(ask: impl FnOnce(&Parts) -> R) -> R {
    with_context(ask).expect("every page and function has the request as a context")
}

/// This request's path and query as the browser sent it.
pub fn path_and_query() -> String {
    with_parts(|parts| {
        let shown = parts.extensions.get::<ShownPath>().map(|shown| shown.0.clone());
        shown.unwrap_or_else(|| parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string))
    })
}

/// The path before the edge rewrote it for a tenant's own host.
#[derive(Debug, Clone)]
pub struct ShownPath(pub String);

/// The parameters of the page's path, decoded: name and value.
#[derive(Debug, Clone)]
pub struct PathParams(pub Vec<(String, String)>);

/// A parameter of the page's path; nothing where the path has none of this name.
pub fn param(name: &str) -> String {
    with_parts(|parts| {
        let params = parts.extensions.get::<PathParams>()?;
        params.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    })
    .unwrap_or_default()
}

/// A parameter of the query, decoded.
pub fn query(key: &str) -> Option<String> {
    with_parts(|parts| {
        let query = parts.uri.query()?;
        url::form_urlencoded::parse(query.as_bytes()).find(|(k, _)| k == key).map(|(_, value)| value.into_owned())
    })
}

/// All parameters of the query in their order, decoded: for who asks for many.
pub fn queries() -> Vec<(String, String)> {
    with_parts(|parts| parts.uri.query().map(|query| url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
        .unwrap_or_default()
}

pub fn session() -> Session {
    with_parts(|parts| parts.extensions.get::<Session>().cloned()).expect("the session layer wraps every route")
}

/// The person who is signed in, if any. From here on the page's times are those of their zone.
pub async fn find_me() -> Result<Option<SignedIn>, StoreError> {
    let (session, info) = (session(), RequestInfo::get());
    let me = signed_in(&session, &info.origin).await?;
    // With a page only: what a form brings is not to be lost to a session that was renewed a moment before.
    if me.is_some() && with_parts(|parts| parts.method == Method::GET) && session.get::<bool>(ROTATE).await.ok().flatten() == Some(true) {
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

/// A page of the console. From here on [`may`] knows what the person's role allows.
///
/// # Errors
/// `SignIn` when nobody is signed in, `NotFound` for everybody else than platform admins: they need not know of the console; those who owe a
/// second factor are led to set it up, and those whose form was sent back for the password, to give it.
pub async fn admin() -> Result<(SignedIn, PlatformAdmin), PageError> {
    let me = me().await?;
    let (Some(staff), Some(admin)) = (me.staff(), me.platform_admin()) else { return Err(PageError::NotFound) };
    if staff.lacks_second_factor {
        return Err(PageError::Redirect(STAFF_FACTOR.to_owned()));
    }
    if !me.is_fresh() && was_sent_back_to_confirm() {
        return Err(PageError::Redirect(format!("/admin/confirm?next={}", encode(&path_and_query()))));
    }
    provide_context(staff.role);
    Ok((me, admin))
}

/// A page of the console that is nothing but a form, or shows what not all staff may see.
///
/// # Errors
/// As [`admin`]; `Forbidden` when the role lacks `C`.
pub async fn admin_with<C: StaffCapability>() -> Result<(SignedIn, PlatformAdmin), PageError> {
    let found = admin().await?;
    if may::<C>() { Ok(found) } else { Err(PageError::Forbidden) }
}

/// Whether the member of staff who looks at this page may do this: what they cannot use is not shown to them.
pub fn may<C: StaffCapability>() -> bool {
    use_context::<StaffRole>().is_some_and(C::allows)
}

fn was_sent_back_to_confirm() -> bool {
    query("__err").is_some_and(|err| ServerFnUrlError::<UiError>::decode_err(&err).kind == Kind::Confirm)
}

/// A platform admin who calls a function: for everybody else the console's functions do not exist.
///
/// # Errors
/// `SignedOut`, `NotFound`.
pub async fn acting_admin() -> Result<PlatformAdmin, UiError> {
    let me = find_me().await?.ok_or_else(UiError::signed_out)?;
    me.platform_admin().ok_or_else(UiError::not_found)
}

/// The same for what a borrowed browser should not do: deleting, purging, restoring, staff, keys, many tenants at once. Who has not given
/// password or code within a quarter of an hour is led to do so and comes back to the form as it was.
///
/// # Errors
/// `SignedOut`, `NotFound`, `Confirm`. Whether the role allows it, the store says: before, so that nobody gives a password for nothing.
pub async fn fresh_admin<C: StaffCapability>() -> Result<PlatformAdmin, UiError> {
    fresh_admin_of::<C>(find_me().await?)
}

/// The same for routes that are no server functions.
///
/// # Errors
/// As [`fresh_admin`].
pub fn fresh_admin_of<C: StaffCapability>(me: Option<SignedIn>) -> Result<PlatformAdmin, UiError> {
    let me = me.ok_or_else(UiError::signed_out)?;
    let (Some(staff), Some(admin)) = (me.staff(), me.platform_admin()) else { return Err(UiError::not_found()) };
    if !C::allows(staff.role) {
        return Err(StoreError::Forbidden.into());
    }
    if me.is_fresh() { Ok(admin) } else { Err(UiError::confirm_first()) }
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
/// `SignIn`; `NotFound` alike for a tenant of others and for none at all; `Redirect` to the same page of a tenant of theirs that had this slug
/// before.
pub async fn member(slug: &str) -> Result<(SignedIn, Member), PageError> {
    let me = me().await?;
    let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
    // Support knows the tenant that it looks at: it learns that this page is not for it.
    let looks = me.support().is_some_and(|access| access.slug == slug);
    let member = me.member(&slug).ok_or(if looks { PageError::Forbidden } else { PageError::NotFound })?;
    match me.moved(&slug).and_then(|now| moved_to(&slug, now)) {
        Some(there) => Err(PageError::Redirect(there)),
        None => Ok((me, member)),
    }
}

/// This request's address with the slug that the tenant has now, in the host or in the path. Nothing at a custom domain, whose name stays: there
/// this server has not heard of the new slug yet.
fn moved_to(old: &Slug, now: &Slug) -> Option<String> {
    let (shown, info) = (path_and_query(), RequestInfo::get());
    match info.portal {
        Some(_) => {
            let platform = info.origin.host.strip_prefix(&format!("{old}."))?;
            Some(format!("{}://{now}.{platform}{shown}", Context::get().site.base_url.scheme()))
        }
        None => Some(format!("/t/{now}{}", shown.strip_prefix(&format!("/t/{old}"))?)),
    }
}

/// Leads from a slug that a tenant had to the one that it has.
///
/// # Errors
/// `Redirect` when they differ.
pub fn at_own_address(asked: &Slug, now: &Slug) -> Result<(), PageError> {
    let (shown, old) = (path_and_query(), format!("/admin/tenants/{asked}"));
    match shown.strip_prefix(&old) {
        Some(rest) if asked != now => Err(PageError::Redirect(format!("/admin/tenants/{now}{rest}"))),
        _ => Ok(()),
    }
}

/// Whoever may look at a tenant's page that changes nothing: a member, or support.
///
/// # Errors
/// As [`member`].
pub async fn looker(slug: &str) -> Result<(SignedIn, Looker), PageError> {
    let me = me().await?;
    let slug: Slug = slug.parse().map_err(|_| PageError::NotFound)?;
    let looker = me.looker(&slug).ok_or(PageError::NotFound)?;
    match me.moved(&slug).and_then(|now| moved_to(&slug, now)) {
        Some(there) => Err(PageError::Redirect(there)),
        None => Ok((me, looker)),
    }
}

/// The person's choice of light or dark for this browser; `None` is the system's.
pub fn theme() -> Option<&'static str> {
    with_context(|parts: &Parts| {
        let cookies = parts.headers.get_all(axum::http::header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        cookies.flat_map(|cookie| cookie.split(';')).find_map(|pair| match pair.trim() {
            "theme=light" => Some("light"),
            "theme=dark" => Some("dark"),
            _ => None,
        })
    })
    .flatten()
}
