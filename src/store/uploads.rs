//! Files of documents, from the first byte to the last: whatever crashes when, no row is without its file, and no file without a row
//! stays for long.
//!
//! | step | tells the database | afterwards a crash leaves |
//! |---|---|---|
//! | begin | the file is noted as loose | a note, swept |
//! | write, finish | nothing | a file that is noted, swept |
//! | keep | note away, row and bytes there, in one transaction | a document |
//! | delete | row and bytes away, file noted, in one transaction | a file that is noted, swept |
//! | remove | note away, once the file is gone | nothing |
//!
//! Nothing holds a connection while bytes travel.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::access::Evidence;
use super::documents::DocumentRow;
use super::files::{FileStream, Writing};
use super::handle::Store;
use super::{Result, StoreError};
use crate::domain::capability::{Capability, ManageAgents};
use crate::domain::document::{FileName, MAX_BYTES};
use crate::domain::ids::{DocumentId, TenantId};

/// How many files a sweep takes at once, and how long nobody else looks at them.
const SWEEP: i64 = 100;

/// By this a form finds the document again that it has brought: of the form, the file's name and its bytes. Another file is another document,
/// also from a page that was gone back to.
#[derive(Debug, Clone, Copy)]
pub struct UploadHash(pub(super) Uuid);

/// Makes an [`UploadHash`] of bytes as they come.
pub struct UploadHasher(Sha256);

impl UploadHasher {
    pub fn new(form: Uuid, name: &str) -> Self {
        // The name's own hash: as long as any other's, so that no name ends where bytes begin.
        Self(Sha256::new().chain_update(form).chain_update(Sha256::digest(name)))
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn finish(self) -> UploadHash {
        let digest: [u8; 32] = self.0.finalize().into();
        let (half, _) = digest.split_first_chunk().expect("32 bytes have a first half");
        UploadHash(Uuid::from_bytes(*half))
    }
}

/// A document on its way. Dropped, its file is swept later; [`Upload::abort`] does it now.
#[must_use]
pub struct Upload {
    store: Store,
    tenant: TenantId,
    file: Uuid,
    noted: DateTime<Utc>,
    writing: Writing,
    size: i64,
    /// What the quota leaves, as it was at the beginning: whoever passes it is not read to the end.
    left: Option<i64>,
}

impl Store {
    /// Begins a document, when there is room for one more byte.
    ///
    /// # Errors
    /// `AtLimit`, and what opening the tenant says.
    pub async fn begin_upload(&self, who: &impl Evidence) -> Result<Upload> {
        let file = Uuid::new_v4();
        let mut tx = self.tenant::<ManageAgents>(who).await?;
        let left = tx.check_room("storage", 1).await?;
        let (noted, tenant) = (tx.note_loose_file(file).await?, tx.tenant().id);
        tx.commit().await?;
        match self.files.write(tenant, file).await {
            Ok(writing) => Ok(Upload { store: self.clone(), tenant, file, noted, writing, size: 0, left }),
            Err(error) => {
                self.remove_loose(tenant, file).await;
                Err(error)
            }
        }
    }

    /// What the same form brought when it was sent with the same file: a second click, or a page that was gone back to, brings nothing twice.
    pub async fn find_uploaded(&self, who: &impl Evidence, upload: UploadHash) -> Result<Option<DocumentRow>> {
        let mut tx = self.tenant::<ManageAgents>(who).await?;
        let found = tx.find_uploaded(upload).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// A document and its bytes.
    ///
    /// # Errors
    /// `NotFound`, also for a document of another tenant; `FilesAway`.
    pub async fn open_document<C: Capability>(&self, who: &impl Evidence, document: DocumentId) -> Result<(DocumentRow, FileStream)> {
        let mut tx = self.tenant::<C>(who).await?;
        let (row, file) = tx.get_document_file(document).await?;
        let tenant = tx.tenant().id;
        tx.commit().await?;
        Ok((row, self.files.read(tenant, file).await?))
    }

    /// The document is gone and its bytes are free, whenever its file goes.
    ///
    /// # Errors
    /// `NotFound`, also for a document of another tenant.
    pub async fn delete_document(&self, who: &impl Evidence, document: DocumentId) -> Result<DocumentRow> {
        let mut tx = self.tenant::<ManageAgents>(who).await?;
        let (row, file) = tx.forget_document(document).await?;
        let tenant = tx.tenant().id;
        tx.commit().await?;
        self.remove_loose(tenant, file).await;
        Ok(row)
    }

    /// Removes a file that is noted as loose; what fails is left to the sweeper.
    async fn remove_loose(&self, tenant: TenantId, file: Uuid) {
        let removed = match self.files.remove(tenant, file).await {
            Ok(()) => self.forget_loose(tenant, file).await,
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            tracing::warn!(%error, %tenant, %file, "a file could not be removed; tried again later");
        }
    }

    async fn forget_loose(&self, tenant: TenantId, file: Uuid) -> Result<()> {
        let mut tx = self.worker(Some(tenant)).await?;
        sqlx::query!("delete from loose_files where tenant_id = $1 and file = $2", tenant.0, file).execute(tx.conn()).await?;
        tx.commit().await
    }

    /// Removes files that no document stands for any more; returns how many, to call again while it is not 0.
    pub async fn sweep_files(&self) -> Result<usize> {
        let mut tx = self.worker(None).await?;
        let due = sqlx::query!(
            r#"
            update loose_files l
            set remove_after = now() + interval '10 minutes'
            from (
              select tenant_id, file
              from loose_files
              where remove_after <= now()
              order by remove_after
              limit $1
              for update skip locked
            ) d
            where l.tenant_id = d.tenant_id
              and l.file = d.file
            returning l.tenant_id, l.file
            "#,
            SWEEP,
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        let mut removed = 0;
        for row in due {
            let tenant = TenantId(row.tenant_id);
            // One that cannot be removed is due again in ten minutes, and keeps nobody else's waiting.
            match self.files.remove(tenant, row.file).await {
                Ok(()) => {
                    self.forget_loose(tenant, row.file).await?;
                    removed += 1;
                }
                Err(error) => tracing::warn!(%error, %tenant, file = %row.file, "a file could not be swept; tried again in ten minutes"),
            }
        }
        Ok(removed)
    }
}

impl Upload {
    /// # Errors
    /// `TooLarge` beyond [`MAX_BYTES`], `AtLimit` beyond the quota, `StorageFull`, `FilesAway`.
    pub async fn write(&mut self, who: &impl Evidence, bytes: &[u8]) -> Result<()> {
        self.size = self.size.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        if self.size > MAX_BYTES {
            return Err(StoreError::TooLarge(MAX_BYTES));
        }
        if self.left.is_some_and(|left| self.size > left) {
            let mut tx = self.store.tenant::<ManageAgents>(who).await?;
            tx.check_room("storage", self.size).await?;
            // Room was made meanwhile.
            self.left = None;
            tx.commit().await?;
        }
        self.writing.write(bytes).await
    }

    /// The document is there, with its bytes counted. What a form brings has a hash, by which it is found again.
    ///
    /// # Errors
    /// Like [`Upload::write`], `WrongState` when there is one with this hash; afterwards nothing is left of it.
    pub async fn finish(self, who: &impl Evidence, name: &FileName, content_type: &str, hash: Option<UploadHash>) -> Result<DocumentRow> {
        let Upload { store, tenant, file, noted, writing, size, .. } = self;
        let kept = match writing.finish().await {
            Ok(()) => store.keep(who, (file, noted), hash, name, content_type, size).await,
            Err(error) => Err(Undone(error)),
        };
        match kept {
            Ok(document) => Ok(document?),
            Err(Undone(error)) => {
                store.remove_loose(tenant, file).await;
                Err(error)
            }
        }
    }

    /// Nothing is left of it.
    pub async fn abort(self) {
        self.writing.abort().await;
        self.store.remove_loose(self.tenant, self.file).await;
    }
}

/// Why there is no document, for certain. An error of the commit itself leaves that open: then the note says what becomes of the file.
struct Undone(StoreError);

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Undone(error)
    }
}

impl Store {
    async fn keep(
        &self,
        who: &impl Evidence,
        (file, noted): (Uuid, DateTime<Utc>),
        hash: Option<UploadHash>,
        name: &FileName,
        content_type: &str,
        size: i64,
    ) -> std::result::Result<Result<DocumentRow>, Undone> {
        let mut tx = self.tenant::<ManageAgents>(who).await?;
        let document = tx.keep_file(file, noted, hash, name, content_type, size).await?;
        Ok(tx.commit().await.map(|()| document))
    }
}
