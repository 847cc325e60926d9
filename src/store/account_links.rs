//! Links to a person's own address: to set a new password, to move the account to another address. Each works once, for an hour.

use serde::Deserialize;
use uuid::Uuid;

use super::access::{SignedIn, stored};
use super::handle::{JobTx, PublicTx, Store};
use super::jobs::Claimed;
use super::mail::post;
use super::tokens::hash_token;
use super::{Result, StoreError};
use crate::domain::email::Email;
use crate::domain::ids::TenantId;
use crate::domain::mail::{Letter, Notice, OneTime, PageLink};
use crate::domain::slug::Slug;
use crate::domain::token::Token;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Password,
    Email,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Purpose::Password => "password",
            Purpose::Email => "email",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    Open,
    Used,
    Expired,
}

/// What the holder of a link may know.
#[derive(Debug, Clone)]
pub struct AccountLink {
    pub user: Uuid,
    pub name: String,
    /// The account's address.
    pub account: Email,
    /// Where the link was sent.
    pub email: Email,
    pub state: LinkState,
}

/// As `reset_ask` queues it.
#[derive(Deserialize)]
struct Asked {
    email: String,
    origin: String,
    /// The tenant at whose host it was asked.
    #[serde(default)]
    slug: Option<String>,
}

fn told(subject: &str, paragraphs: &[String], page: Option<(&str, &str)>) -> Letter {
    let page = page.map(|(label, path)| PageLink { label: label.to_owned(), path: path.to_owned() });
    Letter::Notice(Notice { subject: subject.to_owned(), paragraphs: paragraphs.to_vec(), page })
}

impl PublicTx {
    /// Asks for a link to set a new password, maybe at a tenant's host. Whether there is such an account is looked up later, by a worker: here nothing depends on it.
    pub async fn ask_reset(&mut self, email: &Email, origin: &str, at: Option<&Slug>) -> Result<()> {
        sqlx::query_scalar!("select reset_ask($1, $2, $3)", email.as_str(), origin, at.map(Slug::as_str)).fetch_one(self.tx.conn()).await?;
        Ok(())
    }

    pub async fn find_account_link(&mut self, purpose: Purpose, token: &Token) -> Result<Option<AccountLink>> {
        let row = sqlx::query!(
            r#"
            select user_id as "user_id!", name as "name!", account as "account!", email as "email!", state as "state!"
            from account_link_find($1, $2)
            "#,
            hash_token(token),
            purpose.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(AccountLink {
            user: row.user_id,
            name: row.name,
            account: stored(row.account.parse())?,
            email: stored(row.email.parse())?,
            state: match row.state.as_str() {
                "open" => LinkState::Open,
                "used" => LinkState::Used,
                _ => LinkState::Expired,
            },
        }))
    }

    /// Sets the password that the holder of the link chose, ends every session of the account, and tells its owner by mail.
    ///
    /// # Errors
    /// `NotFound` when the link is not open (any more).
    pub async fn use_reset(&mut self, token: &Token, password_hash: &str, origin: &str) -> Result<()> {
        let row = sqlx::query!(
            r#"select email as "email!", name as "name!" from reset_use($1, $2, $3)"#,
            hash_token(token),
            password_hash,
            origin,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let letter = told(
            "Your password was changed",
            &[
                format!("Hello {},", row.name),
                "A new password was set for your account by a link that was mailed to you. You are signed out everywhere.".to_owned(),
                "If it was not you, somebody reads your mail: set a new password at once and secure your mailbox.".to_owned(),
            ],
            Some(("Sign in", "/login")),
        );
        post(self.tx.conn(), None, &stored::<Email, _>(row.email.parse())?, &letter).await?;
        Ok(())
    }

    /// Moves the signed-in person's account to the address that the link was sent to, and tells the old one.
    ///
    /// # Errors
    /// `NotFound` when the link is not open (any more) or somebody else's, `Conflict(UserEmail)` when the address got an account meanwhile.
    pub async fn use_email_change(&mut self, me: &SignedIn, token: &Token, origin: &str) -> Result<()> {
        let row = sqlx::query!(
            r#"select old_email as "old_email!", new_email as "new_email!", name as "name!" from email_change_use($1, $2, $3)"#,
            hash_token(token),
            me.user().0,
            origin,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let letter = told(
            "Your e-mail address was changed",
            &[
                format!("Hello {},", row.name),
                format!("Your account now belongs to {}. From now on you sign in with that address, and mail goes there.", row.new_email),
                "If it was not you, write to whoever runs this platform at once.".to_owned(),
            ],
            None,
        );
        post(self.tx.conn(), None, &stored::<Email, _>(row.old_email.parse())?, &letter).await?;
        Ok(())
    }
}

impl Store {
    /// Mails a link to the address that the signed-in person's account is to have. Where that address has an account already, its owner is told
    /// instead, and the answer is the same.
    ///
    /// # Errors
    /// `NotFound` when the account is gone.
    pub async fn ask_email_change(&self, me: &SignedIn, new: &Email, origin: &str) -> Result<()> {
        let mut tx = self.public().await?;
        let id = sqlx::query_scalar!(r#"select uuid_v7() as "id!""#).fetch_one(tx.tx.conn()).await?;
        let token = self.secret.link_token(OneTime::EmailChange(id));
        let row = sqlx::query!(
            r#"select taken as "taken!", expires_at as "expires_at!" from email_change_ask($1, $2, $3, $4, $5)"#,
            me.user().0,
            id,
            hash_token(&token),
            new.as_str(),
            origin,
        )
        .fetch_optional(tx.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let letter = match row.taken {
            true => told(
                "This address has an account already",
                &[
                    "Somebody asked to move an account to this address. It has one already, so nothing was changed.".to_owned(),
                    "If it was you: sign in with this address, or choose another one.".to_owned(),
                ],
                Some(("Sign in", "/login")),
            ),
            false => {
                Letter::EmailChange { link: id, name: me.name().to_owned(), old: stored(me.email().parse())?, expires_at: row.expires_at }
            }
        };
        post(tx.tx.conn(), None, new, &letter).await?;
        tx.commit().await
    }
}

impl JobTx {
    /// Mails the link that somebody asked for, if the address has an account, and none was mailed within two minutes.
    pub async fn post_reset(&mut self, job: &Claimed) -> Result<()> {
        let asked: Asked = stored(serde_json::from_value(job.payload.clone()))?;
        let user = sqlx::query!(
            r#"
            select u.id, u.name, uuid_v7() as "link!", now() + interval '1 hour' as "expires_at!", (
              select m.tenant_id
              from members m
              join tenants t on t.id = m.tenant_id
              where m.user_id = u.id
                and t.slug = $2
                and t.status <> 'deleted') as tenant
            from users u
            where u.email = $1
              and u.disabled_at is null
              and not exists (
                select from account_links l
                where l.user_id = u.id and l.kind = 'password' and l.used_at is null and l.created_at > now() - interval '2 minutes')
            "#,
            asked.email,
            asked.slug,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(user) = user else { return Ok(()) };
        let token = self.secret.link_token(OneTime::PasswordReset(user.link));
        sqlx::query!(
            "insert into account_links (id, user_id, kind, email, token_hash, expires_at) values ($1, $2, 'password', $3, $4, $5)",
            user.link,
            user.id,
            asked.email,
            hash_token(&token),
            user.expires_at,
        )
        .execute(self.tx.conn())
        .await?;
        sqlx::query_scalar!(
            "select platform_audit_append('user', $1, $2, 'user.reset_asked', $2, null, null, $3)",
            user.id,
            asked.email,
            asked.origin,
        )
        .fetch_one(self.tx.conn())
        .await?;
        let letter = Letter::PasswordReset { link: user.link, name: user.name, expires_at: user.expires_at };
        // In a tenant's words to its own members only: nobody else is written to in the name of a host that somebody chose.
        post(self.tx.conn(), user.tenant.map(TenantId), &stored::<Email, _>(asked.email.parse())?, &letter).await?;
        Ok(())
    }
}
