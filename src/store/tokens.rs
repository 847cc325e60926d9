//! Secrets that are derived, and hashes that are stored: one-time links, logins of the embedded cluster.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::key::{ApiKey, KeyKind};
use crate::domain::mail::OneTime;
use crate::domain::token::Token;

/// The installation's key. Everything derived from it is one HMAC-SHA-256 under a label of its own.
pub struct SecretKey(SecretString);

impl SecretKey {
    pub fn new(key: SecretString) -> Self {
        Self(key)
    }

    fn derive(&self, label: &str, input: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes()).expect("HMAC takes a key of any length");
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(input);
        mac.finalize().into_bytes().into()
    }

    /// The link of an invite. Derived, so that the console can show it again while the database keeps only its hash.
    pub fn invite_token(&self, invite: Uuid) -> Token {
        URL_SAFE_NO_PAD.encode(self.derive("invite", invite.as_bytes())).parse().expect("32 bytes are 43 characters of base64url")
    }

    /// The token of a link that works once. Derived, so that a mail can be written at any time while the database keeps only its hash.
    pub fn link_token(&self, link: OneTime) -> Token {
        let (label, id) = match link {
            OneTime::Invite(id) => return self.invite_token(id),
            OneTime::PasswordReset(id) => ("password reset", id),
            OneTime::EmailChange(id) => ("email change", id),
        };
        URL_SAFE_NO_PAD.encode(self.derive(label, id.as_bytes())).parse().expect("32 bytes are 43 characters of base64url")
    }

    /// The password of a database login that Tenantry made itself.
    pub fn login_password(&self, login: &str) -> SecretString {
        URL_SAFE_NO_PAD.encode(self.derive("login", login.as_bytes())).into()
    }

    /// The key of the seal on form errors.
    pub fn form_seal(&self) -> [u8; 32] {
        self.derive("form", b"")
    }

    /// 64 bytes to sign the session cookie with.
    pub fn cookie_key(&self) -> [u8; 64] {
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.derive("cookie", b"1"));
        key[32..].copy_from_slice(&self.derive("cookie", b"2"));
        key
    }
}

/// What is stored of a token.
pub fn hash_token(token: &Token) -> Vec<u8> {
    Sha256::digest(token.reveal().as_bytes()).to_vec()
}

/// A new key: 256 bits from the system's generator.
pub fn random_key(kind: KeyKind) -> ApiKey {
    let text = format!("{}{}", kind.mark(), URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    text.parse().expect("32 bytes are 43 characters of base64url")
}

/// What is stored of an API key, and how it is found: 256 random bits need no slow hash.
pub fn hash_key(key: &ApiKey) -> [u8; 32] {
    Sha256::digest(key.reveal().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_one_invite_and_one_key() {
        let (one, other) = (SecretKey::new("one".to_owned().into()), SecretKey::new("other".to_owned().into()));
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(one.invite_token(a) == one.invite_token(a));
        assert!(one.invite_token(a) != one.invite_token(b));
        assert!(one.invite_token(a) != other.invite_token(a));
        let links = [OneTime::Invite(a), OneTime::PasswordReset(a), OneTime::EmailChange(a)].map(|link| one.link_token(link));
        assert!(links[0] == one.invite_token(a) && links[0] != links[1] && links[1] != links[2] && links[0] != links[2]);
        assert_ne!(hash_token(&one.invite_token(a)), one.invite_token(a).reveal().as_bytes());
    }
}
