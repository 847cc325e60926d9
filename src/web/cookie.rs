//! Our own small cookies, beside the session's: no script reads them.

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use leptos::prelude::expect_context;
use leptos_axum::ResponseOptions;

use super::request::Context;
use crate::config::is_loopback;

/// Name and attributes, as for the session's cookie (edge/router.rs). With no seconds it is taken away. `value` is ASCII without semicolons.
pub(super) fn put(name: &str, value: &str, seconds: u32) {
    let base = &Context::get().site.base_url;
    let secure = !(base.scheme() == "http" && is_loopback(base));
    let (prefix, secure) = if secure { ("__Host-", "; Secure") } else { ("", "") };
    let text = format!("{prefix}{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let cookie = HeaderValue::try_from(text).expect("callers put ASCII into cookies");
    expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie);
}

pub(super) fn find<T>(name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let parts = expect_context::<Parts>();
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    cookies.flat_map(|cookie| cookie.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found.strip_prefix("__Host-").unwrap_or(found) == name).then(|| read(value))?
    })
}
