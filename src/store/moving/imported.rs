//! What an import brought, as the tenant's own log has it: for people to see afterwards, and to know an archive again that is sent twice.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::import::LeftOut;
use super::unpack::Checked;
use crate::domain::activity::Action;
use crate::domain::slug::Slug;
use crate::store::Result;
use crate::store::access::PlatformAdmin;
use crate::store::handle::{PlatformRead, Store};

/// The event that an import wrote.
#[derive(Debug, Clone)]
pub struct ImportNote {
    pub at: DateTime<Utc>,
    pub brought: Brought,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Brought {
    archive_sha256: String,
    /// The plan that was asked for.
    #[serde(default)]
    plan: Option<String>,
    pub members: People,
    pub rows: BTreeMap<String, u64>,
    pub documents: u64,
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
}

/// E-mails of people.
#[derive(Debug, Clone, Deserialize)]
pub struct People {
    /// Whose account came to be.
    pub made: Vec<String>,
    /// Who had one.
    pub joined: Vec<String>,
}

impl PlatformRead {
    /// What brought the tenant with this slug in; nothing for one that began here, or is deleted.
    pub async fn find_import(&mut self, slug: &Slug) -> Result<Option<ImportNote>> {
        let found = sqlx::query!(
            r#"
            select e.at, e.after as "after!"
            from tenants t
            join audit_events e on e.tenant_id = t.id
            where t.slug = $1 and t.status <> 'deleted' and e.action = $2 and e.after is not null
            order by e.seq
            limit 1
            "#,
            slug.as_str(),
            Action::TenantImported.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?;
        Ok(found.and_then(|event| Some(ImportNote { at: event.at, brought: serde_json::from_str(&event.after).ok()? })))
    }
}

impl Store {
    /// Whether the tenant with this slug is what came of this very archive, on the plan that is asked for: a form that was sent twice.
    ///
    /// # Errors
    /// As [`Store::platform_read`].
    pub async fn was_imported(&self, admin: &PlatformAdmin, checked: &Checked, slug: &Slug, plan: Option<&str>) -> Result<bool> {
        let note = self.platform_read(admin).await?.find_import(slug).await?;
        Ok(note.is_some_and(|note| note.brought.archive_sha256 == checked.sha256 && note.brought.plan.as_deref() == plan))
    }
}
