//! Second factors: a secret that an app shares, sealed at rest, and recovery codes, hashed. Time is the database's; a code works once.
//!
//! Whoever calls these has checked the person's password first: the functions of `features/account` and `features/auth`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::SignedIn;
use super::handle::PublicTx;
use super::tokens::random_recovery_codes;
use super::{Result, StoreError};
use crate::domain::ids::UserId;
use crate::domain::second_code::{RecoveryCode, SecondCode};
use crate::domain::totp::{SECRET_BYTES, TotpSecret};

/// A second factor as its person sees it.
#[derive(Debug, Clone, Copy)]
pub struct SecondFactor {
    pub since: DateTime<Utc>,
    /// Recovery codes that were not used yet.
    pub codes_left: i64,
}

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    Passed,
    /// With a recovery code, which is used up now.
    Recovered,
    Wrong,
    /// Not even looked at: so many seconds are left of the pause after wrong ones.
    Wait(i32),
}

/// What came of a try, and the password's mark and the time, in seconds since 1970, at that moment.
#[derive(Debug, Clone)]
pub struct Try {
    pub tried: Tried,
    pub password_mark: String,
    pub now: i64,
}

/// The first half of a sign-in: the password was right, a code has to follow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HalfSignIn {
    pub user: UserId,
    pub email: String,
    password_mark: String,
    /// Seconds since 1970.
    until: i64,
}

impl HalfSignIn {
    /// Whether the code came in time, and the password is still the one that was given.
    pub fn is_still_good(&self, at: &Try) -> bool {
        at.now <= self.until && at.password_mark == self.password_mark
    }
}

/// How long a code is waited for.
const HALF_SECONDS: i64 = 600;

fn other_key() -> StoreError {
    StoreError::WrongState(
        "Your second factor cannot be checked: this installation's secret key is not the one it was set up with. Whoever runs the \
         installation can remove it for you.",
    )
}

impl PublicTx {
    /// What a session keeps until the code comes; `None` for who has no second factor and is signed in by the password alone.
    pub async fn begin_half_sign_in(&mut self, user: UserId, email: &str) -> Result<Option<HalfSignIn>> {
        let row = sqlx::query!(r#"select password_hash, epoch as "epoch!" from second_factor_ask($1)"#, user.0)
            .fetch_optional(self.tx.conn())
            .await?;
        Ok(row.map(|row| HalfSignIn {
            user,
            email: email.to_owned(),
            password_mark: self.secret.password_mark(row.password_hash.as_deref().unwrap_or_default()),
            until: row.epoch + HALF_SECONDS,
        }))
    }

    /// The signed-in person's second factor, if they have one.
    pub async fn find_second_factor(&mut self, me: &SignedIn) -> Result<Option<SecondFactor>> {
        let row = sqlx::query!(r#"select since as "since!", codes_left as "codes_left!" from second_factor_state($1)"#, me.user().0)
            .fetch_optional(self.tx.conn())
            .await?;
        Ok(row.map(|row| SecondFactor { since: row.since, codes_left: row.codes_left }))
    }

    /// Keeps a new secret for this session to confirm; one that waited before is forgotten.
    ///
    /// # Errors
    /// `WrongState` when they have a second factor already.
    pub async fn begin_second_factor(&mut self, me: &SignedIn) -> Result<()> {
        let sealed = self.secret.seal(me.user(), &rand::random::<[u8; SECRET_BYTES]>());
        let begun = sqlx::query_scalar!("select second_factor_begin($1, $2, $3)", me.user().0, me.session().0, sealed)
            .fetch_one(self.tx.conn())
            .await?;
        if begun == Some(true) { Ok(()) } else { Err(StoreError::WrongState("You have a second factor already.")) }
    }

    /// The sealed secret that waits for this session, opened, and the time in seconds since 1970.
    async fn setup(&mut self, me: &SignedIn) -> Result<Option<(Vec<u8>, TotpSecret, i64)>> {
        let row =
            sqlx::query!(r#"select secret as "secret!", epoch as "epoch!" from second_factor_setup($1, $2)"#, me.user().0, me.session().0,)
                .fetch_optional(self.tx.conn())
                .await?;
        let opened = row.and_then(|row| Some((self.secret.open(me.user(), &row.secret)?, row)));
        Ok(opened.and_then(|(secret, row)| Some((row.secret, TotpSecret::new(secret)?, row.epoch))))
    }

    /// The secret that waits for this session to confirm it.
    pub async fn find_second_factor_setup(&mut self, me: &SignedIn) -> Result<Option<TotpSecret>> {
        Ok(self.setup(me).await?.map(|(_, secret, _)| secret))
    }

    /// Makes the secret that waits the person's second factor, if this is its code, and ends their other sessions, which have not given
    /// one. Returns the recovery codes, `None` for a wrong code.
    ///
    /// # Errors
    /// `NotFound` when none waits (any more).
    pub async fn confirm_second_factor(&mut self, me: &SignedIn, code: u32, origin: &str) -> Result<Option<Vec<RecoveryCode>>> {
        let (sealed, secret, now) = self.setup(me).await?.ok_or(StoreError::NotFound)?;
        let Some(step) = secret.matching_step(code, now, 0) else { return Ok(None) };
        let codes = random_recovery_codes();
        let confirmed = sqlx::query_scalar!(
            "select second_factor_confirm($1, $2, $3, $4, $5)",
            me.user().0,
            me.session().0,
            sealed,
            step,
            &self.hashes(me.user(), &codes)[..],
        )
        .fetch_one(self.tx.conn())
        .await?;
        if confirmed != Some(true) {
            return Err(StoreError::NotFound);
        }
        self.revoke_other_sessions(me).await?;
        self.record_account_event(me.user(), me.email(), "second_factor.enabled", origin).await?;
        Ok(Some(codes))
    }

    fn hashes(&self, user: UserId, codes: &[RecoveryCode]) -> Vec<Vec<u8>> {
        codes.iter().map(|code| self.secret.hash_recovery_code(user, code)).collect()
    }

    /// Checks a code and counts the try; the caller commits, whatever came of it. `None` for who has no second factor.
    ///
    /// # Errors
    /// `WrongState` when the installation's secret key is another one than it was.
    pub async fn try_second_factor(&mut self, user: UserId, email: &str, code: &SecondCode, origin: &str) -> Result<Option<Try>> {
        let row = sqlx::query!(
            r#"
            select secret as "secret!", last_step as "last_step!", epoch as "epoch!", wait_seconds as "wait_seconds!", password_hash
            from second_factor_try($1)
            "#,
            user.0,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let password_mark = self.secret.password_mark(row.password_hash.as_deref().unwrap_or_default());
        let secret = self.secret.open(user, &row.secret).and_then(TotpSecret::new).ok_or_else(other_key)?;
        if row.wait_seconds > 0 {
            return Ok(Some(Try { tried: Tried::Wait(row.wait_seconds), password_mark, now: row.epoch }));
        }
        let step = match code {
            SecondCode::Timed(code) => secret.matching_step(*code, row.epoch, row.last_step),
            SecondCode::Recovery(code) => {
                let hash = self.secret.hash_recovery_code(user, code);
                let used = sqlx::query_scalar!("select recovery_code_use($1, $2)", user.0, hash).fetch_one(self.tx.conn()).await?;
                (used == Some(true)).then_some(row.last_step)
            }
        };
        let tried = match (step, code) {
            (Some(step), code) => {
                sqlx::query_scalar!("select second_factor_passed($1, $2)", user.0, step).fetch_one(self.tx.conn()).await?;
                if matches!(code, SecondCode::Recovery(_)) { Tried::Recovered } else { Tried::Passed }
            }
            (None, _) => {
                sqlx::query_scalar!("select second_factor_failed($1)", user.0).fetch_one(self.tx.conn()).await?;
                Tried::Wrong
            }
        };
        match tried {
            Tried::Recovered => self.record_account_event(user, email, "recovery_code.used", origin).await?,
            Tried::Wrong => self.record_account_event(user, email, "second_factor.refused", origin).await?,
            Tried::Passed | Tried::Wait(_) => {}
        }
        Ok(Some(Try { tried, password_mark, now: row.epoch }))
    }

    /// New recovery codes; the ones before work no more.
    ///
    /// # Errors
    /// `NotFound` for who has no second factor.
    pub async fn renew_recovery_codes(&mut self, me: &SignedIn, origin: &str) -> Result<Vec<RecoveryCode>> {
        let codes = random_recovery_codes();
        let renewed = sqlx::query_scalar!("select recovery_codes_renew($1, $2)", me.user().0, &self.hashes(me.user(), &codes)[..])
            .fetch_one(self.tx.conn())
            .await?;
        if renewed != Some(true) {
            return Err(StoreError::NotFound);
        }
        self.record_account_event(me.user(), me.email(), "recovery_codes.renewed", origin).await?;
        Ok(codes)
    }

    /// Whether all of these are the signed-in person's own, unused.
    pub async fn are_recovery_codes_of(&mut self, me: &SignedIn, codes: &[RecoveryCode]) -> Result<bool> {
        let own = sqlx::query_scalar!("select recovery_codes_are($1, $2)", me.user().0, &self.hashes(me.user(), codes)[..])
            .fetch_one(self.tx.conn())
            .await?;
        Ok(own == Some(true))
    }

    /// Removes the second factor and its recovery codes.
    ///
    /// # Errors
    /// `NotFound` for who has none.
    pub async fn remove_second_factor(&mut self, me: &SignedIn, origin: &str) -> Result<()> {
        let removed = sqlx::query_scalar!("select second_factor_remove($1)", me.user().0).fetch_one(self.tx.conn()).await?;
        if removed != Some(true) {
            return Err(StoreError::NotFound);
        }
        self.record_account_event(me.user(), me.email(), "second_factor.disabled", origin).await
    }
}
