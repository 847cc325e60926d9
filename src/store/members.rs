//! The people of one tenant: who they are, what they may, and how that changes. Whoever loses or gains power notices at the next request,
//! and their sessions get new ids (security.md, C9).

use chrono::{DateTime, Utc};
use serde_json::json;

use super::access::stored;
use super::agents::Page;
use super::handle::TenantTx;
use super::membership::{Locked, email_of, end, follow_owner, lock_roles, set_role};
use super::team_list::{invites_of, members_of};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::{Capability, ManageTeam, TransferTenant, ViewTenant};
use crate::domain::ids::{InviteId, UserId};
use crate::domain::role::Role;
use crate::domain::team::{MemberCursor, TeamQuery};

#[derive(Debug, Clone)]
pub struct MemberRow {
    pub user: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub joined_at: DateTime<Utc>,
    /// To the hour.
    pub last_active_at: Option<DateTime<Utc>>,
}

/// An invite that waits for its person, or ran out.
#[derive(Debug, Clone)]
pub struct InviteRow {
    pub id: InviteId,
    pub email: String,
    pub name: Option<String>,
    pub role: Role,
    pub invited_by: String,
    pub expires_at: DateTime<Utc>,
    pub expired: bool,
    /// Whoever invited may not any more.
    pub lapsed: bool,
}

impl TenantTx<ViewTenant> {
    /// How many members have each role that anybody has.
    pub async fn count_roles(&mut self) -> Result<Vec<(Role, i64)>> {
        let rows = sqlx::query_file!("src/store/role_counts.sql").fetch_all(self.tx.conn()).await?;
        rows.into_iter().map(|row| Ok((stored(row.role.parse())?, row.count))).collect()
    }

    /// Members by role, then by name, and where the next page begins.
    pub async fn list_members(&mut self, query: &TeamQuery) -> Result<(Vec<MemberRow>, Option<MemberCursor>)> {
        members_of(self.tx.conn(), self.head.id, query).await
    }

    /// # Errors
    /// `NotFound` for who is not a member here.
    pub async fn get_member(&mut self, user: UserId) -> Result<MemberRow> {
        let row = sqlx::query!(
            r#"
            select u.id, u.name, u.email, m.role, m.joined_at, m.last_active_at
            from members m
            join users u on u.id = m.user_id
            where m.user_id = $1
            "#,
            user.0,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok(MemberRow {
            user,
            name: row.name,
            email: row.email,
            role: stored(row.role.parse())?,
            joined_at: row.joined_at,
            last_active_at: row.last_active_at,
        })
    }

    /// Invites that were neither accepted nor taken back, newest first.
    pub async fn list_invites(&mut self, query: &TeamQuery) -> Result<Page<InviteRow>> {
        invites_of(self.tx.conn(), self.head.id, query).await
    }

    /// Ends one's own membership; what one made stays.
    ///
    /// # Errors
    /// `LastOwner` if nobody would be left to own the tenant.
    pub async fn leave(&mut self) -> Result<()> {
        let me = UserId(self.actor.id.ok_or(StoreError::Forbidden)?);
        let team = self.lock_team(me).await?;
        self.end_membership(&team, me, team.my_role, Action::MemberLeft).await
    }
}

impl<C: Capability> TenantTx<C> {
    /// Whether the person who opened this transaction may do what `D` stands for: to show or hide a control, never to guard it.
    pub fn may<D: Capability>(&self) -> bool {
        self.head.allows::<D>()
    }

    async fn lock_team(&mut self, target: UserId) -> Result<Locked> {
        let me = self.actor.id.ok_or(StoreError::Forbidden)?;
        let (mine, target_role, owners) = lock_roles(self.tx.conn(), Some(me), target).await?;
        Ok(Locked { my_role: mine.ok_or(StoreError::NotFound)?, target_role, owners })
    }

    async fn end_membership(&mut self, team: &Locked, user: UserId, role: Role, action: Action) -> Result<()> {
        team.keep_an_owner(role)?;
        let email = email_of(self.tx.conn(), user).await?;
        end(self.tx.conn(), user, role).await?;
        self.audit(action, &email, Some(json!({ "role": role.as_str() })), None).await
    }
}

impl TenantTx<ManageTeam> {
    /// Ends a membership. The person's account and other memberships stay.
    ///
    /// # Errors
    /// `NotFound` for who is not a member here, `Forbidden` to remove somebody with more power, `LastOwner` if nobody would be left
    /// to own the tenant.
    pub async fn remove_member(&mut self, user: UserId) -> Result<()> {
        let team = self.lock_team(user).await?;
        if team.target_role > team.my_role || !ManageTeam::allows(team.my_role) {
            return Err(StoreError::Forbidden);
        }
        self.end_membership(&team, user, team.target_role, Action::MemberRemoved).await
    }

    /// Gives a member another role; `was` is the one that whoever decided saw. Done twice, it is done once.
    ///
    /// # Errors
    /// `NotFound` for who is not a member here; `Forbidden` to change somebody with more power, or to grant more than one has; `WrongState`
    /// when somebody else changed the role meanwhile; `LastOwner` if nobody would be left to own the tenant.
    pub async fn change_role(&mut self, user: UserId, was: Role, role: Role) -> Result<()> {
        let team = self.lock_team(user).await?;
        if team.target_role > team.my_role || role > team.my_role || !ManageTeam::allows(team.my_role) {
            return Err(StoreError::Forbidden);
        }
        if team.target_role == role {
            return Ok(());
        }
        if team.target_role != was {
            return Err(StoreError::WrongState("Somebody else changed this role meanwhile. The page shows it as it is now."));
        }
        team.keep_an_owner(team.target_role)?;
        set_role(self.tx.conn(), user, role).await?;
        follow_owner(self.tx.conn(), team.target_role).await?;
        let email = email_of(self.tx.conn(), user).await?;
        self.audit(Action::RoleChanged, &email, Some(json!({ "role": was.as_str() })), Some(json!({ "role": role.as_str() }))).await
    }
}

impl TenantTx<TransferTenant> {
    /// Makes a member the owner in one's own place; oneself becomes an admin.
    ///
    /// # Errors
    /// `NotFound` for who is not a member here; `Forbidden` when one is no owner (any more); `WrongState` to name oneself.
    pub async fn transfer(&mut self, to: UserId) -> Result<()> {
        let team = self.lock_team(to).await?;
        let me = UserId(self.actor.id.ok_or(StoreError::Forbidden)?);
        if team.my_role != Role::Owner {
            return Err(StoreError::Forbidden);
        }
        if to == me {
            return Err(StoreError::WrongState("You own this tenant already. Choose somebody else."));
        }
        if team.target_role != Role::Owner {
            set_role(self.tx.conn(), to, Role::Owner).await?;
        }
        set_role(self.tx.conn(), me, Role::Admin).await?;
        follow_owner(self.tx.conn(), Role::Owner).await?;
        let email = email_of(self.tx.conn(), to).await?;
        let before = json!({ "role": team.target_role.as_str() });
        let after = json!({ "role": "owner", "former_owner": self.actor.name });
        self.audit(Action::OwnershipTransferred, &email, Some(before), Some(after)).await
    }
}
