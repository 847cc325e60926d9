//! Secrets that are derived, hashes that are stored, and what is stored sealed: one-time links, logins of the embedded cluster, second
//! factors.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::signature::Ed25519KeyPair;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::ids::UserId;
use crate::domain::key::{ApiKey, KeyKind};
use crate::domain::mail::OneTime;
use crate::domain::second_code::{RECOVERY_CODES, RecoveryCode};
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
            OneTime::TenantRestore(id) => ("tenant restore", id),
            OneTime::SignUp(id) => ("sign up", id),
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

    /// The key that signs receipts: its seed is HMAC-SHA-256 of `receipt` and a zero byte under the installation's key.
    pub fn receipt_key(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&self.derive("receipt", b"")).expect("32 bytes are a seed")
    }

    /// 64 bytes to sign the session cookie with.
    pub fn cookie_key(&self) -> [u8; 64] {
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.derive("cookie", b"1"));
        key[32..].copy_from_slice(&self.derive("cookie", b"2"));
        key
    }

    fn sealing_key(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &self.derive("second-factor", b"")).expect("32 bytes are a key"))
    }

    /// A secret as it is stored: a random nonce, then ChaCha20-Poly1305, for this user alone.
    pub fn seal(&self, user: UserId, secret: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = secret.to_vec();
        self.sealing_key()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(user.0.as_bytes()), &mut sealed)
            .expect("a secret is shorter than 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// What was sealed; `None` with another key, for another user, or when a bit was changed.
    pub fn open(&self, user: UserId, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let (nonce, mut text) = (Nonce::try_assume_unique_for_key(nonce).ok()?, sealed.to_vec());
        let opened = self.sealing_key().open_in_place(nonce, Aad::from(user.0.as_bytes()), &mut text).ok()?;
        Some(opened.to_vec())
    }

    /// What is stored of a recovery code: without this key nobody can try all of them against it.
    pub fn hash_recovery_code(&self, user: UserId, code: &RecoveryCode) -> Vec<u8> {
        self.derive("recovery", &[user.0.as_bytes(), code.reveal().as_bytes()].concat()).to_vec()
    }

    /// What a session remembers of the password it was begun with: another one after the password is changed.
    pub fn password_mark(&self, password_hash: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("password", password_hash.as_bytes()))
    }
}

/// New codes, each of 60 bits from the system's generator.
pub fn random_recovery_codes() -> Vec<RecoveryCode> {
    (0..RECOVERY_CODES).map(|_| RecoveryCode::new(rand::random())).collect()
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

/// What the TXT record of a domain has to say: 256 bits from the system's generator, in digits that no control panel changes.
pub fn random_domain_token() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is stored of an API key, and how it is found: 256 random bits need no slow hash.
pub fn hash_key(key: &ApiKey) -> [u8; 32] {
    Sha256::digest(key.reveal().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_user_with_its_key_unchanged() {
        let (one, other) = (SecretKey::new("one".to_owned().into()), SecretKey::new("other".to_owned().into()));
        let (a, b) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let sealed = one.seal(a, b"secret");
        assert!(!sealed.windows(6).any(|part| part == b"secret") && sealed != one.seal(a, b"secret"));
        assert_eq!(one.open(a, &sealed).as_deref(), Some(b"secret".as_slice()));
        assert_eq!((one.open(b, &sealed), other.open(a, &sealed), one.open(a, b"short")), (None, None, None));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(one.open(a, &changed), None, "bit {bit}");
        }
    }

    #[test]
    fn a_recovery_code_is_hashed_for_its_user_with_the_key() {
        let (one, other) = (SecretKey::new("one".to_owned().into()), SecretKey::new("other".to_owned().into()));
        let (a, b) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let codes = random_recovery_codes();
        let hash = one.hash_recovery_code(a, &codes[0]);
        assert_eq!(hash, one.hash_recovery_code(a, &codes[0].to_string().parse().expect("as it is shown")));
        for another in [one.hash_recovery_code(a, &codes[1]), one.hash_recovery_code(b, &codes[0]), other.hash_recovery_code(a, &codes[0])]
        {
            assert_ne!(hash, another);
        }
    }

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
