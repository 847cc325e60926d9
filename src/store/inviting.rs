//! Who invites whom: a tenant's admins up to their own role, staff anybody. Everybody is held to the plan's limit of members, which open
//! invites count towards, by one lock a tenant: the last place goes to one.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::access::stored;
use super::handle::{PlatformTx, TenantTx};
use super::invites::{Cause, Inviter};
use super::{Constraint, Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::ManageTeam;
use crate::domain::email::Email;
use crate::domain::ids::{InviteId, TenantId};
use crate::domain::invite::{NewInvite, Taken};
use crate::domain::lifecycle::{self, Way};
use crate::domain::name::Name;
use crate::domain::role::Role;
use crate::domain::roster::Roster;
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::token::Token;

/// What became of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invited {
    /// All of them, or all of them before, with the same form.
    Made(Vec<InviteId>),
    /// None, because of these.
    Taken(Vec<(Email, Taken)>),
}

/// An invite as the tenant's admins see it.
#[derive(Debug, Clone)]
pub struct InviteSheet {
    pub id: InviteId,
    pub email: Email,
    pub name: Option<String>,
    pub role: Role,
    pub invited_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub stage: Stage,
    /// Its link, while it works, for those who may grant its role.
    pub token: Option<Token>,
}

/// How far an invite has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Open,
    Expired,
    Accepted,
    Revoked,
    /// By an invite with a newer link.
    Replaced(InviteId),
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// Its good lines, in their order; the rest was to be skipped.
    Made(Vec<InviteId>),
    /// Nothing: some lines are bad.
    Refused,
}

impl TenantTx<ManageTeam> {
    pub(super) fn inviter(&mut self) -> Inviter<'_> {
        Inviter { conn: self.tx.conn(), secret: &self.secret, tenant: self.head.id, actor: &self.actor }
    }

    /// Invites people, all or none. `request` is of the form that was sent: sent again it changes nothing.
    ///
    /// # Errors
    /// `Forbidden` for a role above one's own, `AtLimit`.
    pub async fn invite(&mut self, new: &[NewInvite], request: Option<Uuid>) -> Result<Invited> {
        if new.iter().any(|new| new.role > self.head.role) {
            return Err(StoreError::Forbidden);
        }
        self.lock_room("members").await?;
        let emails: Vec<Email> = new.iter().map(|new| new.email.clone()).collect();
        let standings = self.inviter().taken(&emails).await?;
        if !standings.is_empty() {
            let before: Vec<InviteId> = emails
                .iter()
                .filter_map(|email| standings.get(email).filter(|standing| request.is_some() && standing.request == request)?.invite)
                .collect();
            if before.len() == emails.len() {
                return Ok(Invited::Made(before));
            }
            let taken =
                emails.into_iter().filter_map(|email| standings.get(&email).map(|standing| standing.taken).map(|taken| (email, taken)));
            return Ok(Invited::Taken(taken.collect()));
        }
        self.check_room("members", i64::try_from(new.len()).unwrap_or(i64::MAX)).await?;
        Ok(Invited::Made(self.inviter().make(new, Cause { request, replaces: None }).await?))
    }

    /// # Errors
    /// `NotFound`.
    pub async fn get_invite(&mut self, invite: InviteId) -> Result<InviteSheet> {
        let mut sheet = invite_of(self.tx.conn(), self.head.id, invite).await?;
        let shown = sheet.stage == Stage::Open && sheet.role <= self.head.role;
        sheet.token = shown.then(|| self.inviter().token(invite));
        Ok(sheet)
    }

    /// The invite, locked, when one's own role is enough for it.
    async fn lock_invite(&mut self, invite: InviteId) -> Result<InviteSheet> {
        sqlx::query!("select id from invites where tenant_id = $1 and id = $2 for update", self.head.id.0, invite.0)
            .fetch_optional(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        let sheet = self.get_invite(invite).await?;
        if sheet.role > self.head.role { Err(StoreError::Forbidden) } else { Ok(sheet) }
    }

    /// Ends the invite's link and makes a new one, for seven days from now; returns the invite that has it. Done twice, it is done once.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` for a role above one's own, `WrongState` when it was accepted or taken back, `Conflict(Member)` when its
    /// person has joined otherwise, `AtLimit` when it had run out and its place is taken.
    pub async fn resend_invite(&mut self, invite: InviteId) -> Result<InviteId> {
        self.lock_room("members").await?;
        let old = self.lock_invite(invite).await?;
        let more = match renewal(old.stage)? {
            Renewal::Takes(more) => more,
            Renewal::Done(successor) => return Ok(successor),
        };
        let joined = self.inviter().taken(std::slice::from_ref(&old.email)).await?;
        if joined.values().any(|standing| standing.taken == Taken::Member) {
            return Err(StoreError::Conflict(Constraint::Member));
        }
        if more > 0 {
            self.check_room("members", more).await?;
        }
        self.inviter().end(invite).await?;
        let name: Option<Name> = old.name.map(|name| stored(name.parse())).transpose()?;
        let new = NewInvite { email: old.email, role: old.role, name };
        let made = self.inviter().make(&[new], Cause { request: None, replaces: Some(invite) }).await?;
        made.first().copied().ok_or(StoreError::NotFound)
    }

    /// Takes an invite back: its link is dead, its place is free. Done twice, it is done once.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` for a role above one's own, `WrongState` when it was accepted or sent anew meanwhile.
    pub async fn revoke_invite(&mut self, invite: InviteId) -> Result<()> {
        let sheet = self.lock_invite(invite).await?;
        if !is_to_end(sheet.stage)? {
            return Ok(());
        }
        self.inviter().end(invite).await?;
        let before = json!({ "role": sheet.role.as_str() });
        self.audit(Action::InviteRevoked, sheet.email.as_str(), Some(before), None).await
    }

    /// Marks the lines that cannot be invited as they are at this moment.
    pub async fn check_roster(&mut self, roster: &mut Roster) -> Result<()> {
        let standings = self.inviter().taken(&roster.emails()).await?;
        roster.refuse(&standings.into_iter().map(|(email, standing)| (email, standing.taken)).collect(), self.head.role);
        Ok(())
    }
}

/// An invite, without its link.
///
/// # Errors
/// `NotFound`.
pub(super) async fn invite_of(conn: &mut PgConnection, tenant: TenantId, invite: InviteId) -> Result<InviteSheet> {
    let row = sqlx::query!(
        r#"
        select
          i.email, i.name, i.role, i.invited_by, i.created_at, i.expires_at, i.accepted_at is not null as "accepted!",
          i.revoked_at is not null as "revoked!", i.expires_at <= now() as "expired!", n.id as "successor?"
        from invites i
        left join invites n on n.tenant_id = i.tenant_id and n.replaces = i.id
        where i.tenant_id = $1
          and i.id = $2
        "#,
        tenant.0,
        invite.0,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(StoreError::NotFound)?;
    let stage = match (row.accepted, row.revoked, row.successor) {
        (true, _, _) => Stage::Accepted,
        (false, true, Some(successor)) => Stage::Replaced(InviteId(successor)),
        (false, true, None) => Stage::Revoked,
        (false, false, _) if row.expired => Stage::Expired,
        (false, false, _) => Stage::Open,
    };
    Ok(InviteSheet {
        id: invite,
        email: stored(row.email.parse())?,
        name: row.name,
        role: stored(row.role.parse())?,
        invited_by: row.invited_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        stage,
        token: None,
    })
}

/// What sending an invite anew comes to.
pub(super) enum Renewal {
    /// A new link, for which so many places have to be free.
    Takes(i64),
    /// It was done already: by this one.
    Done(InviteId),
}

/// # Errors
/// `WrongState` when it was accepted or taken back.
pub(super) fn renewal(stage: Stage) -> Result<Renewal> {
    match stage {
        Stage::Open => Ok(Renewal::Takes(0)),
        Stage::Expired => Ok(Renewal::Takes(1)),
        Stage::Replaced(successor) => Ok(Renewal::Done(successor)),
        Stage::Accepted => Err(StoreError::WrongState("This invite was accepted meanwhile: the person is in the team.")),
        Stage::Revoked => Err(StoreError::WrongState("This invite was taken back. Invite the person again.")),
    }
}

/// Whether there is something to take back.
///
/// # Errors
/// `WrongState` when it was accepted or sent anew meanwhile.
pub(super) fn is_to_end(stage: Stage) -> Result<bool> {
    match stage {
        Stage::Open | Stage::Expired => Ok(true),
        Stage::Revoked => Ok(false),
        Stage::Accepted => Err(StoreError::WrongState("This invite was accepted meanwhile: the person is in the team. Remove them there.")),
        Stage::Replaced(_) => Err(StoreError::WrongState("This invite was sent anew meanwhile. Take back the newer one.")),
    }
}

impl PlatformTx {
    pub(super) fn inviter(&mut self, tenant: TenantId) -> Inviter<'_> {
        Inviter { conn: self.read.tx.conn(), secret: &self.read.secret, tenant, actor: &self.actor }
    }

    /// Makes one invite and returns its link's token.
    pub(super) async fn invite_one(&mut self, tenant: TenantId, new: NewInvite) -> Result<Token> {
        let made = self.inviter(tenant).make(&[new], Cause::default()).await?;
        let invite = made.first().copied().ok_or(StoreError::NotFound)?;
        Ok(self.inviter(tenant).token(invite))
    }

    /// The tenant with its seats and its row locked, in this order: its own people take them in the same.
    pub(super) async fn lock_team(&mut self, slug: &Slug) -> Result<TenantId> {
        let id = sqlx::query_scalar!("select id from tenants where id = tenant_by_slug($1) and status <> 'deleted'", slug.as_str())
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        sqlx::query!("select seat_lock($1)", id).fetch_one(self.read.tx.conn()).await?;
        let (tenant, status, ..): (_, TenantStatus, _, _) = self.lock_tenant(slug).await?;
        match lifecycle::allows(status, Way::Invite) {
            true => Ok(tenant),
            false => Err(StoreError::WrongState("Nobody can be invited to a tenant that is suspended or not set up yet.")),
        }
    }

    /// Invites somebody to a tenant and returns the link's token.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for a tenant that is not open; `Conflict(InviteOpen)` when this e-mail has an open invite, `Conflict(Member)`
    /// when its account is a member already; `AtLimit`.
    pub async fn invite(&mut self, slug: &Slug, email: &Email, role: Role) -> Result<Token> {
        let tenant = self.lock_team(slug).await?;
        let standings = self.inviter(tenant).taken(std::slice::from_ref(email)).await?;
        match standings.get(email).map(|standing| standing.taken) {
            Some(Taken::Member) => return Err(StoreError::Conflict(Constraint::Member)),
            Some(Taken::Invited) => return Err(StoreError::Conflict(Constraint::InviteOpen)),
            None => {}
        }
        self.check_seats(tenant, 1).await?;
        self.invite_one(tenant, NewInvite { email: email.clone(), role, name: None }).await
    }

    /// Invites the people of a file, all or none, or all but those of its bad lines; the roster then names these.
    ///
    /// # Errors
    /// As `invite` for the tenant; `AtLimit`.
    pub async fn import_roster(&mut self, slug: &Slug, roster: &mut Roster, skip_bad: bool) -> Result<Imported> {
        let tenant = self.lock_team(slug).await?;
        let standings = self.inviter(tenant).taken(&roster.emails()).await?;
        roster.refuse(&standings.into_iter().map(|(email, standing)| (email, standing.taken)).collect(), Role::Owner);
        if !roster.bad.is_empty() && !skip_bad {
            return Ok(Imported::Refused);
        }
        self.check_seats(tenant, i64::try_from(roster.good.len()).unwrap_or(i64::MAX)).await?;
        let new: Vec<NewInvite> = roster.good.iter().map(|line| line.invite.clone()).collect();
        Ok(Imported::Made(self.inviter(tenant).make(&new, Cause::default()).await?))
    }

    /// The token of an invite's link.
    pub fn invite_token(&self, invite: InviteId) -> Token {
        self.read.secret.invite_token(invite.0)
    }
}
