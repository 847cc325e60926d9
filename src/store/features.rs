//! The features there are: data, which platform admins add to. Which of them a tenant has, the version of its plan says.

use serde_json::json;

use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::feature::{FeatureWords, NewFeature};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    pub key: String,
    pub label: String,
    pub description: String,
    /// Names of the plans that are sold with it.
    pub plans: Vec<String>,
}

impl PlatformRead {
    /// In the catalogue's order.
    pub async fn list_catalogue_features(&mut self) -> Result<Vec<Feature>> {
        Ok(sqlx::query_as!(
            Feature,
            r#"
            select
              f.key, f.label, f.description,
              array(
                select p.name
                from plans p
                join lateral (
                  select id from plan_versions where plan_id = p.id and published_at <= now() order by version desc limit 1
                ) v on true
                join plan_features g on g.plan_version_id = v.id and g.feature = f.key
                where p.archived_at is null
                order by p.position, p.key
              ) as "plans!"
            from features f
            order by f.position, f.key
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// # Errors
    /// `NotFound`.
    pub async fn get_catalogue_feature(&mut self, key: &str) -> Result<Feature> {
        self.list_catalogue_features().await?.into_iter().find(|feature| feature.key == key).ok_or(StoreError::NotFound)
    }
}

impl PlatformTx {
    /// Adds a feature at the end of the catalogue. No plan has it before a draft with it is published.
    ///
    /// # Errors
    /// `Conflict(FeatureKey)`, `Conflict(FeatureLabel)`.
    pub async fn create_feature(&mut self, new: &NewFeature) -> Result<()> {
        sqlx::query!(
            "insert into features (key, label, description, position) select $1, $2, $3, coalesce(max(position), 0) + 1 from features",
            new.key.as_str(),
            new.words.label.as_str(),
            new.words.description.as_str(),
        )
        .execute(self.read.tx.conn())
        .await?;
        let after = json!({ "label": new.words.label, "description": new.words.description });
        self.audit_platform("feature.created", new.key.as_str(), None, Some(after)).await
    }

    /// # Errors
    /// `NotFound`, `Conflict(FeatureLabel)`.
    pub async fn change_feature(&mut self, key: &str, words: &FeatureWords) -> Result<()> {
        self.get_catalogue_feature(key).await?;
        let before = sqlx::query!("select label, description from features where key = $1 for update", key)
            .fetch_optional(self.read.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        let (label, description) = (words.label.as_str(), words.description.as_str());
        if (before.label.as_str(), before.description.as_str()) == (label, description) {
            return Ok(());
        }
        sqlx::query!("update features set label = $2, description = $3 where key = $1", key, label, description)
            .execute(self.read.tx.conn())
            .await?;
        let before = json!({ "label": before.label, "description": before.description });
        let after = json!({ "label": label, "description": description });
        self.audit_platform("feature.changed", key, Some(before), Some(after)).await
    }
}
