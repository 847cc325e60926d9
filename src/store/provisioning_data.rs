//! The data of a tenant to be: documents and conversations, of a sample set or of the tenant that is cloned, some at a time.

use serde_json::json;
use uuid::Uuid;

use super::files::FileStream;
use super::handle::Store;
use super::jobs::Claimed;
use super::provisioning_steps::Turn;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::TenantId;

/// Conversations that are made in one transaction.
const CONVERSATIONS: i64 = 10;

impl Turn {
    /// Some more conversations; returns how many.
    pub(super) async fn conversations(&mut self) -> Result<i64> {
        match self.source {
            None => self.sample_conversations().await,
            Some(source) => self.cloned_conversations(source).await,
        }
    }

    async fn sample_conversations(&mut self) -> Result<i64> {
        let Some(set) = self.content.sample else { return Ok(0) };
        let agents = sqlx::query_scalar!("select id from agents where tenant_id = $1 order by created_at, id", self.tenant.0)
            .fetch_all(self.tx.conn())
            .await?;
        let first = usize::try_from(self.done).unwrap_or(usize::MAX);
        let mut made = 0;
        for n in first.. {
            let Some(thread) = set.thread(n).filter(|_| made < CONVERSATIONS) else { break };
            let said = i64::try_from(thread.messages.len()).unwrap_or(i64::MAX);
            self.check_room("messages", said).await?;
            let agent = (!agents.is_empty()).then(|| agents.get(thread.agent % agents.len()).copied()).flatten();
            let id = sqlx::query_scalar!(
                r#"
                insert into threads (tenant_id, title, agent_id, messages, created_at)
                values ($1, $2, $3, $4, now() - make_interval(mins => $5))
                returning id
                "#,
                self.tenant.0,
                thread.title,
                agent,
                said,
                thread.minutes_ago,
            )
            .fetch_one(self.tx.conn())
            .await?;
            let (speakers, texts): (Vec<&str>, Vec<&str>) =
                thread.messages.iter().map(|(speaker, text)| (speaker.as_str(), text.as_str())).unzip();
            sqlx::query!(
                r#"
                insert into messages (tenant_id, thread_id, number, role, content, created_at)
                select $1, $2, n, speaker, text, now() - make_interval(mins => $5) + n * interval '2 minutes'
                from unnest($3::text[], $4::text[]) with ordinality as m (speaker, text, n)
                "#,
                self.tenant.0,
                id,
                &speakers as &[&str],
                &texts as &[&str],
                thread.minutes_ago,
            )
            .execute(self.tx.conn())
            .await?;
            made += 1;
        }
        self.advance(made, None).await?;
        Ok(made)
    }

    /// In one statement: a message that is sent meanwhile is in the clone with its thread's count, or not at all. Each counts on the day on which
    /// it was sent, as it does in the source.
    async fn cloned_conversations(&mut self, source: TenantId) -> Result<i64> {
        let copied = sqlx::query!(
            r#"
            with batch as (
              select id, title, agent_id, created_at
              from threads
              where tenant_id = $2
                and ($3::uuid is null or id > $3)
              order by id
              limit $4
            ), made as (
              insert into threads (tenant_id, id, title, agent_id, messages, created_at)
              select
                $1, cloned_id($1, b.id), b.title,
                (select a.id from agents a where a.tenant_id = $1 and a.id = cloned_id($1, b.agent_id)),
                (select count(*) from messages m where m.tenant_id = $2 and m.thread_id = b.id), b.created_at
              from batch b
              returning id
            ), said as (
              insert into messages (tenant_id, thread_id, number, role, content, created_at)
              select $1, cloned_id($1, b.id), m.number, m.role, m.content, m.created_at
              from batch b
              join messages m on m.tenant_id = $2 and m.thread_id = b.id
              returning number
            )
            select
              (select count(*) from made) as "made!", (select count(*) from said) as "said!",
              (select id from batch order by id desc limit 1) as reached
            "#,
            self.tenant.0,
            source.0,
            self.reached,
            CONVERSATIONS,
        )
        .fetch_one(self.tx.conn())
        .await?;
        self.check_room("messages", 0).await?;
        self.advance(copied.made, copied.reached).await?;
        Ok(copied.made)
    }
}

impl Store {
    /// The next document: its file is noted as loose, written, and becomes a document's.
    pub(super) async fn provision_document(&self, mut turn: Turn, job: &Claimed) -> Result<bool> {
        let Some(next) = next_document(&mut turn).await? else {
            turn.end_step().await?;
            turn.commit(job).await?;
            return Ok(true);
        };
        turn.check_room("storage", next.size).await?;
        let (file, tenant, position, done) = (Uuid::new_v4(), turn.tenant, turn.position, turn.done);
        let noted = sqlx::query_scalar!(
            "insert into loose_files (tenant_id, file, remove_after) values ($1, $2, now() + interval '1 hour') returning remove_after",
            tenant.0,
            file,
        )
        .fetch_one(turn.tx.conn())
        .await?;
        let source = turn.source;
        turn.commit(job).await?;
        let size = match self.copy(&next, source, tenant, file).await {
            Ok(size) => size,
            Err(error) if self.is_document_gone(&next, source).await? => {
                // Somebody deleted it in the source meanwhile: the clone has none.
                tracing::info!(%error, "a document was deleted while its tenant was cloned");
                let Some(mut turn) = self.turn(job).await? else { return Ok(false) };
                turn.advance(0, next.id).await?;
                turn.commit(job).await?;
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        let Some(mut turn) = self.turn(job).await? else { return Ok(false) };
        let ours = sqlx::query!("delete from loose_files where tenant_id = $1 and file = $2 and remove_after = $3", tenant.0, file, noted,)
            .execute(turn.tx.conn())
            .await?;
        if ours.rows_affected() == 0 || (turn.position, turn.done) != (position, done) {
            // The sweeper took it, or somebody else did this step: what is there now is looked at anew.
            turn.tx.rollback().await?;
            return Ok(true);
        }
        sqlx::query!(
            r#"
            insert into documents (tenant_id, id, file, name, content_type, size_bytes, created_by)
            values ($1, coalesce(cloned_id($1, $2), uuid_v7()), $3, $4, $5, $6, $7)
            "#,
            tenant.0,
            next.id,
            file,
            next.name,
            next.content_type,
            size,
            turn.actor.name,
        )
        .execute(turn.tx.conn())
        .await?;
        let facts = json!({ "name": next.name, "content_type": next.content_type, "size_bytes": size });
        turn.audit(Action::DocumentUploaded, &next.name, facts).await?;
        turn.advance(1, next.id).await?;
        turn.commit(job).await?;
        Ok(true)
    }

    /// Writes the file; returns its size.
    async fn copy(&self, next: &NextDocument, source: Option<TenantId>, tenant: TenantId, file: Uuid) -> Result<i64> {
        use futures_util::TryStreamExt as _;
        let mut from: FileStream = match (source, next.file) {
            (Some(source), Some(old)) => self.files.read(source, old).await?,
            _ => Box::pin(futures_util::stream::iter([Ok(axum::body::Bytes::from_static(next.text.as_bytes()))])),
        };
        let mut to = self.files.write(tenant, file).await?;
        let mut size = 0;
        while let Some(bytes) = from.try_next().await.map_err(|error| StoreError::FilesAway(error.to_string()))? {
            size += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            to.write(&bytes).await?;
        }
        to.finish().await?;
        Ok(size)
    }

    async fn is_document_gone(&self, next: &NextDocument, source: Option<TenantId>) -> Result<bool> {
        let (Some(source), Some(id)) = (source, next.id) else { return Ok(false) };
        let mut tx = self.worker(Some(source)).await?;
        let there =
            sqlx::query_scalar!(r#"select exists (select from documents where tenant_id = $1 and id = $2) as "there!""#, source.0, id,)
                .fetch_one(tx.conn())
                .await?;
        tx.commit().await?;
        Ok(!there)
    }
}

/// A document that is still to be made.
struct NextDocument {
    /// In the source.
    id: Option<Uuid>,
    file: Option<Uuid>,
    name: String,
    content_type: String,
    size: i64,
    /// Of sample data.
    text: &'static str,
}

async fn next_document(turn: &mut Turn) -> Result<Option<NextDocument>> {
    let Some(source) = turn.source else {
        let documents = turn.content.sample.map(|set| set.documents()).unwrap_or_default();
        let next = usize::try_from(turn.done).ok().and_then(|n| documents.get(n));
        return Ok(next.map(|document| NextDocument {
            id: None,
            file: None,
            name: document.name.to_owned(),
            content_type: "text/markdown".to_owned(),
            size: i64::try_from(document.text.len()).unwrap_or(i64::MAX),
            text: document.text,
        }));
    };
    let row = sqlx::query!(
        r#"
        select id, file, name, content_type, size_bytes
        from documents
        where tenant_id = $1
          and ($2::uuid is null or id > $2)
        order by id
        limit 1
        "#,
        source.0,
        turn.reached,
    )
    .fetch_optional(turn.tx.conn())
    .await?;
    Ok(row.map(|row| NextDocument {
        id: Some(row.id),
        file: Some(row.file),
        name: row.name,
        content_type: row.content_type,
        size: row.size_bytes,
        text: "",
    }))
}
