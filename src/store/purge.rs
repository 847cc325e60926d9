//! Removing a deleted tenant for good: its rows, files, archives, keys, sessions, domains, mails, and the accounts of people who belong
//! nowhere else. What was removed stands on a receipt that the platform signs ([`crate::domain::receipt`]).
//!
//! | step | in one commit | a crash before the next |
//! |---|---|---|
//! | its files are counted | | nothing has happened |
//! | its rows go, the purge is noted | yes | is brought to its end by a job |
//! | its files go | | likewise |
//! | the receipt is signed | yes | |
//!
//! Which tables there are is read from the catalog, in the database (`purge_tenant`). What stays: the receipt, and the platform's own audit
//! chain, which says who did what to which slug.

mod list;

use std::collections::BTreeMap;

use ring::signature::KeyPair as _;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{PlatformAdmin, stored};
use super::guarded::Guarded;
use super::handle::{PlatformTx, Store};
use super::jobs::{Claimed, finish};
use super::{Result, StoreError};
use crate::domain::chain::hex;
use crate::domain::ids::TenantId;
use crate::domain::receipt::{Receipt, SignedReceipt, VERSION};
use crate::domain::slug::Slug;
use crate::domain::staff::PurgeTenants;

pub use list::{PurgePage, PurgeRow};

/// Why a tenant goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Cause {
    /// Somebody asked for it.
    Asked,
    /// Its 30 days are over.
    Due,
    /// Files of an import that may have come to no end: they go when there is no such tenant.
    Left,
}

#[derive(Deserialize)]
struct Payload {
    tenant: Uuid,
    cause: Cause,
    by: String,
}

/// What the database keeps of a purge, beside what the row has.
#[derive(Deserialize)]
struct Facts {
    rows: BTreeMap<String, i64>,
    mails: i64,
    invoices: i64,
    invoiced_usd: String,
    sessions: i64,
    accounts: i64,
    accounts_kept: i64,
}

const NOT_DELETED: StoreError = StoreError::WrongState("Only a deleted tenant can be removed for good. Delete it first.");

impl PlatformTx {
    /// Has a deleted tenant removed for good, by a job that begins at once.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is not deleted.
    pub async fn ask_for_purge(&mut self, slug: &Slug) -> Result<()> {
        let tenant = self.tenant_to_move(slug).await?;
        if tenant.purge_after.is_none() {
            return Err(NOT_DELETED);
        }
        sqlx::query!(
            r#"
            insert into jobs (kind, payload, run_at)
            select 'purge_tenant', jsonb_build_object('tenant', $1::uuid, 'cause', 'asked', 'by', $2::text), now()
            where not exists (
              select from jobs
              where kind = 'purge_tenant'
                and ended_at is null
                and payload->>'tenant' = $1::uuid::text
                and payload->>'cause' = 'asked')
            "#,
            tenant.id.0,
            self.actor.name,
        )
        .execute(self.read.tx.conn())
        .await?;
        self.audit_platform("tenant.purge_asked", slug.as_str(), None, Some(json!({ "tenant_id": tenant.id }))).await
    }
}

impl Store {
    /// Where receipts are checked against, in hex.
    pub fn receipt_public_key(&self) -> String {
        hex(self.secret.receipt_key().public_key().as_ref())
    }

    /// Removes a deleted tenant for good, now, and returns the receipt.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it is not deleted; `FilesAway` when its rows are gone and its files are not: a job goes on with them.
    pub async fn purge_now(&self, admin: &PlatformAdmin, slug: &Slug) -> Result<SignedReceipt> {
        let mut tx = self.platform::<PurgeTenants>(admin).await?;
        let tenant = tx.tenant_to_move(slug).await?;
        let by = tx.actor.name.clone();
        tx.commit().await?;
        if tenant.purge_after.is_none() {
            return Err(NOT_DELETED);
        }
        let files = self.files.measure(tenant.id).await?;
        let mut tx = self.platform::<PurgeTenants>(admin).await?;
        if !remove_rows(&mut tx.read.tx, tenant.id, Cause::Asked, &by, files).await? {
            return Err(NOT_DELETED);
        }
        tx.audit_platform("tenant.purged", slug.as_str(), None, Some(json!({ "tenant_id": tenant.id }))).await?;
        tx.commit().await?;
        self.remove_files(tenant.id).await?.ok_or(StoreError::NotFound)
    }

    /// What a job of the kind is about; done again it changes nothing.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost; `FilesAway`.
    pub async fn purge_by_job(&self, job: &Claimed) -> Result<()> {
        let Payload { tenant, cause, by } = stored(serde_json::from_value(job.payload.clone()))?;
        let tenant = TenantId(tenant);
        if cause == Cause::Left {
            if !self.is_known(tenant).await? {
                self.remove_tenant_files(tenant).await?;
            }
            return finish(self.begin_leased(job, None).await?, job).await;
        }
        let files = self.files.measure(tenant).await?;
        let mut tx = self.begin_leased(job, None).await?;
        if remove_rows(&mut tx, tenant, cause, &by, files).await? {
            sqlx::query!(
                "select platform_audit_append('system', null, $1, 'tenant.purged', (select slug from purges where purged_tenant = $2), null, $3, 'job')",
                by,
                tenant.0,
                json!({ "tenant_id": tenant, "cause": if cause == Cause::Due { "due" } else { "asked" } }).to_string(),
            )
            .fetch_one(tx.conn())
            .await?;
        }
        tx.commit().await?;
        self.remove_files(tenant).await?;
        finish(self.begin_leased(job, None).await?, job).await
    }

    async fn is_known(&self, tenant: TenantId) -> Result<bool> {
        let mut tx = self.worker(None).await?;
        let known =
            sqlx::query_scalar!(r#"select exists (select from tenants where id = $1) as "known!""#, tenant.0).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(known)
    }

    pub(super) async fn remove_tenant_files(&self, tenant: TenantId) -> Result<()> {
        self.files.remove_all(tenant).await
    }

    /// For whoever is about to write files of a tenant that is not there yet.
    pub(super) async fn note_files_of(&self, tenant: TenantId) -> Result<()> {
        let mut tx = self.worker(None).await?;
        let payload = json!({ "tenant": tenant, "cause": "left", "by": "system" });
        sqlx::query!("insert into jobs (kind, payload, run_at) values ('purge_tenant', $1, now() + interval '1 day')", payload)
            .execute(tx.conn())
            .await?;
        tx.commit().await
    }

    pub(super) async fn new_id(&self) -> Result<Uuid> {
        let mut tx = self.worker(None).await?;
        let id = sqlx::query_scalar!(r#"select uuid_v7() as "id!""#).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The files of a tenant whose rows are gone, then the receipt; nothing when it was not purged. Whoever comes second finds the receipt.
    async fn remove_files(&self, tenant: TenantId) -> Result<Option<SignedReceipt>> {
        let mut tx = self.worker(None).await?;
        let noted = sqlx::query!(r#"select receipt from purges where purged_tenant = $1"#, tenant.0).fetch_optional(tx.conn()).await?;
        tx.commit().await?;
        match noted {
            None => return Ok(None),
            Some(noted) => {
                if let Some(receipt) = noted.receipt {
                    return Ok(Some(stored(serde_json::from_str(&receipt))?));
                }
            }
        }
        self.files.remove_all(tenant).await?;
        let mut tx = self.worker(None).await?;
        let row = sqlx::query!(
            r#"
            select id, slug, name, cause, asked_by, deleted_at, purged_at, facts, files, file_bytes, receipt, now() as "now!"
            from purges
            where purged_tenant = $1
            for update
            "#,
            tenant.0,
        )
        .fetch_one(tx.conn())
        .await?;
        if let Some(receipt) = row.receipt {
            tx.commit().await?;
            return Ok(Some(stored(serde_json::from_str(&receipt))?));
        }
        let facts: Facts = stored(serde_json::from_value(row.facts))?;
        let receipt = Receipt {
            accounts: facts.accounts,
            accounts_kept: facts.accounts_kept,
            by: row.asked_by,
            cause: row.cause,
            deleted_at: row.deleted_at,
            file_bytes: row.file_bytes,
            files: row.files,
            finished_at: row.now,
            id: row.id,
            invoiced_usd: facts.invoiced_usd,
            invoices: facts.invoices,
            mails: facts.mails,
            name: row.name,
            purged_at: row.purged_at,
            rows: facts.rows,
            sessions: facts.sessions,
            slug: row.slug,
            tenant_id: tenant.0,
            tenantry_receipt: VERSION,
        };
        let signed = receipt.sign(&self.secret.receipt_key());
        let text = serde_json::to_string_pretty(&signed).expect("texts, numbers and times have a JSON form") + "\n";
        sqlx::query!("update purges set receipt = $2, done_at = now() where id = $1", row.id, text).execute(tx.conn()).await?;
        tx.commit().await?;
        Ok(Some(signed))
    }

    /// Queues what is due; returns how much, to call again while it is not 0.
    pub async fn queue_purges(&self) -> Result<i32> {
        let mut tx = self.worker(None).await?;
        let queued = sqlx::query_scalar!(r#"select queue_purges(100) as "queued!""#).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(queued)
    }
}

/// Every row, and the note of it; false when there is nothing to purge: no such tenant, or one that is not deleted, or not for long enough.
async fn remove_rows(tx: &mut Guarded, tenant: TenantId, cause: Cause, by: &str, (files, bytes): (i64, i64)) -> Result<bool> {
    let due = cause == Cause::Due;
    let gone = sqlx::query!(
        r#"select slug as "slug!", name as "name!", deleted_at as "deleted_at!", facts as "facts!: Value" from purge_tenant($1, $2)"#,
        tenant.0,
        due,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(gone) = gone else { return Ok(false) };
    sqlx::query!(
        r#"
        insert into purges (purged_tenant, slug, name, cause, asked_by, deleted_at, facts, files, file_bytes)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        tenant.0,
        gone.slug,
        gone.name,
        if due { "due" } else { "asked" },
        by,
        gone.deleted_at,
        gone.facts,
        files,
        bytes,
    )
    .execute(tx.conn())
    .await?;
    Ok(true)
}
