//! Which site a request is for. The platform's own host, `{slug}.<platform host>` and the names that tenants have proved are answered,
//! everything else is 421: links and sessions never depend on a name that somebody made up. Nothing is asked for it: the names are in memory.
//!
//! A tenant with a primary domain is at home there: whoever opens a page at another of its hosts is sent on. Forms and calls are not, and
//! nobody remembers it, so that it ends with the primary domain.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use url::Url;

use super::router::AppState;
use crate::config::is_loopback;
use crate::domain::slug::Slug;
use crate::store::access::Origin;
use crate::store::domains::Routes;
use crate::web::RequestInfo;
use crate::web::request::ShownPath;

/// Whose host this is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Site {
    Platform,
    Portal(Slug),
}

/// Paths that are the same at every host; all others are the portal's at a tenant's host.
const SHARED: &[&str] = &["/login", "/logout", "/invite", "/account", "/reset", "/restore", "/tenants", "/fn", "/pkg"];

/// A host as it was asked for.
struct Asked {
    site: Site,
    name: String,
    /// When it is not the scheme's own.
    port: Option<u16>,
}

/// `host` is the Host header or the URI's authority, with or without port.
fn site_of(host: &str, base: &Url, routes: &Routes) -> Option<Asked> {
    // With the platform's scheme, so that its default port may be written out or not.
    let url = Url::parse(&format!("{}://{host}/", base.scheme()))
        .ok()
        .filter(|url| url.path() == "/" && url.username().is_empty() && url.query().is_none())?;
    let name = url.host_str()?;
    let base_name = base.host_str()?;
    let local = is_loopback(base);
    // A platform on the machine itself answers by all of the machine's own names and, behind a forwarded port, by any port.
    if !local && url.port() != base.port() {
        return None;
    }
    let found = |site| Some(Asked { site, name: name.to_owned(), port: url.port() });
    if name == base_name || (local && (name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) || name == "[::1]")) {
        return found(Site::Platform);
    }
    let label = name
        .strip_suffix(base_name)
        .and_then(|rest| rest.strip_suffix('.'))
        .or_else(|| if local { name.strip_suffix(".localhost") } else { None });
    // The platform's own names come first, whatever it was called when a tenant brought its name.
    let slug = label.and_then(|label| label.parse().ok()).or_else(|| routes.tenant_of(name).cloned());
    found(Site::Portal(slug?))
}

/// The caller's address: of the connection, or what the last trusted proxy says.
pub(super) fn address_of(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpAddr]) -> String {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else { return "unknown".to_owned() };
    if trusted.contains(&peer.ip()) {
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<IpAddr> = forwarded.flat_map(|value| value.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
        if let Some(caller) = hops.iter().rev().find(|hop| !trusted.contains(hop)) {
            return caller.to_string();
        }
    }
    peer.ip().to_string()
}

/// Whether a person follows a link or types an address: not what a page loads or sends by itself.
fn opens_a_page(request: &Request) -> bool {
    let mode = request.headers().get("sec-fetch-mode").map(axum::http::HeaderValue::as_bytes);
    matches!(*request.method(), Method::GET | Method::HEAD)
        && matches!(mode, None | Some(b"navigate"))
        && !request.uri().path().starts_with("/fn/")
}

/// To the same page at the primary domain. Not to be kept: it ends when that is not proved any more.
fn send_on(request: &Request, scheme: &str, primary: &str, port: Option<u16>) -> Response {
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let to = format!("{scheme}://{primary}{port}{path}");
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to.as_str()), (header::CACHE_CONTROL, "no-store")]).into_response()
}

pub async fn resolve(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .map(str::to_ascii_lowercase)
        .or_else(|| request.uri().authority().map(|authority| authority.as_str().to_ascii_lowercase()));
    let (base, routes) = (&state.context.site.base_url, state.context.store.routes());
    let Some((host, asked)) = host.and_then(|host| site_of(&host, base, &routes).map(|asked| (host, asked))) else {
        return (
            StatusCode::MISDIRECTED_REQUEST,
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            "This server does not answer for this host.\n",
        )
            .into_response();
    };
    let address = address_of(request.extensions(), request.headers(), &state.trusted_proxies);
    let portal = match asked.site {
        Site::Platform => None,
        Site::Portal(slug) => {
            if let Some(primary) = routes.primary_of(&slug).filter(|primary| **primary != *asked.name && opens_a_page(&request)) {
                return send_on(&request, base.scheme(), primary, asked.port);
            }
            let path = request.uri().path();
            let shared = SHARED.iter().any(|shared| path.strip_prefix(shared).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
            if !shared {
                let shown = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
                let inner = format!("/t/{slug}{}", if shown == "/" { "" } else { shown.trim_end_matches('/') });
                let inner = if shown.starts_with("/?") { format!("/t/{slug}{}", &shown[1..]) } else { inner };
                let Ok(path_and_query) = inner.parse::<PathAndQuery>() else {
                    return StatusCode::BAD_REQUEST.into_response();
                };
                *request.uri_mut() = Uri::from(path_and_query);
                request.extensions_mut().insert(ShownPath(shown));
            }
            Some(slug)
        }
    };
    request.extensions_mut().insert(RequestInfo { origin: Origin { host, address }, portal });
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(host: &str, base: &str) -> Option<String> {
        site_of(host, &Url::parse(base).expect("a literal address"), &Routes::default()).map(|asked| match asked.site {
            Site::Platform => "platform".to_owned(),
            Site::Portal(slug) => slug.to_string(),
        })
    }

    #[test]
    fn only_our_own_hosts_are_answered() {
        let local = "http://localhost:3000";
        let public = "https://tenants.example.com";
        for (host, base, expected) in [
            ("localhost:3000", local, Some("platform")),
            ("127.0.0.1:3000", local, Some("platform")),
            ("[::1]:3000", local, Some("platform")),
            ("acme.localhost:3000", local, Some("acme")),
            ("a.b.localhost:3000", local, None),
            ("admin.localhost:3000", local, None),
            ("evil.example", local, None),
            ("tenants.example.com", public, Some("platform")),
            ("tenants.example.com:443", public, Some("platform")),
            ("acme.tenants.example.com", public, Some("acme")),
            ("tenants.example.com:8080", public, None),
            ("localhost", public, None),
            ("127.0.0.1", public, None),
            ("tenants.example.com.evil.example", public, None),
            ("eviltenants.example.com", public, None),
            ("tenants.example.com@evil.example", public, None),
            ("tenants.example.com/x", public, None),
            ("", public, None),
        ] {
            assert_eq!(site(host, base).as_deref(), expected, "{host}");
        }
    }
}
