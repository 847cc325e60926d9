//! What owners set for their own tenant: its name, and whether everybody needs a second factor.

use serde_json::json;

use super::handle::TenantTx;
use super::model_rules::rules;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::ManageSettings;
use crate::domain::model_rules::ModelRules;
use crate::domain::name::Name;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSettings {
    pub name: String,
    pub require_second_factor: bool,
    /// Members, and those of them who have a second factor.
    pub members: i64,
    pub with_second_factor: i64,
    pub models: ModelRules,
}

impl TenantTx<ManageSettings> {
    pub async fn settings(&mut self) -> Result<TenantSettings> {
        let row = sqlx::query_file!("src/store/tenant_settings.sql", self.head.id.0).fetch_one(self.tx.conn()).await?;
        Ok(TenantSettings {
            name: row.name,
            require_second_factor: row.require_second_factor,
            members: row.members,
            with_second_factor: row.with_second_factor,
            models: rules(row.allowed_models, row.default_model)?,
        })
    }

    /// Keeps both; members without a second factor are led to set one up from their next click on.
    ///
    /// # Errors
    /// `WrongState` when it is asked for by somebody who has none: they would shut themselves out.
    pub async fn change_settings(&mut self, name: &Name, require_second_factor: bool) -> Result<()> {
        let own =
            sqlx::query_scalar!(r#"select second_factor_since($1) is not null as "own!""#, self.actor.id).fetch_one(self.tx.conn()).await?;
        if require_second_factor && !own {
            return Err(StoreError::WrongState("Set up a second factor for yourself first."));
        }
        let before = sqlx::query!(
            r#"select name as "name!", require_second_factor as "require_second_factor!" from tenant_settings_change($1, $2)"#,
            name.as_str(),
            require_second_factor,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let before = json!({ "name": before.name, "require_second_factor": before.require_second_factor });
        let after = json!({ "name": name.as_str(), "require_second_factor": require_second_factor });
        if before == after {
            return Ok(());
        }
        let target = self.head.slug.to_string();
        self.audit(Action::TenantUpdated, &target, Some(before), Some(after)).await
    }
}
