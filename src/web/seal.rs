//! What travels through a browser and comes back as we wrote it: errors in a page's address, forms that were begun. Anybody can read it
//! there, nobody can change it.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

static SEAL: OnceLock<[u8; 32]> = OnceLock::new();

/// Set once at the start.
pub fn set_seal(key: [u8; 32]) {
    // A second server in one process (tests) keeps the first seal: any key serves as long as it is secret.
    let _ = SEAL.set(key);
}

/// Length of [`seal`]'s text.
const LENGTH: usize = 22;

/// The mark that stands before a sealed text. What is sealed for one purpose is nothing for another.
pub(super) fn seal(purpose: &str, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SEAL.get().map_or(&[], |key| key.as_slice())).expect("HMAC takes a key of any length");
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(text);
    URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..16])
}

/// The text behind its mark, if it is as it was sealed.
pub(super) fn unseal<'a>(purpose: &str, sealed: &'a str) -> Option<&'a str> {
    let (mark, text) = sealed.split_at_checked(LENGTH)?;
    (mark == seal(purpose, text.as_bytes())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_unchanged_and_for_its_purpose_or_not_at_all() {
        let sealed = format!("{}a text", seal("one", b"a text"));
        assert_eq!(unseal("one", &sealed), Some("a text"));
        for (purpose, other) in
            [("two", sealed.clone()), ("one", sealed.replace('x', "s")), ("one", "short".to_owned()), ("one", "é".repeat(30))]
        {
            assert_eq!(unseal(purpose, &other), None, "{other}");
        }
    }
}
