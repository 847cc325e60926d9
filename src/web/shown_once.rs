//! A new key, or recovery codes, on the way from the function that makes them to the page that shows them, once: in a cookie that no script
//! reads, that lasts two minutes, and that the page takes away. So it stands in no address, no log and no table, and the form works
//! without script.

use super::cookie;
use crate::domain::key::ApiKey;
use crate::domain::second_code::{RECOVERY_CODES, RecoveryCode};

const KEY: &str = "new-key";
const CODES: &str = "new-codes";

fn put_text(name: &str, text: &str) {
    cookie::put(name, text, 120);
}

fn take_text<T>(name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let taken = cookie::find(name, read)?;
    cookie::put(name, "", 0);
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
