//! What happened in the named tenants lately: audit events through the chain, open invites, a raised quota.
//!
//! The chain takes the database's time when an event is appended, so the story happens while the demo is filled.

use serde_json::{Value, json};
use uuid::Uuid;

use super::draw::DemoTenant;
use crate::domain::activity::Action;
use crate::domain::invite::DAYS;
use crate::domain::role::Role;
use crate::store::tokens::hash_token;
use crate::store::{PlatformTx, Result};

/// Who (an e-mail, `None` for whoever fills the demo), did what, to what, and how that changed.
type Line = (Option<&'static str>, Action, &'static str, Option<Value>, Option<Value>);

const OLGA: Option<&str> = Some("owner@acme.example");
const ADAM: Option<&str> = Some("admin@acme.example");
const MAX: Option<&str> = Some("member@acme.example");

fn story(slug: &str) -> Vec<Line> {
    use Action::{AgentCreated, DomainVerified, InviteAccepted, InviteCreated, KeyCreated, MemberRemoved, PlanChanged, QuotaChanged};
    let plan = |from: &str, to: &str| (Some(json!({ "plan": from })), Some(json!({ "plan": to })));
    let (quota, role) = (|n: i64| Some(json!({ "quota": n })), |role: &str| Some(json!({ "role": role })));
    match slug {
        "acme" => vec![
            (OLGA, PlanChanged, "Pro", plan("starter", "pro").0, plan("starter", "pro").1),
            (OLGA, InviteCreated, "member@acme.example", None, role("member")),
            (ADAM, MemberRemoved, "temp@acme.example", role("viewer"), None),
            (OLGA, DomainVerified, "portal.acme.example", None, None),
            (ADAM, KeyCreated, "ci", None, Some(json!({ "scopes": ["read", "usage"] }))),
            (ADAM, AgentCreated, "Customer Support EMEA", None, Some(json!({ "model": "claude-sonnet-4-5" }))),
            (MAX, InviteAccepted, "member@acme.example", None, role("member")),
            (OLGA, QuotaChanged, "agents", quota(80), quota(100)),
        ],
        "beta-industries" => vec![
            (None, PlanChanged, "Enterprise", plan("pro", "enterprise").0, plan("pro", "enterprise").1),
            (Some("it@beta.example"), DomainVerified, "agents.beta.example", None, None),
            (Some("it@beta.example"), KeyCreated, "data platform", None, Some(json!({ "scopes": ["usage"] }))),
            (Some("it@beta.example"), AgentCreated, "Forecaster APAC", None, Some(json!({ "model": "claude-opus-4-6" }))),
        ],
        "gamma-solutions" => vec![
            (Some("hi@gamma.example"), InviteAccepted, "hi@gamma.example", None, role("owner")),
            (Some("hi@gamma.example"), AgentCreated, "Translator", None, Some(json!({ "model": "claude-haiku-4-5" }))),
        ],
        "techco" => vec![
            (Some("owner@techco.example"), InviteCreated, "admin@acme.example", None, role("member")),
            (ADAM, InviteAccepted, "admin@acme.example", None, role("member")),
            (Some("owner@techco.example"), KeyCreated, "staging", None, Some(json!({ "scopes": ["read"] }))),
        ],
        "startup" => vec![(Some("founder@startup.example"), InviteAccepted, "founder@startup.example", None, role("owner"))],
        _ => vec![],
    }
}

impl PlatformTx {
    /// Tells the named tenants' stories; those without one stay as they are.
    pub(super) async fn tell_stories(&mut self, tenants: &[DemoTenant], ids: &[Uuid]) -> Result<()> {
        for (drawn, id) in tenants.iter().zip(ids) {
            for (who, action, target, before, after) in story(&drawn.sketch.slug) {
                self.append_story(*id, who, action, target, before, after).await?;
            }
            if drawn.sketch.slug == "acme" {
                self.insert_invite(*id, "rita.novak@acme.example", Role::Member, 1).await?;
                self.insert_invite(*id, "sam.okafor@acme.example", Role::Viewer, 1).await?;
                self.insert_invite(*id, "tess.lang@acme.example", Role::Member, 9).await?;
                self.raise_messages(*id, 2_000_000).await?;
            }
        }
        Ok(())
    }

    async fn append_story(
        &mut self,
        tenant: Uuid,
        who: Option<&str>,
        action: Action,
        target: &str,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<()> {
        sqlx::query!(
            r#"
            select audit_append(
              $1, case when u.id is null then $2 else 'member' end, coalesce(u.id, $3), coalesce(u.email, $4), $5, $6, $7, $8,
              case when u.id is null then $9 else '192.0.2.10' end)
            from (select $10::text as email) w
            left join users u on u.email = w.email
            "#,
            tenant,
            self.actor.kind,
            self.actor.id,
            self.actor.name,
            action.as_str(),
            target,
            before.map(|value| value.to_string()),
            after.map(|value| value.to_string()),
            self.actor.origin,
            who,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        Ok(())
    }

    /// An invite of so many days ago that nobody has accepted, from the tenant's owner.
    async fn insert_invite(&mut self, tenant: Uuid, email: &str, role: Role, days: i32) -> Result<()> {
        let id: Uuid = sqlx::query_scalar!(r#"select uuid_v7() as "id!""#).fetch_one(self.read.tx.conn()).await?;
        sqlx::query!(
            r#"
            insert into invites (
              tenant_id, id, email, role, token_hash, invited_by, inviter_kind, inviter_id, created_at, expires_at)
            select
              t.id, $2, $3, $4, $5, u.email, 'member', u.id, now() - make_interval(days => $6),
              now() + make_interval(days => $7 - $6)
            from tenants t
            join users u on u.email = t.owner_email
            where t.id = $1
            "#,
            tenant,
            id,
            email,
            role.as_str(),
            hash_token(&self.read.secret.invite_token(id)),
            days,
            DAYS,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }

    /// Acme sends more messages than its plan grants; its contract lets it.
    async fn raise_messages(&mut self, tenant: Uuid, quota: i64) -> Result<()> {
        sqlx::query!(
            r#"
            insert into entitlement_overrides (tenant_id, meter, quota, reason, created_by)
            values ($1, 'messages', $2, 'addendum to the contract', $3)
            "#,
            tenant,
            quota,
            self.actor.name,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }
}
