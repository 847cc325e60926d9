//! The people of one tenant: who they are, what they may, and how that changes. Whoever loses or gains power notices at the next request,
//! and their sessions get new ids (security.md, C9).

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::stored;
use super::agents::Page;
use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::{Capability, ManageTeam, TransferTenant, ViewTenant};
use crate::domain::ids::{InviteId, UserId};
use crate::domain::role::Role;
use crate::domain::team::{MemberCursor, PAGE_SIZE, TeamQuery};

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

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamCounts {
    pub members: i64,
    pub open_invites: i64,
}

impl TenantTx<ViewTenant> {
    pub async fn count_team(&mut self) -> Result<TeamCounts> {
        Ok(sqlx::query_as!(
            TeamCounts,
            r#"
            select
              (select count(*) from members) as "members!",
              (select count(*) from invites where accepted_at is null and revoked_at is null and expires_at > now()) as "open_invites!"
            "#,
        )
        .fetch_one(self.tx.conn())
        .await?)
    }

    /// Members by role, then by name, and where the next page begins.
    pub async fn list_members(&mut self, query: &TeamQuery) -> Result<(Vec<MemberRow>, Option<MemberCursor>)> {
        let rows = sqlx::query!(
            r#"
            select u.id, u.name, u.email, m.role, m.joined_at, m.last_active_at, r.rank as "rank!", lower(u.name) as "sort_name!"
            from members m
            join users u on u.id = m.user_id
            cross join lateral (select array_position(array['owner', 'admin', 'member', 'viewer'], m.role) as rank) r
            where strpos(lower(u.name || ' ' || u.email), $1) > 0
              and ($2::text is null or m.role = $2)
              and ($3::int is null or (r.rank, lower(u.name) collate "C", u.id) > ($3, $4, $5))
            order by r.rank, lower(u.name) collate "C", u.id
            limit $6
            "#,
            query.q,
            query.role.map(Role::as_str),
            query.after.as_ref().map(|after| after.rank),
            query.after.as_ref().map(|after| after.name.as_str()),
            query.after.as_ref().map(|after| after.user),
            PAGE_SIZE + 1,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let most = usize::try_from(PAGE_SIZE).unwrap_or(0);
        let next = match rows.len() > most {
            true => rows.get(most - 1).map(|row| MemberCursor { rank: row.rank, name: row.sort_name.clone(), user: row.id }),
            false => None,
        };
        let members = rows.into_iter().take(most).map(|row| {
            Ok(MemberRow {
                user: UserId(row.id),
                name: row.name,
                email: row.email,
                role: stored(row.role.parse())?,
                joined_at: row.joined_at,
                last_active_at: row.last_active_at,
            })
        });
        Ok((members.collect::<Result<_>>()?, next))
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
        let rows = sqlx::query!(
            r#"
            select
              i.id, i.email, i.name, i.role, i.invited_by, i.expires_at, i.expires_at <= now() as "expired!",
              i.inviter_kind = 'member' and not exists (
                select
                from members m
                where m.user_id = i.inviter_id
                  and (m.role = 'owner' or (m.role = 'admin' and i.role <> 'owner'))) as "lapsed!"
            from invites i
            where i.accepted_at is null
              and i.revoked_at is null
              and strpos(lower(coalesce(i.name, '') || ' ' || i.email), $1) > 0
              and ($2::text is null or i.role = $2)
              and ($3::uuid is null or i.id < $3)
            order by i.id desc
            limit $4
            "#,
            query.q,
            query.role.map(Role::as_str),
            query.invites_after,
            PAGE_SIZE + 1,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let invites = rows.into_iter().map(|row| {
            Ok(InviteRow {
                id: InviteId(row.id),
                email: row.email,
                name: row.name,
                role: stored(row.role.parse())?,
                invited_by: row.invited_by,
                expires_at: row.expires_at,
                expired: row.expired,
                lapsed: row.lapsed,
            })
        });
        Ok(Page::cut(invites.collect::<Result<_>>()?, PAGE_SIZE, |row| row.id.0.simple().to_string()))
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

    /// Locks who decides about `target`: the owners, the target, and whoever asks. All in one order, so that two owners who act on each
    /// other follow one another, and the second one acts with what the first has left it.
    async fn lock_team(&mut self, target: UserId) -> Result<Locked> {
        let me = self.actor.id.ok_or(StoreError::Forbidden)?;
        let rows = sqlx::query!(
            r#"
            select user_id, role
            from members
            where role = 'owner'
               or user_id in ($1, $2)
            order by user_id
            for update
            "#,
            me,
            target.0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let role_of = |user: Uuid| rows.iter().find(|row| row.user_id == user).map(|row| stored(row.role.parse::<Role>())).transpose();
        Ok(Locked {
            my_role: role_of(me)?.ok_or(StoreError::NotFound)?,
            target_role: role_of(target.0)?.ok_or(StoreError::NotFound)?,
            owners: rows.iter().filter(|row| row.role == Role::Owner.as_str()).count(),
        })
    }

    async fn end_membership(&mut self, team: &Locked, user: UserId, role: Role, action: Action) -> Result<()> {
        team.keep_an_owner(role)?;
        let email = self.email_of(user).await?;
        sqlx::query_scalar!("select session_rotate($1)", user.0).fetch_one(self.tx.conn()).await?;
        sqlx::query!("delete from members where user_id = $1", user.0).execute(self.tx.conn()).await?;
        self.follow_owner(role).await?;
        self.audit(action, &email, Some(json!({ "role": role.as_str() })), None).await
    }

    async fn set_role(&mut self, user: UserId, role: Role) -> Result<()> {
        sqlx::query!("select change_role($1, $2)", user.0, role.as_str()).fetch_one(self.tx.conn()).await?;
        Ok(())
    }

    async fn email_of(&mut self, user: UserId) -> Result<String> {
        Ok(sqlx::query_scalar!("select email from users where id = $1", user.0).fetch_one(self.tx.conn()).await?)
    }

    /// The console names an owner: after one has gone, another.
    async fn follow_owner(&mut self, gone: Role) -> Result<()> {
        if gone == Role::Owner {
            sqlx::query!("select follow_owner()").fetch_one(self.tx.conn()).await?;
        }
        Ok(())
    }
}

/// Roles as they are under lock.
struct Locked {
    my_role: Role,
    target_role: Role,
    owners: usize,
}

impl Locked {
    /// Somebody of this role is about to go.
    fn keep_an_owner(&self, going: Role) -> Result<()> {
        if going == Role::Owner && self.owners < 2 { Err(StoreError::LastOwner) } else { Ok(()) }
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
        self.set_role(user, role).await?;
        self.follow_owner(team.target_role).await?;
        let email = self.email_of(user).await?;
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
            self.set_role(to, Role::Owner).await?;
        }
        self.set_role(me, Role::Admin).await?;
        self.follow_owner(Role::Owner).await?;
        let email = self.email_of(to).await?;
        let before = json!({ "role": team.target_role.as_str() });
        let after = json!({ "role": "owner", "former_owner": self.actor.name });
        self.audit(Action::OwnershipTransferred, &email, Some(before), Some(after)).await
    }
}
