//! What an owner chooses from when a smaller plan has no room for all of it.

use uuid::Uuid;

use super::Result;
use super::handle::TenantTx;
use crate::domain::capability::Capability;

/// Something of which there would be too much: an agent, a member.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub meter: String,
    pub id: Uuid,
    pub name: String,
    pub detail: String,
}

impl<C: Capability> TenantTx<C> {
    /// What an owner chooses from when there is too much of these meters, the oldest first; of each at most one more than `most`. Only agents
    /// and members can be chosen.
    pub async fn list_candidates(&mut self, meters: &[&str], most: i64) -> Result<Vec<Candidate>> {
        if meters.is_empty() {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_as!(
            Candidate,
            r#"
            (
              select 'agents' as "meter!", id as "id!", name as "name!", case when active then model else model || ', not active' end as "detail!"
              from agents
              where 'agents' = any ($1)
              order by created_at, id
              limit $2
            )
            union all
            (
              select 'members', m.user_id, u.name, u.email || ', ' || m.role
              from members m
              join users u on u.id = m.user_id
              where 'members' = any ($1)
              order by m.role <> 'owner', m.joined_at, m.user_id
              limit $2
            )
            "#,
            meters as &[&str],
            most + 1,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}
