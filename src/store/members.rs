//! The people of one tenant.

use chrono::{DateTime, Utc};

use super::access::stored;
use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::{Capability, ManageTeam, ViewTenant};
use crate::domain::ids::UserId;
use crate::domain::role::Role;

#[derive(Debug, Clone)]
pub struct MemberRow {
    pub user: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub joined_at: DateTime<Utc>,
    pub last_active_at: Option<DateTime<Utc>>,
}

/// An invite that waits for its person, or ran out.
#[derive(Debug, Clone)]
pub struct InviteRow {
    pub email: String,
    pub role: Role,
    pub expires_at: DateTime<Utc>,
    pub expired: bool,
}

impl TenantTx<ViewTenant> {
    /// Members by role, then by name; at most 500.
    pub async fn list_members(&mut self) -> Result<Vec<MemberRow>> {
        let rows = sqlx::query!(
            r#"
            select u.id, u.name, u.email, m.role, m.joined_at, m.last_active_at
            from members m
            join users u on u.id = m.user_id
            order by array_position(array['owner', 'admin', 'member', 'viewer'], m.role), lower(u.name), u.id
            limit 500
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(MemberRow {
                    user: UserId(row.id),
                    name: row.name,
                    email: row.email,
                    role: stored(row.role.parse())?,
                    joined_at: row.joined_at,
                    last_active_at: row.last_active_at,
                })
            })
            .collect()
    }

    /// Invites that were neither accepted nor revoked, newest first; at most 100.
    pub async fn list_open_invites(&mut self) -> Result<Vec<InviteRow>> {
        let rows = sqlx::query!(
            r#"
            select email, role, expires_at, expires_at <= now() as "expired!"
            from invites
            where accepted_at is null
              and revoked_at is null
            order by created_at desc
            limit 100
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(InviteRow { email: row.email, role: stored(row.role.parse())?, expires_at: row.expires_at, expired: row.expired })
            })
            .collect()
    }
}

impl<C: Capability> TenantTx<C> {
    /// Whether the person who opened this transaction may do what `D` stands for: to show or hide a control, never to guard it.
    pub fn may<D: Capability>(&self) -> bool {
        self.head.allows::<D>()
    }
}

impl TenantTx<ManageTeam> {
    /// Ends a membership. The person's account and other memberships stay.
    ///
    /// # Errors
    /// `NotFound` for who is not a member here, `Forbidden` to remove somebody with more power, `LastOwner` if nobody would be left
    /// to own the tenant.
    pub async fn remove_member(&mut self, user: UserId) -> Result<()> {
        // All memberships are locked in one order, so that two owners who remove each other cannot both succeed.
        let members = sqlx::query!("select user_id, role from members order by user_id for update").fetch_all(self.tx.conn()).await?;
        let target = members.iter().find(|member| member.user_id == user.0).ok_or(StoreError::NotFound)?;
        let role: Role = stored(target.role.parse())?;
        if role > self.head.role {
            return Err(StoreError::Forbidden);
        }
        if role == Role::Owner && members.iter().filter(|member| member.role == Role::Owner.as_str()).count() == 1 {
            return Err(StoreError::LastOwner);
        }
        let email = sqlx::query_scalar!("select email from users where id = $1", user.0).fetch_one(self.tx.conn()).await?;
        sqlx::query!("delete from members where user_id = $1", user.0).execute(self.tx.conn()).await?;
        let before = serde_json::json!({ "role": role.as_str() });
        self.audit(Action::MemberRemoved, &email, Some(before), None).await
    }
}
