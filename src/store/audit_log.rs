//! A tenant's audit log as its owners and admins, and staff, read it: a page at a time, or all of it to verify it elsewhere.

use sqlx::PgConnection;

use super::Result;
use super::handle::{PlatformRead, TenantTx};
use super::usage_report::Looked;
use crate::domain::audit_event::AuditRow;
use crate::domain::audit_filter::{AuditFilter, PAGE_SIZE};
use crate::domain::capability::ReadAudit;
use crate::domain::chain::{Break, Head, Link, VERSION, Verifier, hex};
use crate::domain::ids::TenantId;
use crate::domain::slug::Slug;
use crate::domain::zone::Zone;

/// Newest first; `more` says that older ones follow.
#[derive(Debug)]
pub struct AuditPage {
    pub rows: Vec<AuditRow>,
    pub more: bool,
}

/// The events that pass the filter, whose days are those of `zone`.
async fn events(conn: &mut PgConnection, tenant: TenantId, filter: &AuditFilter, zone: Zone) -> Result<AuditPage> {
    let most = PAGE_SIZE + 1;
    let mut rows = sqlx::query_file_as!(
        AuditRow,
        "src/store/audit_log.sql",
        tenant.0,
        filter.before,
        filter.from.map(|day| zone.start_of(day)),
        filter.to.and_then(|day| day.succ_opt()).map(|day| zone.start_of(day)),
        filter.action.map(|action| action.as_str()),
        filter.actor,
        filter.target,
        i64::try_from(most).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await?;
    let more = rows.len() == most;
    rows.truncate(PAGE_SIZE);
    Ok(AuditPage { rows, more })
}

/// Where the chain ends at this moment.
async fn head(conn: &mut PgConnection, tenant: TenantId, slug: &Slug) -> Result<Head> {
    // Not the last event: that one may be gone.
    let head = sqlx::query_file!("src/store/audit_head.sql", tenant.0).fetch_optional(conn).await?;
    let (seq, hash) = head.map_or_else(|| (0, String::new()), |head| (head.seq, hex(&head.hash)));
    Ok(Head { tenantry_audit: VERSION, tenant_id: tenant.0, slug: slug.to_string(), seq, hash })
}

/// Events after the one with number `after` and up to `last`, in the chain's order, at most `most`.
async fn links(conn: &mut PgConnection, tenant: TenantId, after: i64, last: i64, most: i64) -> Result<Vec<Link>> {
    let rows = sqlx::query!(
        r#"
        select seq, at, actor_kind, actor_id, actor, action, target, before, after, origin, prev_hash, hash
        from audit_events
        where tenant_id = $1
          and seq > $2
          and seq <= $3
        order by seq
        limit $4
        "#,
        tenant.0,
        after,
        last,
        most,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Link {
            seq: row.seq,
            at: row.at,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            actor: row.actor,
            action: row.action,
            target: row.target,
            before: row.before,
            after: row.after,
            origin: row.origin,
            prev_hash: hex(&row.prev_hash),
            hash: hex(&row.hash),
        })
        .collect())
}

impl TenantTx<ReadAudit> {
    /// The events that pass the filter, whose days are those of `zone`.
    pub async fn list_audit(&mut self, filter: &AuditFilter, zone: Zone) -> Result<AuditPage> {
        events(self.tx.conn(), self.head.id, filter, zone).await
    }

    /// Where the chain ends at this moment.
    pub async fn audit_head(&mut self) -> Result<Head> {
        head(self.tx.conn(), self.head.id, &self.head.slug).await
    }

    /// Events after the one with number `after` and up to `last`, in the chain's order, at most `most`.
    pub async fn list_links(&mut self, after: i64, last: i64, most: i64) -> Result<Vec<Link>> {
        links(self.tx.conn(), self.head.id, after, last, most).await
    }
}

/// Events that are verified at once.
const AT_ONCE: i64 = 1_000;

impl PlatformRead {
    /// As its own people read it.
    pub async fn list_tenant_audit(&mut self, tenant: &Looked, filter: &AuditFilter, zone: Zone) -> Result<AuditPage> {
        events(self.tx.conn(), tenant.id, filter, zone).await
    }

    pub async fn tenant_audit_head(&mut self, tenant: &Looked) -> Result<Head> {
        head(self.tx.conn(), tenant.id, &tenant.slug).await
    }

    pub async fn list_tenant_links(&mut self, tenant: &Looked, after: i64, last: i64, most: i64) -> Result<Vec<Link>> {
        links(self.tx.conn(), tenant.id, after, last, most).await
    }

    /// Computes every hash of the chain anew, up to this head; where it breaks, if it does.
    pub async fn verify_tenant_chain(&mut self, tenant: &Looked, head: &Head) -> Result<Option<Break>> {
        let mut verifier = Verifier::new(tenant.id.0, head.seq, head.hash.clone());
        let mut after = 0;
        // Until the head is reached; where the last events are missing, until there are no more.
        while after < head.seq {
            let some = self.list_tenant_links(tenant, after, head.seq, AT_ONCE).await?;
            let Some(last) = some.last().map(|link| link.seq) else { break };
            for link in &some {
                if let Err(found) = verifier.next(link) {
                    return Ok(Some(found));
                }
            }
            after = last;
        }
        Ok(verifier.end().err())
    }
}
