//! The people and invites of one tenant, page by page: for its own pages and for the console.

use sqlx::PgConnection;
use uuid::Uuid;

use super::Result;
use super::access::stored;
use super::agents::Page;
use super::handle::PlatformRead;
use super::members::{InviteRow, MemberRow};
use super::usage_report::Looked;
use crate::domain::ids::{InviteId, TenantId, UserId};
use crate::domain::role::Role;
use crate::domain::team::{MemberCursor, PAGE_SIZE, TeamQuery};

/// Members by role, then by name, and where the next page begins.
pub(super) async fn members_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    query: &TeamQuery,
) -> Result<(Vec<MemberRow>, Option<MemberCursor>)> {
    let rows = sqlx::query_file!(
        "src/store/team_members.sql",
        query.q,
        query.role.map(Role::as_str),
        query.after.as_ref().map(|after| after.rank),
        query.after.as_ref().map(|after| after.name.as_str()),
        query.after.as_ref().map(|after| after.user),
        PAGE_SIZE + 1,
        tenant.0,
    )
    .fetch_all(conn)
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

/// Invites that were neither accepted nor taken back, newest first.
pub(super) async fn invites_of(conn: &mut PgConnection, tenant: TenantId, query: &TeamQuery) -> Result<Page<InviteRow>> {
    let rows = sqlx::query_file!(
        "src/store/team_invites.sql",
        query.q,
        query.role.map(Role::as_str),
        query.invites_after,
        PAGE_SIZE + 1,
        tenant.0,
    )
    .fetch_all(conn)
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

/// A member as staff see one.
#[derive(Debug, Clone)]
pub struct HelpedMember {
    pub member: MemberRow,
    pub second_factor: bool,
    /// Live sessions of the account, wherever they were begun.
    pub sessions: i64,
    pub disabled: bool,
}

/// One page of a tenant's people, for staff.
#[derive(Debug, Clone)]
pub struct HelpedTeam {
    pub members: Vec<HelpedMember>,
    pub next: Option<MemberCursor>,
    /// Who was asked for, whether this page of the list has them or not.
    pub chosen: Option<HelpedMember>,
    pub invites: Page<InviteRow>,
}

impl PlatformRead {
    pub async fn list_team(&mut self, tenant: &Looked, query: &TeamQuery, chosen: Option<Uuid>) -> Result<HelpedTeam> {
        let (mut rows, next) = members_of(self.tx.conn(), tenant.id, query).await?;
        let elsewhere = chosen.filter(|user| rows.iter().all(|row| row.user.0 != *user));
        if let Some(user) = elsewhere {
            rows.extend(self.find_member(tenant, user).await?);
        }
        let mut members = self.with_accounts(rows).await?;
        let chosen = chosen.and_then(|user| members.iter().find(|found| found.member.user.0 == user).cloned());
        if let Some(user) = elsewhere {
            members.retain(|found| found.member.user.0 != user);
        }
        Ok(HelpedTeam { members, next, chosen, invites: invites_of(self.tx.conn(), tenant.id, query).await? })
    }

    async fn find_member(&mut self, tenant: &Looked, user: Uuid) -> Result<Option<MemberRow>> {
        let row = sqlx::query!(
            r#"
            select u.id, u.name, u.email, m.role, m.joined_at, m.last_active_at
            from members m
            join users u on u.id = m.user_id
            where m.tenant_id = $1
              and m.user_id = $2
            "#,
            tenant.id.0,
            user,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(MemberRow {
            user: UserId(row.id),
            name: row.name,
            email: row.email,
            role: stored(row.role.parse())?,
            joined_at: row.joined_at,
            last_active_at: row.last_active_at,
        }))
    }

    async fn with_accounts(&mut self, rows: Vec<MemberRow>) -> Result<Vec<HelpedMember>> {
        let users: Vec<_> = rows.iter().map(|row| row.user.0).collect();
        let accounts = sqlx::query!(
            r#"
            select u.id as "id!", u.disabled_at is not null as "disabled!", second_factor_since(u.id) is not null as "second_factor!",
              coalesce(s.sessions, 0) as "sessions!"
            from users u
            left join sessions_count($1) s on s.user_id = u.id
            where u.id = any ($1)
            "#,
            &users,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let members = rows.into_iter().filter_map(|member| {
            let account = accounts.iter().find(|account| account.id == member.user.0)?;
            Some(HelpedMember { second_factor: account.second_factor, sessions: account.sessions, disabled: account.disabled, member })
        });
        Ok(members.collect())
    }
}
