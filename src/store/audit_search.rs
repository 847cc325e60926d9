//! All audit logs at once, as staff look through them: a page at a time, whoever's events.

use super::audit_chains::verify_one;
use super::handle::PlatformRead;
use super::{Result, StoreError};
use crate::domain::audit_event::AuditRow;
use crate::domain::audit_query::{AuditQuery, Log, Place};
use crate::domain::chain::Break;
use crate::domain::ids::TenantId;
use crate::domain::slug::Slug;
use crate::domain::zone::Zone;

/// What a page holds.
pub const PAGE_SIZE: usize = 50;
/// How many events are looked through for part of a name before the page says how far it looked.
const LOOKED: i32 = 10_000;

/// An event, and whose it is: slug and name; `None` is the platform's own.
#[derive(Debug, Clone)]
pub struct FoundEvent {
    pub tenant: Option<(String, String)>,
    pub event: AuditRow,
}

#[derive(Debug, Clone)]
pub struct FoundEvents {
    pub rows: Vec<FoundEvent>,
    /// Where the next page begins.
    pub next: Option<Place>,
    /// That page begins where looking ended, not where the rows did.
    pub looked_only: bool,
}

/// A chain: how many events it has, as it says itself.
#[derive(Debug, Clone)]
pub struct Chain {
    /// `None`: the platform's own.
    tenant: Option<TenantId>,
    pub events: i64,
}

struct Row {
    place: Place,
    slug: Option<String>,
    tenant_name: Option<String>,
    actor_kind: String,
    actor: String,
    name: Option<String>,
    /// `None`: no event, but how far was looked.
    action: Option<String>,
    target: String,
    before: Option<String>,
    after: Option<String>,
    origin: String,
}

impl PlatformRead {
    /// The events that pass the query, whose days are those of `zone`: the newest `most`.
    ///
    /// # Errors
    /// `NotFound` when there is no such tenant.
    pub async fn search_audit(&mut self, query: &AuditQuery, zone: Zone, most: usize) -> Result<FoundEvents> {
        let tenant = match &query.tenant {
            Some(slug) => Some(self.tenant_of_log(slug).await?),
            None => None,
        };
        let logs: &[&str] = match (query.log, tenant) {
            (Log::Platform, Some(_)) => &[],
            (Log::Platform, None) => &["platform"],
            (Log::Tenants, _) | (Log::All, Some(_)) => &["tenants"],
            (Log::All, None) => &["platform", "tenants"],
        };
        let (mut rows, mut far) = (Vec::new(), None);
        for log in logs {
            for row in self.search_log(log, tenant, query, zone, most).await? {
                if row.action.is_some() { rows.push(row) } else { far = far.max(Some(row.place)) }
            }
        }
        // Where one log was not looked through to its end, the events of the other one from there on wait for the next page.
        rows.retain(|row| far.is_none_or(|far| row.place >= far));
        rows.sort_by_key(|row| std::cmp::Reverse(row.place));
        let more = rows.len() > most;
        rows.truncate(most);
        let next = if more { rows.last().map(|row| row.place) } else { far };
        let looked_only = !more && far.is_some();
        Ok(FoundEvents { rows: rows.into_iter().map(Row::found).collect(), next, looked_only })
    }

    async fn search_log(&mut self, log: &str, tenant: Option<TenantId>, query: &AuditQuery, zone: Zone, most: usize) -> Result<Vec<Row>> {
        // One more shows that there are more.
        let most = i32::try_from(most + 1).unwrap_or(i32::MAX);
        let parts = query.part_of_actor().is_some() || !query.target.is_empty();
        let found = sqlx::query!(
            r#"
            select
              e.tenant_id as "tenant_id!", e.seq as "seq!", e.at as "at!", t.slug as "slug?", t.name as "tenant_name?", e.actor_kind, e.actor,
              u.name as "name?", e.action, e.target, e.before, e.after, e.origin
            from audit_search($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) e
            left join tenants t on t.id = e.tenant_id
            left join users u on u.id = e.actor_id
            "#,
            log,
            tenant.map(|tenant| tenant.0),
            query.action,
            query.whole_actor(),
            query.part_of_actor(),
            (!query.target.is_empty()).then_some(query.target.as_str()),
            query.from.map(|day| zone.start_of(day)),
            query.to.and_then(|day| day.succ_opt()).map(|day| zone.start_of(day)),
            query.before.map(|place| place.at),
            query.before.map(|place| place.tenant),
            query.before.map(|place| place.seq),
            if parts { LOOKED.max(most) } else { most },
            most,
        )
        .fetch_all(self.tx.conn())
        .await?;
        let rows = found.into_iter().map(|row| Row {
            place: Place { at: row.at, tenant: row.tenant_id, seq: row.seq },
            slug: row.slug,
            tenant_name: row.tenant_name,
            actor_kind: row.actor_kind.unwrap_or_default(),
            actor: row.actor.unwrap_or_default(),
            name: row.name,
            action: row.action,
            target: row.target.unwrap_or_default(),
            before: row.before,
            after: row.after,
            origin: row.origin.unwrap_or_default(),
        });
        Ok(rows.collect())
    }

    async fn tenant_of_log(&mut self, slug: &Slug) -> Result<TenantId> {
        let id = sqlx::query_scalar!("select id from tenants where slug = $1", slug.as_str()).fetch_optional(self.tx.conn()).await?;
        id.map(TenantId).ok_or(StoreError::NotFound)
    }

    /// Actions that stand in the platform's own log, in the order of the alphabet.
    pub async fn list_platform_actions(&mut self) -> Result<Vec<String>> {
        // From one key of the index to the next: the log may have millions of events, and has few actions.
        let rows = sqlx::query_scalar!(
            r#"
            with recursive actions as (
              (select action from platform_events order by action limit 1)
              union all
              select (select p.action from platform_events p where p.action > a.action order by p.action limit 1)
              from actions a
              where a.action is not null
            )
            select action as "action!" from actions where action is not null
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows)
    }

    /// The chain of a tenant, or the platform's own.
    ///
    /// # Errors
    /// `NotFound` when there is no such tenant.
    pub async fn get_chain(&mut self, tenant: Option<&Slug>) -> Result<Chain> {
        let tenant = match tenant {
            Some(slug) => Some(self.tenant_of_log(slug).await?),
            None => None,
        };
        let events = match tenant {
            Some(tenant) => {
                sqlx::query_scalar!("select seq from audit_heads where tenant_id = $1", tenant.0).fetch_optional(self.tx.conn()).await?
            }
            None => {
                sqlx::query_scalar!(r#"select max(seq) as "seq!" from platform_events having max(seq) is not null"#)
                    .fetch_optional(self.tx.conn())
                    .await?
            }
        };
        Ok(Chain { tenant, events: events.unwrap_or(0) })
    }

    /// Computes the chain anew: how many events it has, or where it breaks.
    pub async fn verify_chain(&mut self, chain: &Chain) -> Result<std::result::Result<i64, Break>> {
        verify_one(self.tx.conn(), chain.tenant).await
    }
}

impl Row {
    fn found(self) -> FoundEvent {
        FoundEvent {
            tenant: self.slug.zip(self.tenant_name),
            event: AuditRow {
                seq: self.place.seq,
                at: self.place.at,
                actor_kind: self.actor_kind,
                actor: self.actor,
                name: self.name,
                action: self.action.unwrap_or_default(),
                target: self.target,
                before: self.before,
                after: self.after,
                origin: self.origin,
            },
        }
    }
}
