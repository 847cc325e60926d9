//! A tenant as an archive: one snapshot of the database, read inside the tenant, and the files of its documents.

use std::path::Path;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use rust_decimal::Decimal;
use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::pack::{Packed, Packer, Sink, io_error};
use super::tables::{AUDIT_LINES, EXPORTED};
use crate::domain::activity::Action;
use crate::domain::archive::{AUDIT, AuditHead, FORMAT, MANIFEST, Manifest, SCHEMA, TenantFacts, document_file, table_file};
use crate::domain::chain::hex;
use crate::domain::ids::TenantId;
use crate::domain::slug::Slug;
use crate::domain::staff::MoveTenants;
use crate::store::access::PlatformAdmin;
use crate::store::files::{Files, Writing};
use crate::store::guarded::Guarded;
use crate::store::handle::Store;
use crate::store::{Result, StoreError};

/// What became of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub bytes: u64,
    /// Of the archive, in hex.
    pub sha256: String,
    /// Rows and files in it.
    pub rows: u64,
    pub documents: u64,
    pub made_at: DateTime<Utc>,
}

/// Told now and then while an archive is made: how many bytes of it there are. An error ends it.
pub(in crate::store) trait Progress: Send {
    fn note(&mut self, bytes: u64) -> impl Future<Output = Result<()>> + Send;
}

/// For whoever waits for it anyway.
struct Nobody;

impl Progress for Nobody {
    async fn note(&mut self, _bytes: u64) -> Result<()> {
        Ok(())
    }
}

impl Store {
    /// Writes the archive of a tenant into a new file, and an event into its audit log.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`; `WrongState` when the file is there already; `StorageFull`, `FilesAway`.
    pub async fn export_to_file(&self, admin: &PlatformAdmin, slug: &Slug, path: &Path) -> Result<Made> {
        let mut tx = self.platform::<MoveTenants>(admin).await?;
        let tenant = tx.tenant_to_move(slug).await?.id;
        tx.commit().await?;
        let mut options = tokio::fs::OpenOptions::new();
        // Everything of a tenant is in it: nobody else on this machine reads it.
        let file = match options.write(true).create_new(true).mode(0o600).open(path).await {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::WrongState("This file is there already; give another name."));
            }
            Err(error) => return Err(io_error(error)),
        };
        let made = async {
            let made = self.pack(tenant, Sink::File(file), &mut Nobody).await?;
            let mut tx = self.platform::<MoveTenants>(admin).await?;
            tx.audit(tenant, Action::ExportMade, slug.as_str(), None, Some(made.facts())).await?;
            tx.audit_platform(Action::ExportMade.as_str(), slug.as_str(), None, Some(made.facts())).await?;
            tx.commit().await?;
            Ok(made)
        };
        let made = made.await;
        if made.is_err() {
            // Half an archive is none. Who cannot remove it sees that it is none when it is read.
            let _ = tokio::fs::remove_file(path).await;
        }
        made
    }

    /// Writes the archive into the store of files.
    pub(in crate::store) async fn pack_into(&self, tenant: TenantId, writing: Writing, progress: &mut impl Progress) -> Result<Made> {
        self.pack(tenant, Sink::Store(writing), progress).await
    }

    async fn pack(&self, tenant: TenantId, sink: Sink, progress: &mut impl Progress) -> Result<Made> {
        let mut tx = Guarded::begin_snapshot(self.platform_pool(), tenant).await?;
        let (facts, audit, made_at) = facts(&mut tx).await?;
        let mut packer = Packer::new(sink, made_at);
        let mut rows = 0;
        for table in EXPORTED {
            rows += lines(&mut tx, &mut packer, progress, &table_file(table.name), &table.lines()).await?;
        }
        lines(&mut tx, &mut packer, progress, AUDIT, AUDIT_LINES).await?;
        let documents = self.documents(&mut tx, tenant, &mut packer, progress).await?;
        tx.rollback().await?;
        let files = packer.files().clone();
        let manifest = Manifest { tenantry_export: FORMAT, schema: SCHEMA, made_at, tenant: facts, audit, files };
        let text = serde_json::to_string_pretty(&manifest).expect("texts, numbers and times have a JSON form") + "\n";
        packer.begin(MANIFEST, text.len() as u64, None).await?;
        packer.write(text.as_bytes()).await?;
        packer.end().await?;
        let Packed { bytes, sha256 } = packer.finish().await?;
        Ok(Made { bytes, sha256, rows, documents, made_at })
    }

    /// The files of all documents. The snapshot stays open meanwhile: a document that is deleted now keeps its file for its readers only in
    /// stores that do so; where it is gone already, the archive is made anew.
    async fn documents(&self, tx: &mut Guarded, tenant: TenantId, packer: &mut Packer, progress: &mut impl Progress) -> Result<u64> {
        let mut after = Uuid::nil();
        let mut count = 0;
        loop {
            let page = sqlx::query!(
                r#"select id, file, size_bytes from documents where tenant_id = $1 and id > $2 order by id limit 500"#,
                tenant.0,
                after,
            )
            .fetch_all(tx.conn())
            .await?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.id;
            for document in page {
                packer.begin(&document_file(document.id), u64::try_from(document.size_bytes).unwrap_or(0), None).await?;
                pour(&self.files, tenant, document.file, packer, progress).await?;
                packer.end().await?;
                count += 1;
            }
        }
    }
}

async fn pour(files: &Files, tenant: TenantId, file: Uuid, packer: &mut Packer, progress: &mut impl Progress) -> Result<()> {
    let mut bytes = files.read(tenant, file).await?;
    while let Some(part) = bytes.try_next().await.map_err(io_error)? {
        packer.write(&part).await?;
        packer.tell(progress).await?;
    }
    Ok(())
}

/// The lines of a query as one file; returns how many.
async fn lines(tx: &mut Guarded, packer: &mut Packer, progress: &mut impl Progress, name: &str, query: &str) -> Result<u64> {
    // A tar says a file's length before it. In one snapshot both queries see the same rows.
    let measure = format!("select count(*) as n, coalesce(sum(octet_length(line) + 1), 0)::bigint as bytes from ({query}) l");
    let size = sqlx::query(AssertSqlSafe(measure)).fetch_one(tx.conn()).await?;
    let (rows, bytes): (i64, i64) = (size.try_get(0)?, size.try_get(1)?);
    let (rows, bytes) = (u64::try_from(rows).unwrap_or(0), u64::try_from(bytes).unwrap_or(0));
    packer.begin(name, bytes, Some(rows)).await?;
    let mut found = sqlx::query(AssertSqlSafe(query)).fetch(tx.conn());
    while let Some(row) = found.try_next().await? {
        let mut line: String = row.try_get(0)?;
        line.push('\n');
        packer.write(line.as_bytes()).await?;
        packer.tell(progress).await?;
    }
    drop(found);
    packer.end().await?;
    Ok(rows)
}

async fn facts(tx: &mut Guarded) -> Result<(TenantFacts, AuditHead, DateTime<Utc>)> {
    let row = sqlx::query!(
        r#"
        select
          t.id as "id!", t.slug as "slug!", t.name as "name!", coalesce(t.deleted_from, t.status) as "status!", t.status_reason, p.key as "plan!",
          v.version as "plan_version!", t.contract_price_usd, t.monthly_budget_usd, t.billing_email as "billing_email!",
          t.owner_email as "owner_email!", t.accent as "accent!", t.trial_ends_at, t.created_at as "created_at!",
          t.require_second_factor as "require_second_factor!", t.allowed_models as "allowed_models!", t.default_model,
          coalesce(h.seq, 0) as "seq!", coalesce(h.hash, '\x') as "hash!", now() as "now!"
        from tenants t
        join plan_versions v on v.id = t.plan_version_id
        join plans p on p.id = v.plan_id
        left join audit_heads h on h.tenant_id = t.id
        "#,
    )
    .fetch_one(tx.conn())
    .await?;
    let money = |amount: Option<Decimal>| amount.map(|amount| amount.to_string());
    let facts = TenantFacts {
        id: row.id,
        slug: row.slug,
        name: row.name,
        status: row.status,
        status_reason: row.status_reason,
        plan: row.plan,
        plan_version: row.plan_version,
        contract_price_usd: money(row.contract_price_usd),
        monthly_budget_usd: money(row.monthly_budget_usd),
        billing_email: row.billing_email,
        owner_email: row.owner_email,
        accent: row.accent,
        trial_ends_at: row.trial_ends_at,
        created_at: row.created_at,
        require_second_factor: row.require_second_factor,
        allowed_models: row.allowed_models,
        default_model: row.default_model,
    };
    Ok((facts, AuditHead { seq: row.seq, hash: hex(&row.hash) }, row.now))
}

impl Made {
    /// For the audit log.
    pub(in crate::store) fn facts(&self) -> serde_json::Value {
        json!({ "sha256": self.sha256, "bytes": self.bytes, "rows": self.rows, "documents": self.documents, "made_at": self.made_at })
    }
}
