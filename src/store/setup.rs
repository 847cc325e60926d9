//! What a tenant that was signed up has still to set up: done is what its own rows show, skipped is what its people said.

use serde_json::json;

use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::SetUpTenant;
use crate::domain::setup::{Progress, SetupStep};

/// How far it is, and what the steps' own forms need to know.
#[derive(Debug, Clone)]
pub struct Setup {
    pub progress: Progress,
    /// The card on the dashboard was put away.
    pub dismissed: bool,
}

impl TenantTx<SetUpTenant> {
    /// # Errors
    /// `NotFound` for a tenant that was not signed up: staff set it up.
    pub async fn setup(&mut self) -> Result<Setup> {
        // Says the same as the dashboard's statement, which only counts.
        let row = sqlx::query!(
            r#"
            select
              s.skipped, s.dismissed_at is not null as "dismissed!",
              exists (select from agents) as "agent!",
              (select count(*) from members) > 1 or exists (select from invites) as "team!",
              exists (select from brandings where version is not null) as "look!"
            from setups s
            "#,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let skipped = SetupStep::ALL.map(|step| row.skipped.iter().any(|skipped| skipped == step.as_str()));
        Ok(Setup { progress: Progress::new([row.agent, row.team, row.look], skipped), dismissed: row.dismissed })
    }

    /// Leaves a step out; one that is left out already stays so.
    ///
    /// # Errors
    /// `NotFound` for a tenant that was not signed up.
    pub async fn skip_setup_step(&mut self, step: SetupStep) -> Result<()> {
        // Locked, so that two windows do not forget each other's step.
        let skipped = sqlx::query_scalar!("select skipped from setups for no key update")
            .fetch_optional(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        if skipped.iter().any(|other| other == step.as_str()) {
            return Ok(());
        }
        sqlx::query!("update setups set skipped = skipped || $1::text", step.as_str()).execute(self.tx.conn()).await?;
        self.audit(Action::SetupChanged, step.as_str(), None, Some(json!({ "skipped": step.as_str() }))).await
    }

    /// Puts the card on the dashboard away; the wizard's page stays.
    ///
    /// # Errors
    /// `NotFound` for a tenant that was not signed up.
    pub async fn dismiss_setup(&mut self) -> Result<()> {
        let dismissed = sqlx::query_scalar!(r#"select dismissed_at is not null as "dismissed!" from setups for no key update"#)
            .fetch_optional(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        if dismissed {
            return Ok(());
        }
        sqlx::query!("update setups set dismissed_at = now()").execute(self.tx.conn()).await?;
        self.audit(Action::SetupChanged, "reminder", None, Some(json!({ "dismissed": true }))).await
    }
}
