//! The cross-site guard: a request that may change something must come from a page of the very same host.
//!
//! `Sec-Fetch-Site: same-origin`, else an `Origin` that equals ours, else it is refused. Forms go back to where they came from only
//! within the host.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use url::Url;

use super::router::AppState;
use crate::web::RequestInfo;

/// `http://localhost:3000`: scheme of the installation, host of the request.
fn own_origin(state: &AppState, request: &Request) -> Option<String> {
    let host = &request.extensions().get::<RequestInfo>()?.origin.host;
    Some(format!("{}://{host}", state.context.site.base_url.scheme()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_same_site(headers: &HeaderMap, own: &str) -> bool {
    match (text(headers, "sec-fetch-site"), text(headers, "origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == own,
        (None, None) => false,
    }
}

/// The paths that take files: archives; a tenant's documents, lists of people, and images.
fn is_upload(path: &str) -> bool {
    if path == "/admin/tenants/import" {
        return true;
    }
    path.strip_prefix("/t/")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(_, rest)| matches!(rest, "knowledge" | "team/import" | "branding" | "branding/preview"))
}

/// The page that the form stands on, without what an earlier failure left in its address; our start page for any other.
fn form_page(headers: &HeaderMap, own: &str) -> String {
    let page =
        text(headers, "referer").and_then(|referer| Url::parse(referer).ok()).filter(|page| page.origin().ascii_serialization() == own);
    let Some(mut page) = page else { return format!("{own}/") };
    let kept: Vec<(String, String)> = page
        .query_pairs()
        .filter(|(key, _)| key != "__path" && key != "__err" && key != "done")
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    page.set_fragment(None);
    page.set_query(None);
    if !kept.is_empty() {
        page.query_pairs_mut().extend_pairs(kept);
    }
    page.into()
}

fn refuse(status: StatusCode, why: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], why).into_response()
}

pub async fn refuse_cross_site(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = next.run(request).await;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        return response;
    }
    let Some(own) = own_origin(&state, &request) else { return refuse(StatusCode::FORBIDDEN, "This form was sent from nowhere.\n") };
    if !is_same_site(request.headers(), &own) {
        return refuse(StatusCode::FORBIDDEN, "This request came from another site. Open the page here and try again.\n");
    }
    let (wanted, advice) = match is_upload(request.uri().path()) {
        true => ("multipart/form-data", "Send multipart/form-data.\n"),
        false => ("application/x-www-form-urlencoded", "Send application/x-www-form-urlencoded.\n"),
    };
    let form = text(request.headers(), "content-type")
        .is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted)));
    if !form {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, advice);
    }
    let page = form_page(request.headers(), &own);
    match HeaderValue::try_from(page) {
        Ok(page) => request.headers_mut().insert(header::REFERER, page),
        Err(_) => request.headers_mut().remove(header::REFERER),
    };
    let mut response = next.run(request).await;
    // Within the host: an address of ours loses scheme and host, any other becomes the start page.
    if let Some(location) = response.headers().get(header::LOCATION).and_then(|location| location.to_str().ok()) {
        let within = match location.strip_prefix(&own) {
            Some(rest) => rest.to_owned(),
            None => location.to_owned(),
        };
        let safe = if is_local_path(&within) { within } else { "/".to_owned() };
        response.headers_mut().insert(header::LOCATION, HeaderValue::try_from(safe).unwrap_or(HeaderValue::from_static("/")));
        if response.status() == StatusCode::FOUND {
            *response.status_mut() = StatusCode::SEE_OTHER;
        }
    }
    response
}

/// A path on this host: one slash, not two, no backslash, no control character.
pub fn is_local_path(path: &str) -> bool {
    crate::domain::local_path::is_local_path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_change_comes_from_a_page_of_the_same_host() {
        let own = "http://localhost:3000";
        for (pairs, same) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("origin", "http://localhost:3000")][..], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:3000")][..], false),
            (&[("sec-fetch-site", "same-site")][..], false),
            (&[("sec-fetch-site", "none")][..], false),
            (&[("origin", "http://acme.localhost:3000")][..], false),
            (&[("origin", "null")][..], false),
            (&[][..], false),
        ] {
            assert_eq!(is_same_site(&headers(pairs), own), same, "{pairs:?}");
        }
    }

    #[test]
    fn a_form_goes_back_to_its_own_page_or_to_ours() {
        let own = "http://localhost:3000";
        for (referer, page) in [
            ("http://localhost:3000/login?next=%2Ft%2Facme&__err=x&__path=y", "http://localhost:3000/login?next=%2Ft%2Facme"),
            ("http://localhost:3000/login", "http://localhost:3000/login"),
            ("http://evil.example/login", "http://localhost:3000/"),
            ("javascript:alert(1)", "http://localhost:3000/"),
        ] {
            assert_eq!(form_page(&headers(&[("referer", referer)]), own), page);
        }
        assert_eq!(form_page(&headers(&[]), own), "http://localhost:3000/");
    }
}
