//! What an owner chooses from when a smaller plan has no room for all of it.

use uuid::Uuid;

use super::Result;
use super::handle::TenantTx;
use crate::domain::capability::Capability;

/// Something of which there would be too much: an agent, a member.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub id: Uuid,
    pub name: String,
    pub detail: String,
}

impl<C: Capability> TenantTx<C> {
    /// What an owner chooses from when there is too much of a meter, the oldest first; at most one more than `most`. Only agents and members
    /// can be chosen.
    pub async fn list_candidates(&mut self, meter: &str, most: i64) -> Result<Vec<Candidate>> {
        let conn = self.tx.conn();
        match meter {
            "agents" => Ok(sqlx::query_as!(
                Candidate,
                r#"
                select id, name, case when active then model else model || ', not active' end as "detail!"
                from agents
                order by created_at, id
                limit $1
                "#,
                most + 1,
            )
            .fetch_all(conn)
            .await?),
            "members" => Ok(sqlx::query_as!(
                Candidate,
                r#"
                select m.user_id as id, u.name, u.email || ', ' || m.role as "detail!"
                from members m
                join users u on u.id = m.user_id
                order by m.role <> 'owner', m.joined_at, m.user_id
                limit $1
                "#,
                most + 1,
            )
            .fetch_all(conn)
            .await?),
            _ => Ok(Vec::new()),
        }
    }
}
