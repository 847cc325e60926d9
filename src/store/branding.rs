//! A tenant's branding: one draft, numbered versions of what was published, images. Nothing that pages show changes before it is published;
//! going back to an earlier version makes that one the published one again.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::handle::{PlatformRead, TenantTx};
use super::usage_report::Looked;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::branding::{Branding, Look, VERSIONS};
use crate::domain::capability::{ManageBranding, ViewTenant};
use crate::domain::ids::TenantId;
use crate::domain::mail::Templates;
use crate::domain::picture::Picture;

/// Draft, what is published, and what was.
#[derive(Debug, Clone)]
pub struct BrandingSheet {
    pub draft: Branding,
    pub published: Branding,
    /// Grows with every change of any of this.
    pub revision: i64,
    pub changed: Option<(DateTime<Utc>, String)>,
    /// The version in use; `None` is the platform's look.
    pub version: Option<i32>,
    /// Newest first.
    pub versions: Vec<VersionRow>,
    /// Whether the plan has branding: without, the platform's look is shown.
    pub allowed: bool,
}

#[derive(Debug, Clone)]
pub struct VersionRow {
    pub number: i32,
    pub published_at: DateTime<Utc>,
    pub published_by: String,
}

const STALE: StoreError = StoreError::WrongState("Somebody changed the branding meanwhile. Look at it as it is now, then try again.");
const NOT_IN_PLAN: StoreError = StoreError::WrongState("Your plan has no branding of its own. Choose a plan that has, then publish.");

async fn sheet(conn: &mut PgConnection, tenant: TenantId) -> Result<BrandingSheet> {
    let row = sqlx::query_file!("src/store/branding.sql", tenant.0).fetch_one(&mut *conn).await?;
    let versions = sqlx::query_file_as!(VersionRow, "src/store/branding_versions.sql", tenant.0).fetch_all(conn).await?;
    Ok(BrandingSheet {
        draft: branding(row.look, row.css, row.mails),
        published: branding(row.published_look, row.published_css, row.published_mails),
        revision: row.revision.unwrap_or(0),
        changed: row.changed_at.zip(row.changed_by),
        version: row.version,
        versions,
        allowed: row.allowed,
    })
}

fn branding(look: Option<Json<Look>>, css: Option<String>, mails: Option<Json<Templates>>) -> Branding {
    Branding { look: look.map(|look| look.0).unwrap_or_default(), css, mails: mails.map(|mails| mails.0).unwrap_or_default() }
}

impl TenantTx<ViewTenant> {
    /// The CSS of a version, as it was typed.
    pub async fn find_css(&mut self, version: i32) -> Result<Option<String>> {
        let found = sqlx::query_scalar!("select css from branding_versions where tenant_id = $1 and number = $2", self.head.id.0, version)
            .fetch_optional(self.tx.conn())
            .await?;
        Ok(found.flatten())
    }
}

impl TenantTx<ManageBranding> {
    pub async fn branding(&mut self) -> Result<BrandingSheet> {
        sheet(self.tx.conn(), self.head.id).await
    }

    /// Any image of the tenant's, also one that only the draft has.
    pub async fn find_draft_image(&mut self, image: Uuid) -> Result<Option<Vec<u8>>> {
        Ok(sqlx::query_scalar!("select content from brand_images where tenant_id = $1 and id = $2", self.head.id.0, image)
            .fetch_optional(self.tx.conn())
            .await?)
    }

    /// Everything as it stands, held until the end of the transaction. `seen` is the revision that a form showed.
    ///
    /// # Errors
    /// `WrongState` when it has changed since.
    pub async fn lock_branding(&mut self, seen: Option<i64>) -> Result<BrandingSheet> {
        sqlx::query_scalar!("select branding_begin($1)", self.actor.name).fetch_one(self.tx.conn()).await?;
        sqlx::query!("select revision from brandings where tenant_id = $1 for update", self.head.id.0).fetch_one(self.tx.conn()).await?;
        let sheet = self.branding().await?;
        match seen {
            Some(seen) if seen != sheet.revision => Err(STALE),
            _ => Ok(sheet),
        }
    }

    /// Keeps an image for a draft; its random name is all that leads to it.
    pub async fn keep_brand_image(&mut self, picture: &Picture) -> Result<Uuid> {
        Ok(sqlx::query_scalar!(
            "insert into brand_images (tenant_id, content, width, height) values ($1, $2, $3, $4) returning id",
            self.head.id.0,
            picture.png,
            i32::try_from(picture.width).unwrap_or(i32::MAX),
            i32::try_from(picture.height).unwrap_or(i32::MAX),
        )
        .fetch_one(self.tx.conn())
        .await?)
    }

    /// Makes this the draft, after [`Self::lock_branding`].
    pub async fn keep_draft(&mut self, before: &BrandingSheet, draft: &Branding) -> Result<()> {
        let changed = before.draft.differences(draft);
        if changed.is_empty() {
            return Ok(());
        }
        self.write(draft, before.version).await?;
        let after = json!({ "changed": changed, "name": draft.look.name, "accent": draft.look.accent });
        let before = json!({ "name": before.draft.look.name, "accent": before.draft.look.accent });
        self.audit(Action::BrandingChanged, "draft", Some(before), Some(after)).await
    }

    /// The draft becomes the published version, with the next number.
    ///
    /// # Errors
    /// `WrongState` when it has changed since `seen`, when nothing in it is new, or when the plan has no branding.
    pub async fn publish_branding(&mut self, seen: i64) -> Result<i32> {
        let sheet = self.lock_branding(Some(seen)).await?;
        if !sheet.allowed {
            return Err(NOT_IN_PLAN);
        }
        if sheet.draft == sheet.published {
            return Err(StoreError::WrongState("The draft is what is published already."));
        }
        let number = sqlx::query_scalar!(
            r#"
            with next as (
              update brandings
              set last_version = last_version + 1
              where tenant_id = $1
              returning last_version)
            insert into branding_versions (tenant_id, number, look, css, mails, published_by)
            select $1, last_version, $2, $3, $4, $5
            from next
            returning number
            "#,
            self.head.id.0,
            Json(&sheet.draft.look) as _,
            sheet.draft.css,
            Json(&sheet.draft.mails) as _,
            self.actor.name,
        )
        .fetch_one(self.tx.conn())
        .await?;
        self.write(&sheet.draft, Some(number)).await?;
        let (before, after) = (json!({ "version": sheet.version }), json!({ "version": number }));
        self.audit(Action::BrandingPublished, &format!("version {number}"), Some(before), Some(after)).await?;
        Ok(number)
    }

    /// An earlier version becomes the published one again. A draft with changes of its own stays.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it has changed since `seen`, or when the plan has no branding.
    pub async fn use_version(&mut self, number: i32, seen: i64) -> Result<()> {
        let sheet = self.lock_branding(Some(seen)).await?;
        if !sheet.allowed {
            return Err(NOT_IN_PLAN);
        }
        let version = sqlx::query!(
            r#"
            select look as "look: Json<Look>", css, mails as "mails: Json<Templates>"
            from branding_versions
            where tenant_id = $1
              and number = $2
            "#,
            self.head.id.0,
            number,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        if sheet.version == Some(number) {
            return Ok(());
        }
        let earlier = branding(Some(version.look), version.css, Some(version.mails));
        let draft = if sheet.draft == sheet.published { &earlier } else { &sheet.draft };
        self.write(draft, Some(number)).await?;
        let (before, after) = (json!({ "version": sheet.version }), json!({ "version": number }));
        self.audit(Action::BrandingReverted, &format!("version {number}"), Some(before), Some(after)).await
    }

    /// The draft becomes what is published.
    ///
    /// # Errors
    /// `WrongState` when it has changed since `seen`.
    pub async fn discard_draft(&mut self, seen: i64) -> Result<()> {
        let sheet = self.lock_branding(Some(seen)).await?;
        let published = sheet.published.clone();
        self.keep_draft(&sheet, &published).await
    }

    /// Writes draft and version in use, forgets the oldest versions, and images that nothing shows any more.
    async fn write(&mut self, draft: &Branding, version: Option<i32>) -> Result<()> {
        sqlx::query!(
            r#"
            update brandings
            set look = $2, css = $3, mails = $4, version = $5, revision = revision + 1, changed_at = now(), changed_by = $6
            where tenant_id = $1
            "#,
            self.head.id.0,
            Json(&draft.look) as _,
            draft.css,
            Json(&draft.mails) as _,
            version,
            self.actor.name,
        )
        .execute(self.tx.conn())
        .await?;
        sqlx::query!(
            r#"
            delete from branding_versions v
            using brandings b
            where v.tenant_id = $1
              and b.tenant_id = v.tenant_id
              and v.number <= b.last_version - $2
              and v.number is distinct from b.version
            "#,
            self.head.id.0,
            VERSIONS,
        )
        .execute(self.tx.conn())
        .await?;
        sqlx::query!(
            r#"
            delete from brand_images i
            where i.tenant_id = $1
              and not exists (
                select
                from (
                  select look from brandings where tenant_id = $1
                  union all
                  select look from branding_versions where tenant_id = $1) kept
                where i.id::text in (kept.look->>'logo_light', kept.look->>'logo_dark', kept.look->>'favicon'))
            "#,
            self.head.id.0,
        )
        .execute(self.tx.conn())
        .await?;
        Ok(())
    }
}

impl PlatformRead {
    pub async fn branding_of(&mut self, tenant: &Looked) -> Result<BrandingSheet> {
        sheet(self.tx.conn(), tenant.id).await
    }
}
