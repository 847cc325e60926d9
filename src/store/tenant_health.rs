//! What of one tenant asks for somebody: one question of the console's page, and what ending the tenant would end.

use chrono::{DateTime, NaiveDate, Utc};

use super::Result;
use super::handle::PlatformRead;
use super::tenant_detail::TenantDetail;

#[derive(Debug, Clone)]
pub struct Health {
    /// When a person of the tenant was last there, to the hour.
    pub people_active_at: Option<DateTime<Utc>>,
    /// When a key was last used, to the minute.
    pub keys_active_at: Option<DateTime<Utc>>,
    pub failed_jobs: i64,
    /// Within 30 days.
    pub bounced_mails: i64,
    /// Names whose record is missing, or that are not answered any more.
    pub failing_domains: Vec<String>,
    /// Meters of which four fifths are used: label, and per cent.
    pub near: Vec<(String, i32)>,
    /// Meters with an unusually busy day in the last week: label and day.
    pub unusual: Vec<(String, NaiveDate)>,
    pub owners: i64,
    pub life: Living,
}

/// What stops when the tenant does, and what is removed when it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Living {
    pub keys: i64,
    pub domains: i64,
    pub open_invites: i64,
    pub waiting_jobs: i64,
    pub agents: i64,
    pub documents: i64,
    pub threads: i64,
}

impl PlatformRead {
    pub async fn tenant_health(&mut self, tenant: &TenantDetail) -> Result<Health> {
        let row = sqlx::query!(
            r#"
            with near as (
              select m.label, percent_of(q.used + q.held, q.quota) as percent
              from quotas q
              join meters m on m.key = q.meter
              where q.tenant_id = $1
                and q.used is not null
                and percent_of(q.used + q.held, q.quota) >= 80
            ), unusual as (
              select meter, day
              from unusual_days
              where tenant_id = $1
                and day > today() - 7
            )
            select
              (select max(m.last_active_at) from members m where m.tenant_id = $1) as people_active_at,
              (select max(k.last_used_at) from api_keys k where k.tenant_id = $1) as keys_active_at,
              (select count(*) from jobs j where j.tenant_id = $1 and j.state = 'failed' and j.kind <> 'mail') as "failed_jobs!",
              (select count(*)
                from jobs j
                join mails l on l.id = j.id
                where j.tenant_id = $1 and j.kind = 'mail' and l.outcome = 'bounced' and l.outcome_at > now() - interval '30 days') as "bounced_mails!",
              array(select d.name from domains d
                where d.tenant_id = $1 and (d.state = 'lost' or d.state = 'verified' and d.missing_since is not null)
                order by d.name) as "failing_domains!",
              array(select n.label from near n order by n.percent desc, n.label) as "near_labels!",
              array(select n.percent from near n order by n.percent desc, n.label) as "near_percents!",
              array(select coalesce(m.label, u.meter) from unusual u left join meters m on m.key = u.meter order by u.day, u.meter) as "unusual_labels!",
              array(select u.day from unusual u order by u.day, u.meter) as "unusual_days!",
              (select count(*) from members m where m.tenant_id = $1 and m.role = 'owner') as "owners!",
              (select count(*) from api_keys k
                where k.tenant_id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())) as "keys!",
              (select count(*) from domains d where d.tenant_id = $1 and d.state = 'verified') as "domains!",
              (select count(*) from invites i
                where i.tenant_id = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()) as "open_invites!",
              (select count(*) from jobs j where j.tenant_id = $1 and j.state in ('queued', 'running')) as "waiting_jobs!",
              (select count(*) from documents d where d.tenant_id = $1) as "documents!",
              (select count(*) from threads h where h.tenant_id = $1) as "threads!"
            from (values (1)) one
            "#,
            tenant.id.0,
        )
        .fetch_one(self.tx.conn())
        .await?;
        Ok(Health {
            people_active_at: row.people_active_at,
            keys_active_at: row.keys_active_at,
            failed_jobs: row.failed_jobs,
            bounced_mails: row.bounced_mails,
            failing_domains: row.failing_domains,
            near: row.near_labels.into_iter().zip(row.near_percents).collect(),
            unusual: row.unusual_labels.into_iter().zip(row.unusual_days).collect(),
            owners: row.owners,
            life: Living {
                keys: row.keys,
                domains: row.domains,
                open_invites: row.open_invites,
                waiting_jobs: row.waiting_jobs,
                agents: tenant.agents,
                documents: row.documents,
                threads: row.threads,
            },
        })
    }
}
