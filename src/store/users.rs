//! Accounts: finding one to sign in, making platform admins.

use serde_json::json;
use uuid::Uuid;

use super::handle::{PlatformTx, PublicTx};
use super::{Result, StoreError};
use crate::domain::email::Email;
use crate::domain::ids::UserId;
use crate::domain::name::Name;
use crate::domain::staff::StaffRole;

/// What signing in needs of an account.
pub struct Credentials {
    pub user: UserId,
    pub name: String,
    /// `None` until the person has set a password through an invite.
    pub password_hash: Option<String>,
}

impl PublicTx {
    /// The account with this e-mail, unless it is disabled.
    pub async fn find_credentials(&mut self, email: &Email) -> Result<Option<Credentials>> {
        let row = sqlx::query!(
            r#"select user_id as "user_id!", name as "name!", password_hash as "password_hash?" from sign_in_user($1)"#,
            email.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?;
        Ok(row.map(|row| Credentials { user: UserId(row.user_id), name: row.name, password_hash: row.password_hash }))
    }

    /// Writes a sign-in or sign-out to the platform's own audit chain.
    pub async fn record_account_event(&mut self, user: UserId, email: &str, action: &str, origin: &str) -> Result<()> {
        sqlx::query_scalar!("select platform_audit_append('user', $1, $2, $3, $2, null, null, $4)", user.0, email, action, origin)
            .fetch_one(self.tx.conn())
            .await?;
        Ok(())
    }
}

impl PlatformTx {
    /// Makes this e-mail a platform admin; the account is made when there is none.
    ///
    /// # Errors
    /// `WrongState` when it is one already, when an existing account would get another password, or when nobody would be an owner.
    pub async fn create_platform_admin(&mut self, email: &Email, name: &Name, password_hash: &str, role: StaffRole) -> Result<UserId> {
        if role != StaffRole::Owner && !self.has_other_owner(None).await? {
            return Err(StoreError::WrongState("the first platform admin is an owner: leave the role out"));
        }
        let found =
            sqlx::query_scalar!("select id from users where email = $1", email.as_str()).fetch_optional(self.read.tx.conn()).await?;
        let user = match found {
            Some(user) => {
                let set =
                    sqlx::query_scalar!("select set_first_password($1, $2)", user, password_hash).fetch_one(self.read.tx.conn()).await?;
                if set != Some(true) {
                    return Err(StoreError::WrongState("an account with this e-mail exists already"));
                }
                user
            }
            None => self.insert_user(email, name, password_hash).await?,
        };
        let made = sqlx::query!(
            "insert into platform_admins (user_id, role) values ($1, $2) on conflict on constraint platform_admins_pkey do nothing",
            user,
            role.as_str(),
        )
        .execute(self.read.tx.conn())
        .await?;
        if made.rows_affected() == 0 {
            return Err(StoreError::WrongState("this account is a platform admin already"));
        }
        self.audit_platform("platform_admin.created", email.as_str(), None, Some(json!({ "role": role }))).await?;
        Ok(UserId(user))
    }

    async fn insert_user(&mut self, email: &Email, name: &Name, password_hash: &str) -> Result<Uuid> {
        Ok(sqlx::query_scalar!(
            "insert into users (email, name, password_hash) values ($1, $2, $3) returning id",
            email.as_str(),
            name.as_str(),
            password_hash,
        )
        .fetch_one(self.read.tx.conn())
        .await?)
    }
}
