//! Invites: a link that works once, for one e-mail, until it runs out.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::access::{SignedIn, stored};
use super::handle::{PlatformRead, PlatformTx, PublicTx};
use super::tokens::hash_token;
use super::{Result, StoreError, mail};
use crate::domain::activity::Action;
use crate::domain::email::Email;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::name::Name;
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::token::Token;

/// Days until an invite runs out.
const DAYS: i32 = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteState {
    Open,
    Accepted,
    Revoked,
    Expired,
    /// The tenant is suspended or deleted.
    Closed,
}

/// What the holder of the link may know.
#[derive(Debug, Clone)]
pub struct Invite {
    pub tenant_name: String,
    pub tenant_slug: Slug,
    pub accent: String,
    pub email: Email,
    pub role: Role,
    pub invited_by: String,
    pub state: InviteState,
    pub expires_at: DateTime<Utc>,
    /// Whether the e-mail has an account with a password already: then its owner signs in instead of choosing one.
    pub has_account: bool,
}

/// Who accepts: somebody new, or the account of that e-mail.
pub enum Accepting<'a> {
    New { name: &'a Name, password_hash: &'a str },
    Account(&'a SignedIn),
}

/// The membership that an accepted invite made.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub user: UserId,
    pub email: String,
    pub tenant_slug: Slug,
}

impl PublicTx {
    pub async fn find_invite(&mut self, token: &Token) -> Result<Option<Invite>> {
        let row = sqlx::query!(
            r#"
            select
              tenant_name as "tenant_name!", tenant_slug as "tenant_slug!", accent as "accent!", email as "email!", role as "role!",
              invited_by as "invited_by!", state as "state!", expires_at as "expires_at!", has_account as "has_account!"
            from invite_find($1)
            "#,
            hash_token(token),
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Invite {
            tenant_name: row.tenant_name,
            tenant_slug: stored(row.tenant_slug.parse())?,
            accent: row.accent,
            email: stored(row.email.parse())?,
            role: stored(row.role.parse())?,
            invited_by: row.invited_by,
            state: match row.state.as_str() {
                "open" => InviteState::Open,
                "accepted" => InviteState::Accepted,
                "revoked" => InviteState::Revoked,
                "expired" => InviteState::Expired,
                _ => InviteState::Closed,
            },
            expires_at: row.expires_at,
            has_account: row.has_account,
        }))
    }

    /// Claims the invite, once, and makes the member.
    ///
    /// # Errors
    /// `NotFound` when it is not open (any more), `Forbidden` when the e-mail has an account that is not the one signed in.
    pub async fn accept_invite(&mut self, token: &Token, who: Accepting<'_>, origin: &str) -> Result<Accepted> {
        let (user, name, password_hash) = match who {
            Accepting::New { name, password_hash } => (None, Some(name.as_str()), Some(password_hash)),
            Accepting::Account(me) => (Some(me.user().0), None, None),
        };
        let claimed = sqlx::query!(
            r#"
            select tenant_slug as "tenant_slug!", user_id as "user_id!", email as "email!"
            from invite_accept($1, $2, $3, $4, $5)
            "#,
            hash_token(token),
            user,
            name,
            password_hash,
            origin,
        )
        .fetch_optional(self.tx.conn())
        .await;
        match claimed {
            Ok(Some(row)) => Ok(Accepted { user: UserId(row.user_id), email: row.email, tenant_slug: stored(row.tenant_slug.parse())? }),
            Ok(None) => Err(StoreError::NotFound),
            // Raised by invite_accept: see migrations.
            Err(sqlx::Error::Database(db)) if db.code().as_deref() == Some("TN001") => Err(StoreError::Forbidden),
            Err(error) => Err(error.into()),
        }
    }
}

impl PlatformRead {
    /// The set-up link of a tenant whose owner has not come yet, while it works.
    pub async fn find_setup_link(&mut self, tenant: TenantId) -> Result<Option<(Token, DateTime<Utc>)>> {
        let row = sqlx::query!(
            r#"
            select id, expires_at
            from invites
            where tenant_id = $1
              and role = 'owner'
              and accepted_at is null
              and revoked_at is null
              and expires_at > now()
            order by created_at desc
            limit 1
            "#,
            tenant.0,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        Ok(row.map(|row| (self.secret.invite_token(row.id), row.expires_at)))
    }
}

impl PlatformTx {
    /// Makes an invite, queues its mail and returns its link's token.
    ///
    /// # Errors
    /// `Conflict(InviteOpen)` when this e-mail has an open one.
    pub(super) async fn create_invite(&mut self, tenant: TenantId, email: &Email, role: Role) -> Result<Token> {
        let id: Uuid = sqlx::query_scalar!(r#"select uuid_v7() as "id!""#).fetch_one(self.read.tx.conn()).await?;
        let token = self.read.secret.invite_token(id);
        sqlx::query!(
            r#"
            insert into invites (tenant_id, id, email, role, token_hash, invited_by, expires_at)
            values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7))
            "#,
            tenant.0,
            id,
            email.as_str(),
            role.as_str(),
            hash_token(&token),
            self.actor.name,
            DAYS,
        )
        .execute(self.read.tx.conn())
        .await?;
        self.audit(tenant, Action::InviteCreated, email.as_str(), None, Some(serde_json::json!({ "role": role.as_str() }))).await?;
        mail::post_invite(self.read.tx.conn(), tenant, id).await?;
        Ok(token)
    }
}
