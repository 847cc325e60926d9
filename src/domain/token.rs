//! The one-time link of an invite: 256 bits in base64url, as it stands in `/invite/{token}`.

use std::fmt;
use std::str::FromStr;

/// 43 characters of base64url. Its `Debug` shows nothing: tokens stay out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a link of ours")]
pub struct MalformedToken;

impl Token {
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Token {
    type Err = MalformedToken;

    fn from_str(text: &str) -> Result<Self, MalformedToken> {
        let fine = text.len() == 43 && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
        if fine { Ok(Token(text.to_owned())) } else { Err(MalformedToken) }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
