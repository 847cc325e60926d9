//! What people change of their own account: name, time zone, password.

use serde_json::json;

use super::access::SignedIn;
use super::handle::{PlatformTx, PublicTx};
use super::{Result, StoreError};
use crate::domain::email::Email;
use crate::domain::name::Name;
use crate::domain::zone::Zone;

impl PublicTx {
    /// Keeps name and time zone; without a zone times are shown in UTC.
    ///
    /// # Errors
    /// `NotFound` when the account was disabled meanwhile.
    pub async fn change_account(&mut self, me: &SignedIn, name: &Name, zone: Option<Zone>, origin: &str) -> Result<()> {
        let zone = zone.map(|zone| zone.as_str());
        let before =
            sqlx::query!(r#"select name as "name!", time_zone from account_change($1, $2, $3)"#, me.user().0, name.as_str(), zone,)
                .fetch_optional(self.tx.conn())
                .await?
                .ok_or(StoreError::NotFound)?;
        let (before, after) =
            (json!({ "name": before.name, "time_zone": before.time_zone }), json!({ "name": name.as_str(), "time_zone": zone }));
        if before == after {
            return Ok(());
        }
        sqlx::query_scalar!(
            "select platform_audit_append('user', $1, $2, 'account.changed', $2, $3, $4, $5)",
            me.user().0,
            me.email(),
            before.to_string(),
            after.to_string(),
            origin,
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok(())
    }

    /// The hash of the signed-in person's password.
    pub async fn find_password_hash(&mut self, me: &SignedIn) -> Result<Option<String>> {
        // By e-mail, as signing in finds it: the one function that gives hashes away.
        let row = sqlx::query!(r#"select user_id as "user_id!", password_hash from sign_in_user($1)"#, me.email())
            .fetch_optional(self.tx.conn())
            .await?;
        Ok(row.filter(|row| row.user_id == me.user().0).and_then(|row| row.password_hash))
    }

    /// Another password instead of the one with this hash, and the end of all other sessions.
    ///
    /// # Errors
    /// `WrongState` when the password was changed meanwhile.
    pub async fn change_password(&mut self, me: &SignedIn, old_hash: &str, new_hash: &str, origin: &str) -> Result<()> {
        let changed =
            sqlx::query_scalar!("select password_change($1, $2, $3)", me.user().0, old_hash, new_hash).fetch_one(self.tx.conn()).await?;
        if changed != Some(true) {
            return Err(StoreError::WrongState("Your password was changed elsewhere just now. Reload the page and try again."));
        }
        self.revoke_other_sessions(me).await?;
        self.record_account_event(me.user(), me.email(), "password.changed", origin).await
    }
}

impl PlatformTx {
    /// Removes the second factor of whoever has lost phone and recovery codes: their password alone signs them in again.
    ///
    /// # Errors
    /// `NotFound` for an account that is not there, `WrongState` for one without a second factor.
    pub async fn reset_second_factor(&mut self, email: &Email) -> Result<()> {
        let user = sqlx::query_scalar!("select id from users where email = $1", email.as_str())
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        let removed = sqlx::query_scalar!("select second_factor_remove($1)", user).fetch_one(self.read.tx.conn()).await?;
        if removed != Some(true) {
            return Err(StoreError::WrongState("this account has no second factor"));
        }
        self.audit_platform("second_factor.reset", email.as_str(), None, None).await
    }
}
