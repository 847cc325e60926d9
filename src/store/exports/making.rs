//! The job that makes an archive, and the sweep that takes those away whose time is over.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::HOURS;
use crate::domain::activity::Action;
use crate::domain::email::Email;
use crate::domain::ids::TenantId;
use crate::domain::mail::{Letter, Notice, PageLink};
use crate::domain::quantity::{self, Unit};
use crate::domain::when;
use crate::store::access::stored;
use crate::store::handle::Store;
use crate::store::jobs::Claimed;
use crate::store::moving::export::{Made, Progress};
use crate::store::{Result, StoreError, mail};

/// How long what was made of one is remembered.
const REMEMBERED_DAYS: i32 = 30;

#[derive(Deserialize)]
struct Payload {
    export: Uuid,
}

/// Notes how far it is, and that it is still being made: the job's lease goes on as long as somebody says so.
struct Noting<'a> {
    store: &'a Store,
    job: &'a Claimed,
    tenant: TenantId,
    export: Uuid,
}

impl Progress for Noting<'_> {
    async fn note(&mut self, bytes: u64) -> Result<()> {
        self.store.keep_job(self.job).await?;
        let mut tx = self.store.worker(Some(self.tenant)).await?;
        let written = i64::try_from(bytes).unwrap_or(i64::MAX);
        sqlx::query!("update exports set written = $3 where tenant_id = $1 and id = $2", self.tenant.0, self.export, written)
            .execute(tx.conn())
            .await?;
        tx.commit().await
    }
}

impl Store {
    /// Makes the archive that a job is about. Nothing of the database is held but the snapshot that is written.
    ///
    /// # Errors
    /// `WrongState` when the lease is lost; `FilesAway`, `StorageFull`.
    pub async fn make_export(&self, job: &Claimed) -> Result<()> {
        let tenant = job.tenant.ok_or(StoreError::NotFound)?;
        let Payload { export } = stored(serde_json::from_value(job.payload.clone()))?;
        let file = Uuid::new_v4();
        let mut tx = self.begin_job(job).await?;
        let before = sqlx::query!(
            r#"
            update exports e
            set state = 'making', file = $3, written = 0
            from exports o
            where e.tenant_id = $1
              and e.id = $2
              and e.state in ('waiting', 'making', 'failed')
              and o.tenant_id = e.tenant_id
              and o.id = e.id
            returning o.file
            "#,
            tenant.0,
            export,
            file,
        )
        .fetch_optional(tx.tx.conn())
        .await?;
        let Some(before) = before else { return tx.finish(job).await };
        tx.tx.commit().await?;
        // What an attempt left that came to no end.
        if let Some(left) = before.file {
            self.files.remove_archive(tenant, left).await?;
        }
        let writing = self.files.write_archive(tenant, file).await?;
        let made = self.pack_into(tenant, writing, &mut Noting { store: self, job, tenant, export }).await?;
        let done = self.settle_export(job, export, &made).await;
        if done.is_err()
            && let Err(error) = self.files.remove_archive(tenant, file).await
        {
            tracing::warn!(%error, %tenant, "an archive that nobody waits for could not be removed; it goes with the next one");
        }
        done
    }

    async fn settle_export(&self, job: &Claimed, export: Uuid, made: &Made) -> Result<()> {
        let mut tx = self.begin_job(job).await?;
        let settled = sqlx::query!(
            r#"
            update exports e
            set state = 'ready', size_bytes = $3, written = $3, sha256 = $4, ready_at = $5, expires_at = now() + make_interval(hours => $6)
            from tenants t
            where e.tenant_id = $1
              and e.id = $2
              and t.id = e.tenant_id
            returning e.for_staff, e.requested_by, e.expires_at as "expires_at!", t.slug, t.name, t.status
            "#,
            tx.tenant.0,
            export,
            i64::try_from(made.bytes).unwrap_or(i64::MAX),
            made.sha256,
            made.made_at,
            HOURS,
        )
        .fetch_one(tx.tx.conn())
        .await?;
        tx.audit(Action::ExportMade, &settled.slug, None, Some(made.facts())).await?;
        // To whoever asked, as long as they can get it.
        if !settled.for_staff && settled.status != "deleted" {
            let owner = sqlx::query_scalar!(
                "select u.email from members m join users u on u.id = m.user_id where m.tenant_id = $1 and m.role = 'owner' and u.email = $2",
                tx.tenant.0,
                settled.requested_by,
            )
            .fetch_optional(tx.tx.conn())
            .await?;
            if let Some(owner) = owner {
                let letter = ready(&settled.slug, &settled.name, made, settled.expires_at);
                mail::post(tx.tx.conn(), Some(tx.tenant), &stored::<Email, _>(owner.parse())?, &letter).await?;
            }
        }
        tx.finish(job).await
    }

    /// Archives whose time is over lose their files; those whose job was given up have failed. Returns how many, to call again while it is
    /// not 0.
    pub async fn sweep_exports(&self) -> Result<usize> {
        let mut tx = self.worker(None).await?;
        let failed = sqlx::query!(
            r#"
            update exports e
            set state = 'failed'
            where e.state in ('waiting', 'making')
              and not exists (select from jobs j where j.id = e.job_id and j.state in ('queued', 'running'))
            "#,
        )
        .execute(tx.conn())
        .await?;
        let forgotten = sqlx::query!(
            "delete from exports where state in ('failed', 'gone') and requested_at < now() - make_interval(days => $1)",
            REMEMBERED_DAYS,
        )
        .execute(tx.conn())
        .await?;
        let over = sqlx::query!(
            r#"select tenant_id, id, file as "file!" from exports where state = 'ready' and expires_at <= now() order by expires_at limit 100"#
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        let mut done = usize::try_from(failed.rows_affected() + forgotten.rows_affected()).unwrap_or(usize::MAX);
        for export in over {
            let tenant = TenantId(export.tenant_id);
            if let Err(error) = self.files.remove_archive(tenant, export.file).await {
                tracing::warn!(%error, %tenant, "an archive could not be removed; tried again in a minute");
                continue;
            }
            let mut tx = self.worker(Some(tenant)).await?;
            let gone =
                sqlx::query!("update exports set state = 'gone' where tenant_id = $1 and id = $2 and state = 'ready'", tenant.0, export.id);
            done += usize::try_from(gone.execute(tx.conn()).await?.rows_affected()).unwrap_or(0);
            tx.commit().await?;
        }
        Ok(done)
    }
}

fn ready(slug: &str, tenant: &str, made: &Made, expires_at: DateTime<Utc>) -> Letter {
    let size = quantity::short(i64::try_from(made.bytes).unwrap_or(i64::MAX), Unit::Bytes);
    Letter::Notice(Notice {
        subject: format!("The archive of {tenant} is ready"),
        paragraphs: vec![
            format!(
                "You asked for everything that {tenant} has. It is one file of {size}, as things stood at {}.",
                when::minute(made.made_at)
            ),
            format!("It can be downloaded once, by an owner, until {}. Afterwards it is removed.", when::minute(expires_at)),
            "If you did not ask for it, set a new password and look at the audit log.".to_owned(),
        ],
        page: Some(PageLink { label: "Download the archive".to_owned(), path: format!("/t/{slug}/export") }),
    })
}
