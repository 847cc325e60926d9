//! Deleting a tenant, and taking that back: for 30 days nothing of it is lost, and its slug stays taken (what comes then is [`super::purge`]). Staff do it in the console, owners on the
//! page of their settings; what owners deleted they bring back by a link that each of them got.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::access::stored;
use super::handle::{PlatformTx, PublicTx, TenantTx};
use super::mail::post;
use super::tokens::hash_token;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::DeleteTenant;
use crate::domain::email::Email;
use crate::domain::ids::TenantId;
use crate::domain::mail::{Letter, OneTime};
use crate::domain::slug::Slug;
use crate::domain::status::TenantStatus;
use crate::domain::token::Token;

/// How long a deleted tenant can be restored.
pub const DAYS: i32 = 30;

impl PlatformTx {
    /// Ends the tenant for its people and keys from the next statement on, and returns until when it can be restored.
    ///
    /// # Errors
    /// `NotFound`, also when it is deleted already.
    pub async fn delete_tenant(&mut self, slug: &Slug) -> Result<DateTime<Utc>> {
        let (tenant, status, ..) = self.lock_tenant(slug).await?;
        let purge_after = sqlx::query_scalar!(
            r#"
            update tenants
            set status = 'deleted', status_since = now(), deleted_from = $2, purge_after = now() + make_interval(days => $3)
            where id = $1
            returning purge_after as "purge_after!"
            "#,
            tenant.0,
            status.as_str(),
            DAYS,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let (before, after) = (json!({ "status": status.as_str() }), json!({ "status": "deleted", "purge_after": purge_after }));
        self.audit(tenant, Action::TenantDeleted, slug.as_str(), Some(before), Some(after)).await?;
        Ok(purge_after)
    }

    /// Gives a deleted tenant back the state it had; a trial that ran out meanwhile is active.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is not deleted, or its 30 days are over.
    pub async fn restore_tenant(&mut self, slug: &Slug) -> Result<TenantStatus> {
        let row = sqlx::query!(
            r#"select id, status, coalesce(purge_after > now(), false) as "in_time!" from tenants where id = tenant_by_slug($1) for update"#,
            slug.as_str(),
        )
        .fetch_optional(self.read.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        match (stored(row.status.parse::<TenantStatus>())?, row.in_time) {
            (TenantStatus::Deleted, true) => {}
            (TenantStatus::Deleted, false) => {
                return Err(StoreError::WrongState("Its 30 days are over: this tenant cannot be restored any more."));
            }
            _ => return Err(StoreError::WrongState("Only a deleted tenant can be restored; this one is not deleted.")),
        }
        let tenant = TenantId(row.id);
        let status = sqlx::query_scalar!(
            r#"
            update tenants
            set status = case when deleted_from = 'trial' and trial_ends_at <= now() then 'active' else deleted_from end,
                status_since = now(), deleted_from = null, purge_after = null
            where id = $1
            returning status
            "#,
            tenant.0,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        let (from, to) = (json!({ "status": "deleted" }), json!({ "status": status }));
        self.audit(tenant, Action::TenantRestored, slug.as_str(), Some(from), Some(to)).await?;
        stored(status.parse())
    }
}

/// Whether a link still brings its tenant back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreState {
    Open,
    /// The tenant is there.
    Restored,
    /// It was restored, and deleted anew: this link was for the time before.
    Void,
    /// The 30 days are over.
    Late,
}

/// What the holder of a link may know.
#[derive(Debug, Clone)]
pub struct RestoreLink {
    pub tenant_name: String,
    pub tenant_slug: Slug,
    pub accent: String,
    pub state: RestoreState,
    pub purge_after: Option<DateTime<Utc>>,
}

impl TenantTx<DeleteTenant> {
    /// Ends one's own tenant for its people and keys from the commit on, and mails each owner a link that brings it back.
    ///
    /// # Errors
    /// `NotFound` when somebody else deleted it in this moment.
    pub async fn delete(&mut self) -> Result<()> {
        let owners = sqlx::query!(
            r#"
            select u.email, uuid_v7() as "link!"
            from members m
            join users u on u.id = m.user_id
            where m.role = 'owner'
            order by u.email
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let links: Vec<_> = owners.iter().map(|owner| owner.link).collect();
        let emails: Vec<_> = owners.iter().map(|owner| owner.email.clone()).collect();
        let hashes: Vec<_> = links.iter().map(|link| hash_token(&self.secret.link_token(OneTime::TenantRestore(*link)))).collect();
        let deleted = sqlx::query!(
            r#"select status as "status!", purge_after as "purge_after!" from tenant_delete_own($1, $2, $3, $4)"#,
            DAYS,
            &links,
            &emails,
            &hashes,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        let (before, after) = (json!({ "status": deleted.status }), json!({ "status": "deleted", "purge_after": deleted.purge_after }));
        let target = self.head.slug.to_string();
        self.audit(Action::TenantDeleted, &target, Some(before), Some(after)).await?;
        for owner in owners {
            let letter = Letter::TenantDeleted {
                link: owner.link,
                tenant: self.head.name.clone(),
                by: self.actor.name.clone(),
                purge_after: deleted.purge_after,
            };
            post(self.tx.conn(), Some(self.head.id), &stored::<Email, _>(owner.email.parse())?, &letter).await?;
        }
        Ok(())
    }
}

impl PublicTx {
    pub async fn find_restore_link(&mut self, token: &Token) -> Result<Option<RestoreLink>> {
        let row = sqlx::query!(
            r#"
            select name as "name!", slug as "slug!", accent as "accent!", state as "state!", purge_after
            from tenant_restore_find($1)
            "#,
            hash_token(token),
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(RestoreLink {
            tenant_name: row.name,
            tenant_slug: stored(row.slug.parse())?,
            accent: row.accent,
            state: match row.state.as_str() {
                "open" => RestoreState::Open,
                "restored" => RestoreState::Restored,
                "void" => RestoreState::Void,
                _ => RestoreState::Late,
            },
            purge_after: row.purge_after,
        }))
    }

    /// Brings the link's tenant back, and returns its slug.
    ///
    /// # Errors
    /// `NotFound` when the link is not open (any more).
    pub async fn restore_by_link(&mut self, token: &Token, origin: &str) -> Result<Slug> {
        let slug = sqlx::query_scalar!("select tenant_restore_use($1, $2)", hash_token(token), origin).fetch_one(self.tx.conn()).await?;
        stored(slug.ok_or(StoreError::NotFound)?.parse())
    }
}
