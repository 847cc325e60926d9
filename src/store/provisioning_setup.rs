//! The steps of a tenant to be that are one transaction each: settings, agents, opening it.

use serde_json::json;
use sqlx::types::Json;

use super::Result;
use super::access::stored;
use super::audit::append_each;
use super::handle::Store;
use super::invites::{Cause, Inviter};
use super::provisioning_steps::Turn;
use crate::domain::activity::Action;
use crate::domain::branding::{Branding, ImageKind, Look};
use crate::domain::ids::TenantId;
use crate::domain::invite::NewInvite;
use crate::domain::mail::Templates;
use crate::domain::role::Role;

impl Turn {
    pub(super) async fn settings(&mut self) -> Result<()> {
        let branding = match self.source {
            None => {
                let (allowed, default) = (&self.content.allowed_models, &self.content.default_model);
                sqlx::query!(
                    "update tenants set allowed_models = $2, default_model = $3 where id = $1",
                    self.tenant.0,
                    &allowed.iter().map(|model| model.as_str()).collect::<Vec<_>>() as &[&str],
                    default.as_ref().map(|model| model.as_str()),
                )
                .execute(self.tx.conn())
                .await?;
                self.content.has_branding().then(|| self.content.branding())
            }
            Some(source) => {
                sqlx::query!(
                    r#"
                    update tenants t
                    set accent = s.accent, monthly_budget_usd = s.monthly_budget_usd, require_second_factor = s.require_second_factor,
                        allowed_models = s.allowed_models, default_model = s.default_model
                    from tenants s
                    where t.id = $1
                      and s.id = $2
                    "#,
                    self.tenant.0,
                    source.0,
                )
                .execute(self.tx.conn())
                .await?;
                self.cloned_branding(source).await?
            }
        };
        if let Some(branding) = branding {
            self.publish(&branding).await?;
        }
        Ok(())
    }

    /// What the source has published, with images of the clone's own; the name is the source's alone.
    async fn cloned_branding(&mut self, source: TenantId) -> Result<Option<Branding>> {
        let row = sqlx::query!(
            r#"
            select v.look as "look: Json<Look>", v.css, v.mails as "mails: Json<Templates>"
            from brandings b
            join branding_versions v on v.tenant_id = b.tenant_id and v.number = b.version
            where b.tenant_id = $1
            "#,
            source.0,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let mut look = Look { name: None, ..row.look.0 };
        for kind in ImageKind::ALL {
            let Some(image) = look.image(kind) else { continue };
            let copied = sqlx::query_scalar!(
                r#"
                insert into brand_images (tenant_id, content, width, height)
                select $1, content, width, height
                from brand_images
                where tenant_id = $2
                  and id = $3
                returning id
                "#,
                self.tenant.0,
                source.0,
                image,
            )
            .fetch_optional(self.tx.conn())
            .await?;
            look.set_image(kind, copied);
        }
        Ok(Some(Branding { look, css: row.css, mails: row.mails.0 }))
    }

    async fn publish(&mut self, branding: &Branding) -> Result<()> {
        sqlx::query!(
            "insert into branding_versions (tenant_id, number, look, css, mails, published_by) values ($1, 1, $2, $3, $4, $5)",
            self.tenant.0,
            Json(&branding.look) as _,
            branding.css,
            Json(&branding.mails) as _,
            self.actor.name,
        )
        .execute(self.tx.conn())
        .await?;
        sqlx::query!(
            r#"
            insert into brandings (tenant_id, look, css, mails, changed_by, version, last_version)
            values ($1, $2, $3, $4, $5, 1, 1)
            "#,
            self.tenant.0,
            Json(&branding.look) as _,
            branding.css,
            Json(&branding.mails) as _,
            self.actor.name,
        )
        .execute(self.tx.conn())
        .await?;
        self.audit(Action::BrandingPublished, "version 1", json!({ "version": 1 })).await
    }

    pub(super) async fn agents(&mut self) -> Result<()> {
        let made = match self.source {
            None => self.template_agents().await?,
            Some(source) => self.cloned_agents(source).await?,
        };
        let events: Vec<(&str, serde_json::Value)> =
            made.iter().map(|(name, model)| (name.as_str(), json!({ "name": name, "model": model }))).collect();
        append_each(self.tx.conn(), self.tenant, &self.actor, Action::AgentCreated, &events).await?;
        self.advance(i64::try_from(made.len()).unwrap_or(i64::MAX), None).await
    }

    async fn template_agents(&mut self) -> Result<Vec<(String, String)>> {
        let mut made = Vec::new();
        for agent in self.content.agents.clone() {
            self.check_room("agents", 1).await?;
            sqlx::query!(
                "insert into agents (tenant_id, name, model, department, cost_center) values ($1, $2, $3, $4, $5)",
                self.tenant.0,
                agent.name.as_str(),
                agent.model.as_str(),
                agent.department.as_ref().map(|label| label.as_str()),
                agent.cost_center.as_ref().map(|label| label.as_str()),
            )
            .execute(self.tx.conn())
            .await?;
            made.push((agent.name.to_string(), agent.model.to_string()));
        }
        Ok(made)
    }

    async fn cloned_agents(&mut self, source: TenantId) -> Result<Vec<(String, String)>> {
        let made = sqlx::query!(
            r#"
            insert into agents (tenant_id, id, name, model, department, cost_center, active, created_at)
            select $1, cloned_id($1, id), name, model, department, cost_center, active, created_at
            from agents
            where tenant_id = $2
            returning name, model
            "#,
            self.tenant.0,
            source.0,
        )
        .fetch_all(self.tx.conn())
        .await?;
        // After they were made: how many there are now counts.
        self.check_room("agents", 0).await?;
        Ok(made.into_iter().map(|row| (row.name, row.model)).collect())
    }

    /// The tenant is open from the commit on, its trial begins, its owner is invited.
    pub(super) async fn open(&mut self, store: &Store) -> Result<()> {
        let opened = sqlx::query!(
            r#"
            update tenants
            set status = case when $2 > 0 then 'trial' else 'active' end, status_since = now(),
                trial_ends_at = case when $2 > 0 then now() + make_interval(days => $2) end
            where id = $1
            returning status, trial_ends_at
            "#,
            self.tenant.0,
            self.trial_days,
        )
        .fetch_one(self.tx.conn())
        .await?;
        if let Some(end) = opened.trial_ends_at {
            sqlx::query!("insert into jobs (tenant_id, kind, payload, run_at) values ($1, 'end_trial', '{}', $2)", self.tenant.0, end)
                .execute(self.tx.conn())
                .await?;
        }
        sqlx::query!("update provisionings set ended_at = now() where tenant_id = $1", self.tenant.0).execute(self.tx.conn()).await?;
        let owner = NewInvite { email: stored(self.owner_email.parse())?, role: Role::Owner, name: None };
        let mut inviter = Inviter { conn: self.tx.conn(), secret: &store.secret, tenant: self.tenant, actor: &self.actor };
        inviter.make(&[owner], Cause::default()).await?;
        let slug = self.slug.clone();
        self.audit(Action::TenantProvisioned, &slug, json!({ "status": opened.status })).await
    }
}
