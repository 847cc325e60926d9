//! Staff help the people of one tenant: roles, memberships, sessions, links. They are held to the rules of its own owners
//! ([`super::membership`]), and each help stands in the tenant's audit log.

use serde_json::json;

use super::access::stored;
use super::handle::PlatformTx;
use super::invites::Cause;
use super::inviting::{Renewal, invite_of, is_to_end, renewal};
use super::membership::{Locked, email_of, end, follow_owner, lock_roles, set_role};
use super::{Constraint, Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::{InviteId, TenantId, UserId};
use crate::domain::invite::{NewInvite, Taken};
use crate::domain::role::Role;
use crate::domain::slug::Slug;

impl PlatformTx {
    /// Narrows the transaction to one tenant: what follows in it sees no other.
    async fn enter(&mut self, slug: &Slug) -> Result<TenantId> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        sqlx::query_scalar!("select set_config('app.tenant_id', $1, true)", tenant.0.to_string()).fetch_one(self.read.tx.conn()).await?;
        Ok(tenant)
    }

    /// The team as its owners would have it under lock.
    async fn lock_member(&mut self, user: UserId) -> Result<Locked> {
        let (_, target_role, owners) = lock_roles(self.read.tx.conn(), None, user).await?;
        Ok(Locked { my_role: Role::Owner, target_role, owners })
    }

    /// Gives a member another role; `was` is the one that whoever decided saw. Done twice, it is done once.
    ///
    /// # Errors
    /// `NotFound` for who is not a member there; `WrongState` when somebody else changed the role meanwhile; `LastOwner` if nobody would be
    /// left to own the tenant.
    pub async fn change_member_role(&mut self, slug: &Slug, user: UserId, was: Role, role: Role) -> Result<()> {
        let tenant = self.enter(slug).await?;
        let team = self.lock_member(user).await?;
        if team.target_role == role {
            return Ok(());
        }
        if team.target_role != was {
            return Err(StoreError::WrongState("Somebody else changed this role meanwhile. The page shows it as it is now."));
        }
        team.keep_an_owner(team.target_role)?;
        set_role(self.read.tx.conn(), user, role).await?;
        follow_owner(self.read.tx.conn(), team.target_role).await?;
        let email = email_of(self.read.tx.conn(), user).await?;
        let (before, after) = (json!({ "role": was.as_str() }), json!({ "role": role.as_str() }));
        self.audit(tenant, Action::RoleChanged, &email, Some(before), Some(after)).await
    }

    /// Ends a membership. The person's account and other memberships stay.
    ///
    /// # Errors
    /// `NotFound` for who is not a member there; `LastOwner` if nobody would be left to own the tenant.
    pub async fn end_member(&mut self, slug: &Slug, user: UserId) -> Result<()> {
        let tenant = self.enter(slug).await?;
        let team = self.lock_member(user).await?;
        team.keep_an_owner(team.target_role)?;
        let email = email_of(self.read.tx.conn(), user).await?;
        end(self.read.tx.conn(), user, team.target_role).await?;
        self.audit(tenant, Action::MemberRemoved, &email, Some(json!({ "role": team.target_role.as_str() })), None).await
    }

    /// Signs a member out everywhere; returns how many sessions have ended.
    ///
    /// # Errors
    /// `NotFound` for who is not a member there.
    pub async fn end_member_sessions(&mut self, slug: &Slug, user: UserId) -> Result<i64> {
        let tenant = self.enter(slug).await?;
        self.lock_member(user).await?;
        let ended = sqlx::query_scalar!(r#"select sessions_end($1) as "ended!""#, user.0).fetch_one(self.read.tx.conn()).await?;
        let email = email_of(self.read.tx.conn(), user).await?;
        self.audit(tenant, Action::SessionsEnded, &email, None, Some(json!({ "sessions": ended }))).await?;
        Ok(ended)
    }

    /// Mails a member a link to set a new password, in the tenant's look. Staff never see it.
    ///
    /// # Errors
    /// `NotFound` for who is not a member there; `WrongState` for an account that is disabled.
    pub async fn send_member_reset(&mut self, slug: &Slug, user: UserId) -> Result<()> {
        let tenant = self.enter(slug).await?;
        self.lock_member(user).await?;
        let account = sqlx::query!(r#"select email, disabled_at is not null as "disabled!" from users where id = $1"#, user.0)
            .fetch_one(self.read.tx.conn())
            .await?;
        if account.disabled {
            return Err(StoreError::WrongState("This account is disabled: nobody can sign in with it."));
        }
        let origin = self.actor.origin.clone();
        sqlx::query!(
            r#"
            insert into jobs (kind, payload, run_at)
            select 'password_reset', jsonb_build_object('email', $1::text, 'origin', $2::text, 'slug', slug), now()
            from tenants
            where id = $3
            "#,
            account.email,
            origin,
            tenant.0,
        )
        .execute(self.read.tx.conn())
        .await?;
        self.audit(tenant, Action::ResetSent, &account.email, None, None).await
    }

    /// Ends an invite's link and makes a new one, for seven days from now. Done twice, it is done once.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it was accepted or taken back, or the tenant is not open; `Conflict(Member)` when its person has joined
    /// otherwise; `AtLimit` when it had run out and its place is taken.
    pub async fn resend_team_invite(&mut self, slug: &Slug, invite: InviteId) -> Result<()> {
        let tenant = self.lock_team(slug).await?;
        self.lock_invite(tenant, invite).await?;
        let old = invite_of(self.read.tx.conn(), tenant, invite).await?;
        let Renewal::Takes(more) = renewal(old.stage)? else { return Ok(()) };
        let joined = self.inviter(tenant).taken(std::slice::from_ref(&old.email)).await?;
        if joined.values().any(|standing| standing.taken == Taken::Member) {
            return Err(StoreError::Conflict(Constraint::Member));
        }
        if more > 0 {
            self.check_seats(tenant, more).await?;
        }
        self.inviter(tenant).end(invite).await?;
        let name = old.name.map(|name| stored(name.parse())).transpose()?;
        let new = NewInvite { email: old.email, role: old.role, name };
        self.inviter(tenant).make(&[new], Cause { request: None, replaces: Some(invite) }).await?;
        Ok(())
    }

    /// Takes an invite back: its link is dead, its place is free. Done twice, it is done once.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it was accepted or sent anew meanwhile.
    pub async fn revoke_team_invite(&mut self, slug: &Slug, invite: InviteId) -> Result<()> {
        let (tenant, ..) = self.lock_tenant(slug).await?;
        self.lock_invite(tenant, invite).await?;
        let sheet = invite_of(self.read.tx.conn(), tenant, invite).await?;
        if !is_to_end(sheet.stage)? {
            return Ok(());
        }
        self.inviter(tenant).end(invite).await?;
        let before = json!({ "role": sheet.role.as_str() });
        self.audit(tenant, Action::InviteRevoked, sheet.email.as_str(), Some(before), None).await
    }

    async fn lock_invite(&mut self, tenant: TenantId, invite: InviteId) -> Result<()> {
        sqlx::query_scalar!("select id from invites where tenant_id = $1 and id = $2 for update", tenant.0, invite.0)
            .fetch_optional(self.read.tx.conn())
            .await?
            .map(drop)
            .ok_or(StoreError::NotFound)
    }
}
