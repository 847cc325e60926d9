//! A new key, or recovery codes, on the way from the function that makes them to the page that shows them, once: in a cookie that no script
//! reads, that lasts two minutes, and that the page takes away. So it stands in no address, no log and no table, and the form works
//! without script.

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use leptos::prelude::expect_context;
use leptos_axum::ResponseOptions;

use super::request::Context;
use crate::config::is_loopback;
use crate::domain::key::ApiKey;
use crate::domain::second_code::{RECOVERY_CODES, RecoveryCode};

/// Name and attributes, as for the session's cookie (edge/router.rs).
fn cookie(name: &str, value: &str, seconds: u32) -> HeaderValue {
    let base = &Context::get().site.base_url;
    let secure = !(base.scheme() == "http" && is_loopback(base));
    let (prefix, secure) = if secure { ("__Host-", "; Secure") } else { ("", "") };
    let text = format!("{prefix}{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(text).expect("keys and codes are ASCII")
}

const KEY: &str = "new-key";
const CODES: &str = "new-codes";

fn put_text(name: &str, text: &str) {
    expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie(name, text, 120));
}

fn take_text<T>(name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let parts = expect_context::<Parts>();
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let taken = cookies.flat_map(|cookie| cookie.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found.strip_prefix("__Host-").unwrap_or(found) == name).then(|| read(value))?
    })?;
    expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, cookie(name, "", 0));
    Some(taken)
}

/// Hands the key over to the next page of this browser that takes it.
pub fn put(key: &ApiKey) {
    put_text(KEY, key.reveal());
}

/// What was handed over. Whose key it is, the page has to find out: a cookie can come from anywhere.
pub fn take() -> Option<ApiKey> {
    take_text(KEY, |text| text.parse().ok())
}

/// The same for recovery codes.
pub fn put_codes(codes: &[RecoveryCode]) {
    put_text(CODES, &codes.iter().map(RecoveryCode::reveal).collect::<Vec<_>>().join("."));
}

pub fn take_codes() -> Option<Vec<RecoveryCode>> {
    take_text(CODES, |text| text.split('.').take(RECOVERY_CODES).map(|code| code.parse().ok()).collect())
}
