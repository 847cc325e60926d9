//! A new key on its way from the function that makes it to the page that shows it, once: in a cookie that no script reads, that lasts two
//! minutes, and that the page takes away. So it stands in no address, no log and no table, and the form works without script.

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use leptos::prelude::expect_context;
use leptos_axum::ResponseOptions;

use super::request::Context;
use crate::config::is_loopback;
use crate::domain::key::ApiKey;

/// Name and attributes, as for the session's cookie (edge/router.rs).
fn cookie(value: &str, seconds: u32) -> HeaderValue {
    let base = &Context::get().site.base_url;
    let secure = !(base.scheme() == "http" && is_loopback(base));
    let (prefix, secure) = if secure { ("__Host-", "; Secure") } else { ("", "") };
    let text = format!("{prefix}new-key={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).expect("keys are ASCII")
}

/// Hands the key over to the next page of this browser that takes it.
pub fn put(key: &ApiKey) {
    expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie(key.reveal(), 120));
}

/// What was handed over. Whose key it is, the page has to find out: a cookie can come from anywhere.
pub fn take() -> Option<ApiKey> {
    let parts = expect_context::<Parts>();
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let key = cookies.flat_map(|cookie| cookie.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        matches!(name, "new-key" | "__Host-new-key").then(|| value.parse().ok())?
    })?;
    expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie("", 0));
    Some(key)
}
