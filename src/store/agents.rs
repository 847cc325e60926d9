//! A tenant's agents. Deactivated ones count like all others: what exists takes its place, so that it can be activated at any time.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::agent::{AgentChange, NewAgent};
use crate::domain::capability::{Capability, ManageAgents};
use crate::domain::ids::AgentId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRow {
    pub id: AgentId,
    pub name: String,
    pub model: String,
    pub department: Option<String>,
    pub cost_center: Option<String>,
    pub active: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Some rows in their order, and where the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Of one row more than was asked for: it is cut off, and the last one that stays is where the next page begins.
    pub(super) fn cut(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> String) -> Self {
        let most = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > most;
        rows.truncate(most);
        let next = rows.last().filter(|_| more).map(key);
        Page { rows, next }
    }
}

fn facts(agent: &AgentRow) -> Value {
    json!({
        "id": agent.id, "name": agent.name, "model": agent.model, "department": agent.department, "cost_center": agent.cost_center,
        "active": agent.active,
    })
}

impl<C: Capability> TenantTx<C> {
    /// Agents by name; `after` is the `next` of the page before.
    pub async fn list_agents(&mut self, after: Option<&str>, limit: i64) -> Result<Page<AgentRow>> {
        let rows = sqlx::query_file_as!(AgentRow, "src/store/agents.sql", after, limit + 1,).fetch_all(self.tx.conn()).await?;
        Ok(Page::cut(rows, limit, |row| row.name.clone()))
    }

    /// # Errors
    /// `NotFound`, also for an agent of another tenant.
    pub async fn get_agent(&mut self, agent: AgentId) -> Result<AgentRow> {
        sqlx::query_as!(
            AgentRow,
            r#"
            select id, name, model, department, cost_center, active, created_at, updated_at
            from agents
            where id = $1
            "#,
            agent.0,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)
    }
}

impl TenantTx<ManageAgents> {
    /// # Errors
    /// `AtLimit` when the quota is used up, also by whoever came a moment before; `Conflict(AgentName)`.
    pub async fn create_agent(&mut self, new: &NewAgent) -> Result<AgentRow> {
        self.check_model(&new.model).await?;
        self.take_room("agents", 1).await?;
        let agent = sqlx::query_as!(
            AgentRow,
            r#"
            insert into agents (tenant_id, name, model, department, cost_center, active)
            values ($1, $2, $3, $4, $5, $6)
            returning id, name, model, department, cost_center, active, created_at, updated_at
            "#,
            self.head.id.0,
            new.name.as_str(),
            new.model.as_str(),
            new.department.as_ref().map(|text| text.as_str()),
            new.cost_center.as_ref().map(|text| text.as_str()),
            new.active,
        )
        .fetch_one(self.tx.conn())
        .await?;
        self.audit(Action::AgentCreated, &agent.name, None, Some(facts(&agent))).await?;
        Ok(agent)
    }

    /// The agent as it is afterwards; a change that changes nothing leaves no trace.
    ///
    /// # Errors
    /// `NotFound`; `Conflict(AgentName)`; `AtLimit` to activate one while more exist than the plan allows, and as many are active.
    pub async fn change_agent(&mut self, agent: AgentId, change: &AgentChange) -> Result<AgentRow> {
        if change.active == Some(true) && !self.get_agent(agent).await?.active {
            self.take_active_room().await?;
        }
        // Locked, so that the audit log says what this change found and not what an earlier one did.
        sqlx::query!("select id from agents where id = $1 for update", agent.0)
            .fetch_optional(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        let before = self.get_agent(agent).await?;
        if let Some(model) = change.model.as_ref().filter(|model| model.as_str() != before.model) {
            self.check_model(model).await?;
        }
        let optional = |new: &Option<Option<crate::domain::label::Label>>, old: &Option<String>| match new {
            Some(new) => new.as_ref().map(ToString::to_string),
            None => old.clone(),
        };
        let wanted = AgentRow {
            name: change.name.as_ref().map_or_else(|| before.name.clone(), ToString::to_string),
            model: change.model.as_ref().map_or_else(|| before.model.clone(), ToString::to_string),
            department: optional(&change.department, &before.department),
            cost_center: optional(&change.cost_center, &before.cost_center),
            active: change.active.unwrap_or(before.active),
            ..before.clone()
        };
        if wanted == before {
            return Ok(before);
        }
        let after = sqlx::query_as!(
            AgentRow,
            r#"
            update agents
            set name = $2, model = $3, department = $4, cost_center = $5, active = $6, updated_at = now()
            where id = $1
            returning id, name, model, department, cost_center, active, created_at, updated_at
            "#,
            agent.0,
            wanted.name,
            wanted.model,
            wanted.department,
            wanted.cost_center,
            wanted.active,
        )
        .fetch_one(self.tx.conn())
        .await?;
        self.audit(Action::AgentChanged, &after.name, Some(facts(&before)), Some(facts(&after))).await?;
        Ok(after)
    }

    /// Its conversations stay.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_agent(&mut self, agent: AgentId) -> Result<AgentRow> {
        let gone = sqlx::query_as!(
            AgentRow,
            r#"
            delete from agents
            where id = $1
            returning id, name, model, department, cost_center, active, created_at, updated_at
            "#,
            agent.0,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        self.audit(Action::AgentDeleted, &gone.name, Some(facts(&gone)), None).await?;
        Ok(gone)
    }
}
