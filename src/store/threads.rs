//! A tenant's conversations. What is said in them is no matter of administration: it stands in no audit log.

use chrono::{DateTime, Utc};

use super::access::stored;
use super::agents::Page;
use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::capability::{Capability, ManageAgents};
use crate::domain::ids::{AgentId, ThreadId};
use crate::domain::name::Name;
use crate::domain::thread::{Content, Speaker};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadRow {
    pub id: ThreadId,
    pub title: String,
    /// The agent that answers, as long as it exists.
    pub agent: Option<AgentId>,
    pub messages: i64,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// 1, 2, 3 … within its thread.
    pub number: i64,
    pub role: Speaker,
    pub content: String,
    pub created_at: DateTime<Utc>,
}

impl<C: Capability> TenantTx<C> {
    /// Newest first; `after` is the last one of the page before.
    pub async fn list_threads(&mut self, after: Option<ThreadId>, limit: i64) -> Result<Page<ThreadRow>> {
        let rows = sqlx::query!(
            r#"
            select id, title, agent_id, messages, created_at
            from threads
            where $1::uuid is null
               or id < $1
            order by id desc
            limit $2
            "#,
            after.map(|id| id.0),
            limit + 1,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let rows = rows
            .into_iter()
            .map(|row| ThreadRow {
                id: ThreadId(row.id),
                title: row.title,
                agent: row.agent_id.map(AgentId),
                messages: row.messages,
                created_at: row.created_at,
            })
            .collect();
        Ok(Page::cut(rows, limit, |row: &ThreadRow| row.id.to_string()))
    }

    /// Messages in their order, after the one with this number.
    ///
    /// # Errors
    /// `NotFound`, also for a thread of another tenant.
    pub async fn list_messages(&mut self, thread: ThreadId, after: i64, limit: i64) -> Result<Page<MessageRow>> {
        sqlx::query!("select id from threads where id = $1", thread.0).fetch_optional(self.tx.conn()).await?.ok_or(StoreError::NotFound)?;
        let rows = sqlx::query!(
            r#"
            select number, role, content, created_at
            from messages
            where thread_id = $1
              and number > $2
            order by number
            limit $3
            "#,
            thread.0,
            after,
            limit + 1,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let rows = rows
            .into_iter()
            .map(|row| {
                Ok(MessageRow { number: row.number, role: stored(row.role.parse())?, content: row.content, created_at: row.created_at })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(rows, limit, |row| row.number.to_string()))
    }
}

impl TenantTx<ManageAgents> {
    /// # Errors
    /// `Conflict(ThreadAgent)` for an agent that is not this tenant's.
    pub async fn create_thread(&mut self, title: &Name, agent: Option<AgentId>) -> Result<ThreadRow> {
        let made = sqlx::query!(
            "insert into threads (tenant_id, title, agent_id) values ($1, $2, $3) returning id, created_at",
            self.head.id.0,
            title.as_str(),
            agent.map(|agent| agent.0),
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok(ThreadRow { id: ThreadId(made.id), title: title.to_string(), agent, messages: 0, created_at: made.created_at })
    }

    /// The message stands at the end of its thread and is counted on the meter `messages`.
    ///
    /// # Errors
    /// `NotFound`, also for a thread of another tenant; `AtLimit`.
    pub async fn post_message(&mut self, thread: ThreadId, role: Speaker, content: &Content) -> Result<MessageRow> {
        sqlx::query!("select id from threads where id = $1", thread.0).fetch_optional(self.tx.conn()).await?.ok_or(StoreError::NotFound)?;
        self.take_room("messages", 1).await?;
        let number = sqlx::query_scalar!("update threads set messages = messages + 1 where id = $1 returning messages", thread.0)
            .fetch_one(self.tx.conn())
            .await?;
        let created_at = sqlx::query_scalar!(
            "insert into messages (tenant_id, thread_id, number, role, content) values ($1, $2, $3, $4, $5) returning created_at",
            self.head.id.0,
            thread.0,
            number,
            role.as_str(),
            content.as_str(),
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok(MessageRow { number, role, content: content.as_str().to_owned(), created_at })
    }
}
