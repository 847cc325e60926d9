//! Which models the agents of a tenant may run on: read by everybody who makes agents, set by owners.

use serde_json::{Value, json};

use super::access::stored;
use super::handle::TenantTx;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::{Capability, ManageSettings};
use crate::domain::label::Label;
use crate::domain::model_rules::ModelRules;

fn facts(rules: &ModelRules) -> Value {
    json!({ "allowed_models": rules.allowed, "default_model": rules.default })
}

/// As two columns of `tenants` have them.
pub(super) fn rules(allowed: Vec<String>, default: Option<String>) -> Result<ModelRules> {
    let allowed = allowed.into_iter().map(|model| stored(model.parse::<Label>())).collect::<Result<_>>()?;
    Ok(ModelRules { allowed, default: default.map(|model| stored(model.parse())).transpose()? })
}

impl<C: Capability> TenantTx<C> {
    pub async fn model_rules(&mut self) -> Result<ModelRules> {
        let row = sqlx::query!("select allowed_models, default_model from tenants where id = $1", self.head.id.0)
            .fetch_one(self.tx.conn())
            .await?;
        rules(row.allowed_models, row.default_model)
    }

    /// # Errors
    /// `Invalid` beside `model`, for one that the tenant does not allow.
    pub(super) async fn check_model(&mut self, model: &Label) -> Result<()> {
        self.model_rules().await?.check(model).map_err(StoreError::Invalid)
    }
}

impl TenantTx<ManageSettings> {
    /// Agents that run on something else keep it.
    pub async fn set_model_rules(&mut self, rules: &ModelRules) -> Result<()> {
        let before = self.model_rules().await?;
        if before == *rules {
            return Ok(());
        }
        let allowed: Vec<&str> = rules.allowed.iter().map(Label::as_str).collect();
        sqlx::query!("select tenant_models_change($1, $2)", &allowed as &[&str], rules.default.as_ref().map(Label::as_str))
            .fetch_one(self.tx.conn())
            .await?;
        let target = self.head.slug.to_string();
        self.audit(Action::TenantUpdated, &target, Some(facts(&before)), Some(facts(rules))).await
    }
}
