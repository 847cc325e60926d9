//! A tenant's knowledge documents: rows. Their bytes are counted by triggers, their files are in [`super::uploads`].

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::agents::Page;
use super::handle::TenantTx;
use super::uploads::UploadHash;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::{Capability, ManageAgents};
use crate::domain::document::FileName;
use crate::domain::ids::DocumentId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    pub id: DocumentId,
    pub name: String,
    pub content_type: String,
    pub size_bytes: i64,
    /// Who brought it: an e-mail or a key's name.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

fn facts(document: &DocumentRow) -> Value {
    json!({ "id": document.id, "name": document.name, "content_type": document.content_type, "size_bytes": document.size_bytes })
}

impl<C: Capability> TenantTx<C> {
    /// Newest first; `after` is the last one of the page before.
    pub async fn list_documents(&mut self, after: Option<DocumentId>, limit: i64) -> Result<Page<DocumentRow>> {
        let rows =
            sqlx::query_file_as!(DocumentRow, "src/store/documents.sql", after.map(|id| id.0), limit + 1).fetch_all(self.tx.conn()).await?;
        Ok(Page::cut(rows, limit, |row| row.id.to_string()))
    }

    pub async fn count_documents(&mut self) -> Result<i64> {
        Ok(sqlx::query_scalar!(r#"select count(*) as "n!" from documents"#).fetch_one(self.tx.conn()).await?)
    }

    /// # Errors
    /// `NotFound`, also for a document of another tenant.
    pub async fn get_document(&mut self, document: DocumentId) -> Result<DocumentRow> {
        Ok(self.get_document_file(document).await?.0)
    }

    /// What the same form brought when it was sent with the same file.
    pub(super) async fn find_uploaded(&mut self, upload: UploadHash) -> Result<Option<DocumentRow>> {
        let found = sqlx::query_as!(
            DocumentRow,
            "select id, name, content_type, size_bytes, created_by, created_at from documents where upload_hash = $1",
            upload.0,
        );
        Ok(found.fetch_optional(self.tx.conn()).await?)
    }

    /// The document and its file.
    ///
    /// # Errors
    /// `NotFound`, also for a document of another tenant.
    pub(super) async fn get_document_file(&mut self, document: DocumentId) -> Result<(DocumentRow, Uuid)> {
        let row =
            sqlx::query!("select name, content_type, size_bytes, created_by, created_at, file from documents where id = $1", document.0)
                .fetch_optional(self.tx.conn())
                .await?
                .ok_or(StoreError::NotFound)?;
        let found = DocumentRow {
            id: document,
            name: row.name,
            content_type: row.content_type,
            size_bytes: row.size_bytes,
            created_by: row.created_by,
            created_at: row.created_at,
        };
        Ok((found, row.file))
    }
}

impl TenantTx<ManageAgents> {
    /// Notes a file before it is made; returns until when it may become a document.
    pub(super) async fn note_loose_file(&mut self, file: Uuid) -> Result<DateTime<Utc>> {
        Ok(sqlx::query_scalar!(
            "insert into loose_files (tenant_id, file, remove_after) values ($1, $2, now() + interval '1 hour') returning remove_after",
            self.head.id.0,
            file,
        )
        .fetch_one(self.tx.conn())
        .await?)
    }

    /// Makes a document of a file that was noted.
    ///
    /// # Errors
    /// `AtLimit`; `WrongState` when the sweeper has taken the file, or the form has brought it before.
    pub(super) async fn keep_file(
        &mut self,
        file: Uuid,
        noted: DateTime<Utc>,
        upload: Option<UploadHash>,
        name: &FileName,
        content_type: &str,
        size: i64,
    ) -> Result<DocumentRow> {
        self.take_room("storage", size).await?;
        // The sweeper moves the time before it removes a file: with the time as it was, the file is still there.
        let ours =
            sqlx::query!("delete from loose_files where file = $1 and remove_after = $2", file, noted).execute(self.tx.conn()).await?;
        if ours.rows_affected() == 0 {
            return Err(StoreError::WrongState("The upload took too long. Send it again."));
        }
        let document = sqlx::query_as!(
            DocumentRow,
            r#"
            insert into documents (tenant_id, file, name, content_type, size_bytes, created_by, upload_hash)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (tenant_id, upload_hash) do nothing
            returning id, name, content_type, size_bytes, created_by, created_at
            "#,
            self.head.id.0,
            file,
            name.as_str(),
            content_type,
            size,
            self.actor.name,
            upload.map(|upload| upload.0),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::WrongState("This form was sent before."))?;
        self.audit(Action::DocumentUploaded, &document.name, None, Some(facts(&document))).await?;
        Ok(document)
    }

    /// The row goes and its file is noted for removal; returns the file.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) async fn forget_document(&mut self, document: DocumentId) -> Result<(DocumentRow, Uuid)> {
        let (row, file) = self.get_document_file(document).await?;
        let gone = sqlx::query!("delete from documents where id = $1", document.0).execute(self.tx.conn()).await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::NotFound);
        }
        sqlx::query!("insert into loose_files (tenant_id, file, remove_after) values ($1, $2, now())", self.head.id.0, file)
            .execute(self.tx.conn())
            .await?;
        self.audit(Action::DocumentDeleted, &row.name, Some(facts(&row)), None).await?;
        Ok((row, file))
    }
}
