//! A form of several steps that is left and taken up again: what was typed so far lives in this browser, in a sealed cookie, and nowhere else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{cookie, seal};

/// Keeps the form for so many days from now on.
pub fn keep<T: Serialize>(name: &str, form: &T, days: u32) {
    let text = serde_json::to_string(form).expect("strings in a struct have a JSON form");
    let sealed = format!("{}{text}", seal::seal(name, text.as_bytes()));
    cookie::put(name, &URL_SAFE_NO_PAD.encode(sealed), days * 24 * 60 * 60);
}

/// The form as it was kept; `None` also for one that somebody changed.
pub fn find<T: DeserializeOwned>(name: &str) -> Option<T> {
    cookie::find(name, |value| {
        let sealed = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
        serde_json::from_str(seal::unseal(name, &sealed)?).ok()
    })
}

pub fn forget(name: &str) {
    cookie::put(name, "", 0);
}
