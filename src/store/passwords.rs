//! Argon2id, with bounded concurrency: hashing costs 19 MiB and some 20 ms of a core each.

use std::sync::Arc;

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use super::{Result, StoreError};

/// How many hashes are computed at once; further callers wait.
const CONCURRENT: usize = 2;

/// OWASP's first choice of parameters: 19 MiB, 2 passes, 1 lane.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).expect("parameters within argon2's limits"))
}

#[derive(Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    /// Checked when there is no such user, so that the answer takes as long.
    dummy: Arc<str>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { slots: Arc::new(Semaphore::new(CONCURRENT)), dummy: hash_now("nobody has this password").into() }
    }
}

fn hash_now(password: &str) -> String {
    let salt = SaltString::generate(&mut OsRng);
    argon2().hash_password(password.as_bytes(), &salt).expect("a password of any length and a fresh salt can be hashed").to_string()
}

impl Passwords {
    /// Runs on a blocking thread, within the bound.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let slot = self.slots.clone().acquire_owned().await.map_err(|closed| StoreError::Unavailable(closed.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(slot);
            result
        })
        .await
        .map_err(|stopped| StoreError::Unavailable(stopped.to_string()))
    }

    pub async fn hash(&self, password: SecretString) -> Result<String> {
        self.run(move || hash_now(password.expose_secret())).await
    }

    /// Whether this is the password; takes as long without a stored hash, and is then false.
    pub async fn verify(&self, stored: Option<String>, password: SecretString) -> Result<bool> {
        let dummy = self.dummy.clone();
        self.run(move || {
            let text = stored.as_deref().unwrap_or(&dummy);
            let matches =
                PasswordHash::new(text).is_ok_and(|hash| argon2().verify_password(password.expose_secret().as_bytes(), &hash).is_ok());
            matches && stored.is_some()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned().into()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify(Some(hash.clone()), "correct horse".to_owned().into()).await.expect("checked"));
        assert!(!passwords.verify(Some(hash), "incorrect horse".to_owned().into()).await.expect("checked"));
        assert!(!passwords.verify(None, "nobody has this password".to_owned().into()).await.expect("checked"));
    }

    #[tokio::test]
    async fn h2_who_has_no_account_costs_the_same_work() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned().into()).await.expect("hashed");
        let work = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(work(&passwords.dummy), work(&hash));
        assert_eq!(passwords.dummy.len(), hash.len());
    }
}
