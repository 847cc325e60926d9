//! Templates: data of the platform, which tenants are made from. A tenant that was made from one is its own from then on.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::types::Json;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::branding::Look;
use crate::domain::label::Label;
use crate::domain::mail::Templates as MailTemplates;
use crate::domain::slug::Slug;
use crate::domain::template::{NewTemplate, TemplateAgent, TemplateContent, TemplateFacts};

#[derive(Debug, Clone)]
pub struct Template {
    pub key: String,
    pub name: String,
    pub description: String,
    /// A plan's key; `None` leaves the choice to whoever creates a tenant.
    pub plan: Option<String>,
    pub content: TemplateContent,
    /// Grows with every change; a form carries the one that it showed.
    pub revision: i64,
    pub changed_at: DateTime<Utc>,
    pub changed_by: String,
}

const STALE: StoreError = StoreError::WrongState("Somebody changed this template meanwhile. Look at it as it is now, then try again.");

impl PlatformRead {
    /// By name.
    pub async fn list_templates(&mut self) -> Result<Vec<Template>> {
        let rows = sqlx::query!(
            r#"
            select key, name, description, plan, content as "content: Json<TemplateContent>", revision, changed_at, changed_by
            from templates
            order by lower(name) collate "C"
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Template {
                key: row.key,
                name: row.name,
                description: row.description,
                plan: row.plan,
                content: row.content.0,
                revision: row.revision,
                changed_at: row.changed_at,
                changed_by: row.changed_by,
            })
            .collect())
    }

    /// # Errors
    /// `NotFound`.
    pub async fn get_template(&mut self, key: &str) -> Result<Template> {
        self.list_templates().await?.into_iter().find(|template| template.key == key).ok_or(StoreError::NotFound)
    }

    /// What a template made from this tenant would hold, and the key of its plan: agents, models, what is published of its branding but for
    /// name and images. No data.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn content_of_tenant(&mut self, slug: &Slug) -> Result<(TemplateContent, String)> {
        let row = sqlx::query!(
            r#"
            select t.id, t.accent, t.allowed_models, t.default_model, p.key as plan,
              b.look as "look?: Json<Look>", b.css as "css?", b.mails as "mails?: Json<MailTemplates>"
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            left join brandings c on c.tenant_id = t.id
            left join branding_versions b on b.tenant_id = t.id and b.number = c.version
            where t.slug = $1
              and t.status <> 'deleted'
            "#,
            slug.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let agents = sqlx::query!(
            "select name, model, department, cost_center from agents where tenant_id = $1 order by created_at, id limit $2",
            row.id,
            i64::try_from(crate::domain::template::MOST_AGENTS).unwrap_or(i64::MAX),
        )
        .fetch_all(self.tx.conn())
        .await?;
        let label = |text: Option<String>| text.map(|text| stored(text.parse::<Label>())).transpose();
        let agents = agents
            .into_iter()
            .map(|agent| {
                Ok(TemplateAgent {
                    name: stored(agent.name.parse())?,
                    model: stored(agent.model.parse())?,
                    department: label(agent.department)?,
                    cost_center: label(agent.cost_center)?,
                })
            })
            .collect::<Result<_>>()?;
        let look = row.look.map(|look| look.0).unwrap_or_default();
        let content = TemplateContent {
            agents,
            look: Look { accent: look.accent.or(Some(row.accent)), sign_in_text: look.sign_in_text, ..Look::default() },
            css: row.css,
            mails: row.mails.map(|mails| mails.0).unwrap_or_default(),
            allowed_models: row.allowed_models.into_iter().map(|model| stored(model.parse())).collect::<Result<_>>()?,
            default_model: label(row.default_model)?,
            sample: None,
        };
        Ok((content, row.plan))
    }
}

fn facts(facts: &TemplateFacts) -> serde_json::Value {
    json!({ "name": facts.name, "description": facts.description, "plan": facts.plan, "content": facts.content })
}

impl PlatformTx {
    async fn check_template_plan(&mut self, plan: Option<&str>) -> Result<()> {
        let Some(plan) = plan else { return Ok(()) };
        if self.list_plans().await?.iter().any(|known| known.key == plan) {
            return Ok(());
        }
        Err(StoreError::Invalid(FieldError::new("plan", "There is no such plan, or it is not sold.")))
    }

    /// # Errors
    /// `Conflict(TemplateKey)`, `Conflict(TemplateName)`; `Invalid` beside `plan`.
    pub async fn create_template(&mut self, new: &NewTemplate) -> Result<()> {
        self.check_template_plan(new.facts.plan.as_deref()).await?;
        sqlx::query!(
            "insert into templates (key, name, description, plan, content, changed_by) values ($1, $2, $3, $4, $5, $6)",
            new.key.as_str(),
            new.facts.name.as_str(),
            new.facts.description.as_str(),
            new.facts.plan,
            Json(&new.facts.content) as _,
            self.actor.name,
        )
        .execute(self.read.tx.conn())
        .await?;
        self.audit_platform("template.created", new.key.as_str(), None, Some(facts(&new.facts))).await
    }

    /// Tenants that were made from it stay as they are. `seen` is the revision that the form showed.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it has changed since; `Conflict(TemplateName)`; `Invalid` beside `plan`.
    pub async fn change_template(&mut self, key: &str, seen: i64, wanted: &TemplateFacts) -> Result<()> {
        self.get_template(key).await?;
        sqlx::query!("select id from templates where key = $1 for update", key).fetch_optional(self.read.tx.conn()).await?;
        let before = self.get_template(key).await?;
        let same = before.name == wanted.name.as_str()
            && before.description == wanted.description.as_str()
            && before.plan == wanted.plan
            && before.content == wanted.content;
        if same {
            return Ok(());
        }
        if before.revision != seen {
            return Err(STALE);
        }
        if before.plan != wanted.plan {
            self.check_template_plan(wanted.plan.as_deref()).await?;
        }
        sqlx::query!(
            r#"
            update templates
            set name = $2, description = $3, plan = $4, content = $5, revision = revision + 1, changed_at = now(), changed_by = $6
            where key = $1
            "#,
            key,
            wanted.name.as_str(),
            wanted.description.as_str(),
            wanted.plan,
            Json(&wanted.content) as _,
            self.actor.name,
        )
        .execute(self.read.tx.conn())
        .await?;
        let before = json!({ "name": before.name, "description": before.description, "plan": before.plan, "content": before.content });
        self.audit_platform("template.changed", key, Some(before), Some(facts(wanted))).await
    }

    /// Tenants that were made from it stay as they are. Deleted twice, it is deleted once.
    pub async fn delete_template(&mut self, key: &str) -> Result<()> {
        if !self.list_templates().await?.iter().any(|template| template.key == key) {
            return Ok(());
        }
        let gone =
            sqlx::query!(r#"delete from templates where key = $1 returning name, plan, content as "content: Json<TemplateContent>""#, key,)
                .fetch_optional(self.read.tx.conn())
                .await?;
        match gone {
            Some(gone) => {
                let before = json!({ "name": gone.name, "plan": gone.plan, "content": gone.content.0 });
                self.audit_platform("template.deleted", key, Some(before), None).await
            }
            None => Ok(()),
        }
    }
}
