//! The rules by which memberships change, whoever changes them: inside a tenant, in a transaction of its own people or in one that staff have
//! narrowed to it.

use sqlx::PgConnection;
use uuid::Uuid;

use super::access::stored;
use super::{Result, StoreError};
use crate::domain::ids::UserId;
use crate::domain::role::Role;

/// Locks who decides about `target`: the owners, the target, and whoever asks. All in one order, so that two owners who act on each
/// other follow one another, and the second one acts with what the first has left it. Returns one's own role, the target's, and how many
/// owners there are.
///
/// # Errors
/// `NotFound` for a target who is not a member here.
pub(super) async fn lock_roles(conn: &mut PgConnection, me: Option<Uuid>, target: UserId) -> Result<(Option<Role>, Role, usize)> {
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
    .fetch_all(conn)
    .await?;
    let role_of = |user: Uuid| rows.iter().find(|row| row.user_id == user).map(|row| stored(row.role.parse::<Role>())).transpose();
    let mine = me.map(role_of).transpose()?.flatten();
    let owners = rows.iter().filter(|row| row.role == Role::Owner.as_str()).count();
    Ok((mine, role_of(target.0)?.ok_or(StoreError::NotFound)?, owners))
}

pub(super) async fn set_role(conn: &mut PgConnection, user: UserId, role: Role) -> Result<()> {
    sqlx::query!("select change_role($1, $2)", user.0, role.as_str()).fetch_one(conn).await?;
    Ok(())
}

/// Of somebody who had this role.
pub(super) async fn end(conn: &mut PgConnection, user: UserId, role: Role) -> Result<()> {
    sqlx::query_scalar!("select session_rotate($1)", user.0).fetch_one(&mut *conn).await?;
    sqlx::query!("delete from members where user_id = $1", user.0).execute(&mut *conn).await?;
    follow_owner(conn, role).await
}

pub(super) async fn email_of(conn: &mut PgConnection, user: UserId) -> Result<String> {
    Ok(sqlx::query_scalar!("select email from users where id = $1", user.0).fetch_one(conn).await?)
}

/// The console names an owner: after one has gone, another.
pub(super) async fn follow_owner(conn: &mut PgConnection, gone: Role) -> Result<()> {
    if gone == Role::Owner {
        sqlx::query!("select follow_owner()").fetch_one(conn).await?;
    }
    Ok(())
}

/// Roles as they are under lock.
pub(super) struct Locked {
    pub my_role: Role,
    pub target_role: Role,
    pub owners: usize,
}

impl Locked {
    /// Somebody of this role is about to go.
    pub fn keep_an_owner(&self, going: Role) -> Result<()> {
        if going == Role::Owner && self.owners < 2 { Err(StoreError::LastOwner) } else { Ok(()) }
    }
}
