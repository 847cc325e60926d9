//! Archives that were asked for: by an owner in the portal, by staff in the console or with a platform key; made by a job, kept for 24 hours.
//!
//! An owner's is got once, by an owner; staff's by staff, as often as they like until it ends. Each step is an event of the tenant's audit log.

mod making;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::access::{Evidence, PlatformAdmin, stored};
use super::files::FileStream;
use super::handle::{PlatformRead, PlatformTx, Store, TenantTx};
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::archive::file_name;
use crate::domain::capability::ExportTenant;
use crate::domain::ids::TenantId;
use crate::domain::slug::Slug;
use crate::domain::staff::MoveTenants;

/// How long an archive can be got.
pub const HOURS: i32 = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportState {
    Waiting,
    Making,
    Ready,
    Failed,
    /// Its time is over, or an owner has got it.
    Gone,
}

impl ExportState {
    pub fn as_str(self) -> &'static str {
        match self {
            ExportState::Waiting => "waiting",
            ExportState::Making => "making",
            ExportState::Ready => "ready",
            ExportState::Failed => "failed",
            ExportState::Gone => "gone",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "waiting" => ExportState::Waiting,
            "making" => ExportState::Making,
            "ready" => ExportState::Ready,
            "failed" => ExportState::Failed,
            _ => ExportState::Gone,
        }
    }

    /// Whether it is on its way.
    pub fn is_open(self) -> bool {
        matches!(self, ExportState::Waiting | ExportState::Making)
    }
}

#[derive(Debug, Clone)]
pub struct Export {
    pub id: Uuid,
    pub state: ExportState,
    pub requested_by: String,
    pub requested_at: DateTime<Utc>,
    /// Bytes so far, while it is made.
    pub written: i64,
    pub size_bytes: Option<i64>,
    /// In hex.
    pub sha256: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub downloaded_at: Option<DateTime<Utc>>,
    pub downloaded_by: Option<String>,
}

/// An archive on its way to whoever may have it.
pub struct Download {
    pub name: String,
    pub size: i64,
    pub bytes: FileStream,
}

const BUSY: StoreError = StoreError::WrongState("An archive is being made already.");
const NOT_THERE: StoreError = StoreError::WrongState("This archive is not there (any more). Ask for a new one.");

macro_rules! list {
    ($conn:expr, $tenant:expr, $staff:expr) => {
        sqlx::query_file!("src/store/exports.sql", $tenant, $staff)
            .fetch_all($conn)
            .await?
            .into_iter()
            .map(|row| Export {
                id: row.id,
                state: ExportState::read(&row.state),
                requested_by: row.requested_by,
                requested_at: row.requested_at,
                written: row.written,
                size_bytes: row.size_bytes,
                sha256: row.sha256,
                expires_at: row.expires_at,
                downloaded_at: row.downloaded_at,
                downloaded_by: row.downloaded_by,
            })
            .collect()
    };
}

impl TenantTx<ExportTenant> {
    /// The last archives that owners asked for, newest first.
    pub async fn list_exports(&mut self) -> Result<Vec<Export>> {
        Ok(list!(self.tx.conn(), self.head.id.0, false))
    }

    /// Has an archive made; it is there when the job is done.
    ///
    /// # Errors
    /// `WrongState` while one is being made.
    pub async fn ask_for_export(&mut self) -> Result<()> {
        let asked =
            sqlx::query_scalar!("select export_ask($1, $2, false)", self.head.id.0, self.actor.name).fetch_one(self.tx.conn()).await?;
        asked.ok_or(BUSY)?;
        let target = self.head.slug.to_string();
        self.audit(Action::ExportRequested, &target, None, None).await
    }

    /// The file of an archive that is there.
    async fn find_export_file(&mut self, export: Uuid) -> Result<Uuid> {
        let found = sqlx::query_scalar!(
            r#"
            select file as "file!"
            from exports
            where id = $1
              and not for_staff
              and state = 'ready'
              and downloaded_at is null
              and expires_at > now()
            "#,
            export,
        );
        found.fetch_optional(self.tx.conn()).await?.ok_or(NOT_THERE)
    }

    /// Takes an archive, once: whoever comes second finds it gone. Returns its length and when it was made.
    async fn take_export(&mut self, export: Uuid) -> Result<(i64, DateTime<Utc>)> {
        let taken = sqlx::query!(
            r#"
            update exports
            set downloaded_at = now(), downloaded_by = $2, expires_at = least(expires_at, now() + interval '1 hour')
            where id = $1
              and not for_staff
              and state = 'ready'
              and downloaded_at is null
              and expires_at > now()
            returning size_bytes as "size_bytes!", sha256 as "sha256!", ready_at as "ready_at!"
            "#,
            export,
            self.actor.name,
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(NOT_THERE)?;
        let (target, after) = (self.head.slug.to_string(), json!({ "sha256": taken.sha256, "bytes": taken.size_bytes }));
        self.audit(Action::ExportDownloaded, &target, None, Some(after)).await?;
        Ok((taken.size_bytes, taken.ready_at))
    }
}

/// A tenant that is looked at to be moved: also one that is deleted.
#[derive(Debug, Clone)]
pub struct Movable {
    pub(super) id: TenantId,
    pub slug: Slug,
    pub name: String,
    /// Of one that is deleted, until when it can be restored.
    pub purge_after: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
}

impl PlatformRead {
    /// # Errors
    /// `NotFound`.
    pub async fn tenant_to_move(&mut self, slug: &Slug) -> Result<Movable> {
        let row = sqlx::query!(r#"select id, slug, name, purge_after, now() as "now!" from tenants where slug = $1"#, slug.as_str())
            .fetch_optional(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        Ok(Movable { id: TenantId(row.id), slug: stored(row.slug.parse())?, name: row.name, purge_after: row.purge_after, now: row.now })
    }

    /// The last archives that staff asked for, newest first.
    pub async fn list_exports(&mut self, tenant: &Movable) -> Result<Vec<Export>> {
        Ok(list!(self.tx.conn(), tenant.id.0, true))
    }
}

impl PlatformTx {
    /// Has an archive made for staff.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` while one is being made.
    pub async fn ask_for_export(&mut self, slug: &Slug) -> Result<Export> {
        let tenant = self.tenant_to_move(slug).await?;
        let asked =
            sqlx::query_scalar!("select export_ask($1, $2, true)", tenant.id.0, self.actor.name).fetch_one(self.read.tx.conn()).await?;
        let id = asked.ok_or(BUSY)?;
        self.audit(tenant.id, Action::ExportRequested, slug.as_str(), None, None).await?;
        let exports = self.read.list_exports(&tenant).await?;
        exports.into_iter().find(|export| export.id == id).ok_or(StoreError::NotFound)
    }
}

impl Store {
    /// An owner gets their tenant's archive.
    ///
    /// # Errors
    /// `WrongState` when it is not there (any more), also for one of another tenant; `FilesAway`.
    pub async fn download_export(&self, who: &impl Evidence, export: Uuid) -> Result<Download> {
        let mut tx = self.tenant::<ExportTenant>(who).await?;
        let file = tx.find_export_file(export).await?;
        let (tenant, slug) = (tx.tenant().id, tx.tenant().slug.clone());
        tx.commit().await?;
        // Before it counts as taken: one whose store is away can be got later.
        let bytes = self.files.read_archive(tenant, file).await?;
        let mut tx = self.tenant::<ExportTenant>(who).await?;
        let (size, made_at) = tx.take_export(export).await?;
        tx.commit().await?;
        Ok(Download { name: file_name(slug.as_str(), made_at), size, bytes })
    }

    /// Staff get an archive that staff asked for; without an id the newest that is there.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when none is there; `FilesAway`.
    pub async fn download_export_of(&self, admin: &PlatformAdmin, slug: &Slug, export: Option<Uuid>) -> Result<Download> {
        let mut tx = self.platform::<MoveTenants>(admin).await?;
        let tenant = tx.tenant_to_move(slug).await?;
        let found = sqlx::query!(
            r#"
            update exports e
            set downloaded_at = now(), downloaded_by = $3
            from (
              select id
              from exports
              where tenant_id = $1
                and for_staff
                and state = 'ready'
                and expires_at > now()
                and ($2::uuid is null or id = $2)
              order by id desc
              limit 1
            ) newest
            where e.tenant_id = $1
              and e.id = newest.id
            returning e.file as "file!", e.size_bytes as "size_bytes!", e.sha256 as "sha256!", e.ready_at as "ready_at!"
            "#,
            tenant.id.0,
            export,
            tx.actor.name,
        )
        .fetch_optional(tx.read.tx.conn())
        .await?
        .ok_or(NOT_THERE)?;
        let after = json!({ "sha256": found.sha256, "bytes": found.size_bytes });
        tx.audit(tenant.id, Action::ExportDownloaded, slug.as_str(), None, Some(after)).await?;
        tx.commit().await?;
        let bytes = self.files.read_archive(tenant.id, found.file).await?;
        Ok(Download { name: file_name(slug.as_str(), found.ready_at), size: found.size_bytes, bytes })
    }
}
