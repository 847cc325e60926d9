//! Invites: a link that works once, for one e-mail, until it runs out. Here they come to be ([`Inviter`]) and are accepted; who may invite
//! whom stands in `inviting.rs`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::access::{Actor, SignedIn, stored};
use super::audit::append_each;
use super::handle::{PlatformRead, PublicTx};
use super::tokens::{SecretKey, hash_token};
use super::{Result, StoreError, mail};
use crate::domain::activity::Action;
use crate::domain::email::Email;
use crate::domain::ids::{InviteId, TenantId, UserId};
use crate::domain::invite::{DAYS, NewInvite, Taken};
use crate::domain::mail::Letter;
use crate::domain::name::Name;
use crate::domain::role::Role;
use crate::domain::slug::Slug;
use crate::domain::token::Token;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteState {
    Open,
    Accepted,
    Revoked,
    /// A newer link took its place.
    Replaced,
    Expired,
    /// Whoever invited may not any more.
    Lapsed,
    /// The team has grown beyond its plan.
    Full,
    /// The tenant is suspended.
    Suspended,
    /// The tenant is deleted.
    Deleted,
}

/// What the holder of the link may know.
#[derive(Debug, Clone)]
pub struct Invite {
    pub tenant_name: String,
    pub tenant_slug: Slug,
    pub accent: String,
    pub email: Email,
    /// What a list called the person.
    pub name: Option<String>,
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
              tenant_name as "tenant_name!", tenant_slug as "tenant_slug!", accent as "accent!", email as "email!", name as "name?",
              role as "role!", invited_by as "invited_by!", state as "state!", expires_at as "expires_at!", has_account as "has_account!"
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
            name: row.name,
            role: stored(row.role.parse())?,
            invited_by: row.invited_by,
            state: match row.state.as_str() {
                "open" => InviteState::Open,
                "accepted" => InviteState::Accepted,
                "revoked" => InviteState::Revoked,
                "replaced" => InviteState::Replaced,
                "expired" => InviteState::Expired,
                "lapsed" => InviteState::Lapsed,
                "full" => InviteState::Full,
                "suspended" => InviteState::Suspended,
                _ => InviteState::Deleted,
            },
            expires_at: row.expires_at,
            has_account: row.has_account,
        }))
    }

    /// Claims the invite, once, and makes the member.
    ///
    /// # Errors
    /// `NotFound` when it is not open (any more), `Forbidden` when the e-mail has an account that is not the one signed in, `WrongState` when
    /// whoever invited may not any more, or when no place is free.
    pub async fn accept_invite(&mut self, token: &Token, who: Accepting<'_>, origin: &str) -> Result<Accepted> {
        let (user, name, password_hash) = match who {
            Accepting::New { name, password_hash } => (None, Some(name.as_str()), Some(password_hash)),
            Accepting::Account(me) => (Some(me.user().0), None, None),
        };
        let claimed = sqlx::query!(
            r#"
            select tenant_id as "tenant_id!", tenant_slug as "tenant_slug!", user_id as "user_id!", email as "email!", role as "role!"
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
            Ok(Some(row)) => {
                // The claim has opened the tenant for the rest of the transaction.
                let tenant = sqlx::query!(
                    "select t.name as tenant, u.name from tenants t, users u where t.id = $1 and u.id = $2",
                    row.tenant_id,
                    row.user_id,
                )
                .fetch_one(self.tx.conn())
                .await?;
                let letter = Letter::Welcome {
                    tenant: tenant.tenant,
                    slug: row.tenant_slug.clone(),
                    name: tenant.name,
                    role: stored(row.role.parse())?,
                };
                mail::post(self.tx.conn(), Some(TenantId(row.tenant_id)), &stored(row.email.parse())?, &letter).await?;
                Ok(Accepted { user: UserId(row.user_id), email: row.email, tenant_slug: stored(row.tenant_slug.parse())? })
            }
            Ok(None) => Err(StoreError::NotFound),
            // Raised by invite_accept: see migrations.
            Err(sqlx::Error::Database(db)) if db.code().as_deref() == Some("TN001") => Err(StoreError::Forbidden),
            Err(sqlx::Error::Database(db)) if db.code().as_deref() == Some("TN002") => {
                Err(StoreError::WrongState("Whoever invited you may not do so any more. Ask an owner or admin for a new invite."))
            }
            Err(sqlx::Error::Database(db)) if db.code().as_deref() == Some("TN003") => {
                Err(StoreError::WrongState("No place is free in this team at the moment. Ask whoever invited you to make room."))
            }
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
              and not exists (select from members where tenant_id = $1 and role = 'owner')
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

/// Whoever makes invites, inside a transaction that holds the seats of the tenant: the tenant's own people or staff.
pub(super) struct Inviter<'a> {
    pub conn: &'a mut PgConnection,
    pub secret: &'a SecretKey,
    pub tenant: TenantId,
    pub actor: &'a Actor,
}

/// What stands against inviting an address, and the open invite if it is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub taken: Taken,
    pub invite: Option<InviteId>,
    /// The form that it was made with.
    pub request: Option<Uuid>,
}

/// Why invites are made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cause {
    /// The form, so that it counts once however often it is sent.
    pub request: Option<Uuid>,
    /// The invite whose place they take.
    pub replaces: Option<InviteId>,
}

impl Inviter<'_> {
    /// Which of these addresses are taken.
    pub async fn taken(&mut self, emails: &[Email]) -> Result<HashMap<Email, Standing>> {
        let rows = sqlx::query!(
            r#"
            select e.email as "email!", m.user_id is not null as "member!", i.id as "invite?", i.request_id
            from unnest($2::text[]) as e (email)
            left join users u on u.email = e.email
            left join members m on m.tenant_id = $1 and m.user_id = u.id
            left join invites i on i.tenant_id = $1 and i.email = e.email and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
            where m.user_id is not null
               or i.id is not null
            "#,
            self.tenant.0,
            &emails.iter().map(Email::as_str).collect::<Vec<_>>() as &[&str],
        )
        .fetch_all(&mut *self.conn)
        .await?;
        rows.into_iter()
            .map(|row| {
                let taken = if row.member { Taken::Member } else { Taken::Invited };
                Ok((stored(row.email.parse())?, Standing { taken, invite: row.invite.map(InviteId), request: row.request_id }))
            })
            .collect()
    }

    /// Makes invites of addresses that are not taken, one audit event and one mail each. All ways to invite end here, and a link is new
    /// nowhere else.
    pub async fn make(&mut self, new: &[NewInvite], cause: Cause) -> Result<Vec<InviteId>> {
        let emails: Vec<&str> = new.iter().map(|new| new.email.as_str()).collect();
        // One that ran out is in nobody's way; it is over now.
        sqlx::query!(
            r#"
            update invites
            set revoked_at = now()
            where tenant_id = $1
              and email = any ($2)
              and accepted_at is null
              and revoked_at is null
              and expires_at <= now()
            "#,
            self.tenant.0,
            &emails as &[&str],
        )
        .execute(&mut *self.conn)
        .await?;
        let count = i32::try_from(new.len()).unwrap_or(i32::MAX);
        let ids = sqlx::query_scalar!(r#"select uuid_v7() as "id!" from generate_series(1, $1)"#, count).fetch_all(&mut *self.conn).await?;
        sqlx::query!(
            r#"
            insert into invites (
              tenant_id, id, email, name, role, token_hash, invited_by, inviter_kind, inviter_id, request_id, replaces, expires_at)
            select $1, n.id, n.email, n.name, n.role, n.token_hash, $7, $8, $9, $10, $11, now() + make_interval(days => $12)
            from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[]) as n (id, email, name, role, token_hash)
            "#,
            self.tenant.0,
            &ids,
            &emails as &[&str],
            &new.iter().map(|new| new.name.as_ref().map(Name::as_str)).collect::<Vec<_>>() as &[Option<&str>],
            &new.iter().map(|new| new.role.as_str()).collect::<Vec<_>>() as &[&str],
            &ids.iter().map(|id| hash_token(&self.secret.invite_token(*id))).collect::<Vec<_>>(),
            self.actor.name,
            self.actor.kind,
            self.actor.id,
            cause.request,
            cause.replaces.map(|invite| invite.0),
            DAYS,
        )
        .execute(&mut *self.conn)
        .await?;
        let action = if cause.replaces.is_some() { Action::InviteResent } else { Action::InviteCreated };
        let events: Vec<_> = new.iter().map(|new| (new.email.as_str(), json!({ "role": new.role.as_str() }))).collect();
        append_each(self.conn, self.tenant, self.actor, action, &events).await?;
        mail::post_invites(self.conn, self.tenant, &ids).await?;
        Ok(ids.into_iter().map(InviteId).collect())
    }

    /// Ends an invite's link.
    pub async fn end(&mut self, invite: InviteId) -> Result<()> {
        sqlx::query!("update invites set revoked_at = now() where tenant_id = $1 and id = $2", self.tenant.0, invite.0)
            .execute(&mut *self.conn)
            .await?;
        Ok(())
    }

    /// The token of an invite's link. Derived, so that it can be shown again while the database keeps its hash.
    pub fn token(&self, invite: InviteId) -> Token {
        self.secret.invite_token(invite.0)
    }
}
