//! A check of a domain: what is to be looked for, and what became of it. DNS is asked between the two, with nothing of the database held.

use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::domain::activity::Action;
use crate::domain::capability::ManageDomains;
use crate::domain::dns_report::{Proof, Report, Silence};
use crate::domain::domain_state::{DomainState, Next, Seen, Standing, Turn};
use crate::domain::hostname::Hostname;
use crate::domain::ids::TenantId;
use crate::domain::mail::{Letter, Notice, PageLink};
use crate::domain::slug::Slug;
use crate::domain::when;
use crate::store::access::stored;
use crate::store::handle::{Store, TenantTx, WorkerTx};
use crate::store::jobs::Claimed;
use crate::store::{Result, StoreError, mail};

/// Checks that are queued in one transaction.
const AT_ONCE: i64 = 500;

/// What to look for.
#[derive(Debug, Clone)]
pub struct Checking {
    pub name: Hostname,
    pub slug: Slug,
    pub token: String,
}

#[derive(Deserialize)]
struct Payload {
    domain: String,
}

async fn find(conn: &mut PgConnection, tenant: TenantId, name: &str) -> Result<Option<Checking>> {
    let row = sqlx::query!(
        r#"
        select d.name, d.token, t.slug
        from domains d
        join tenants t on t.id = d.tenant_id and life_allows(t.status, 'job')
        where d.tenant_id = $1
          and d.name = $2
          and d.state <> 'removed'
        "#,
        tenant.0,
        name,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok(Checking { name: stored(row.name.parse())?, slug: stored(row.slug.parse())?, token: row.token })).transpose()
}

/// What a check has made of a domain.
struct Settled {
    next: Next,
    before: DomainState,
    told: Option<String>,
}

impl Settled {
    /// What its people should have been told by now.
    fn to_tell(&self) -> Option<&'static str> {
        match (self.next.state, self.next.missing_since) {
            (DomainState::Verified, Some(_)) => Some("missing"),
            (DomainState::Lost, _) => Some("lost"),
            (DomainState::Verified, None) | (DomainState::Pending | DomainState::Removed, _) => None,
        }
    }

    fn event(&self) -> Option<(Action, Value, Value)> {
        let action = match self.next.turn? {
            Turn::Verified => Action::DomainVerified,
            Turn::Missing => Action::DomainMissing,
            Turn::Found => Action::DomainFound,
            Turn::Unrouted => Action::DomainUnrouted,
            Turn::Released => Action::DomainReleased,
        };
        let after = match self.next.missing_since {
            Some(since) => json!({ "state": self.next.state.as_str(), "missing_since": since }),
            None => json!({ "state": self.next.state.as_str() }),
        };
        Some((action, json!({ "state": self.before.as_str() }), after))
    }
}

/// Keeps what DNS said, and what follows from it. `None` when the name was removed meanwhile.
///
/// # Errors
/// `Conflict(DomainHeld)` when another tenant proves the name in this very moment.
async fn settle(conn: &mut PgConnection, tenant: TenantId, name: &Hostname, report: &Report) -> Result<Option<Settled>> {
    let row = sqlx::query!(
        r#"
        select state, missing_since, added_at, checks, points, told, domain_taken(name) as "taken!", now() as "now!"
        from domains
        where tenant_id = $1
          and name = $2
          and state <> 'removed'
        for update
        "#,
        tenant.0,
        name.as_str(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let before: DomainState = stored(row.state.parse())?;
    let seen = match report.proof {
        Proof::Found if !row.taken => Seen::Proved,
        Proof::Unanswered { why: Silence::Ours } => Seen::Nothing,
        _ => Seen::NotProved,
    };
    let standing = Standing { state: before, missing_since: row.missing_since, added_at: row.added_at, checks: row.checks };
    let next = standing.after(seen, row.now);
    let report = Report { taken: row.taken, ..report.clone() };
    sqlx::query!(
        r#"
        update domains
        set state = $3, missing_since = $4, checks = $5, next_check_at = $6, points = $7, report = $8, checked_at = now(),
            verified_at = case when $9 then now() else verified_at end,
            is_primary = is_primary and $3 <> 'pending',
            told = case when $4::timestamptz is null then null else told end
        where tenant_id = $1
          and name = $2
        "#,
        tenant.0,
        name.as_str(),
        next.state.as_str(),
        next.missing_since,
        next.checks,
        next.next_check_at,
        report.pointing.leads_here().unwrap_or(row.points),
        serde_json::to_value(&report).expect("strings and numbers in enums have a JSON form"),
        next.turn == Some(Turn::Verified),
    )
    .execute(conn)
    .await?;
    Ok(Some(Settled { next, before, told: row.told.filter(|_| next.missing_since.is_some()) }))
}

impl TenantTx<ManageDomains> {
    /// # Errors
    /// `NotFound`.
    pub async fn get_checking(&mut self, name: &Hostname) -> Result<Checking> {
        find(self.tx.conn(), self.head.id, name.as_str()).await?.ok_or(StoreError::NotFound)
    }

    /// Keeps what DNS said when somebody asked; what has to be told by mail, a job tells at once.
    ///
    /// # Errors
    /// `NotFound`, `Conflict(DomainHeld)`.
    pub async fn settle_check(&mut self, name: &Hostname, report: &Report) -> Result<DomainState> {
        let settled = settle(self.tx.conn(), self.head.id, name, report).await?.ok_or(StoreError::NotFound)?;
        if settled.to_tell() != settled.told.as_deref() {
            sqlx::query!("update domains set next_check_at = now() where tenant_id = $1 and name = $2", self.head.id.0, name.as_str())
                .execute(self.tx.conn())
                .await?;
        }
        if let Some((action, before, after)) = settled.event() {
            self.audit(action, name.as_str(), Some(before), Some(after)).await?;
        }
        Ok(settled.next.state)
    }
}

impl Store {
    /// Queues a check of each domain that is due; returns how many, to call again while it is not 0.
    pub async fn queue_domain_checks(&self) -> Result<i64> {
        let mut tx = self.worker(None).await?;
        // The check itself says when the next one is due; if it never comes to its end, there is another one tomorrow.
        let queued = sqlx::query!(
            r#"
            with due as (
              select d.tenant_id, d.name
              from domains d
              join tenants t on t.id = d.tenant_id and life_allows(t.status, 'job')
              where d.next_check_at <= now()
              order by d.next_check_at
              limit $1
              for update of d skip locked
            ), noted as (
              update domains d
              set next_check_at = now() + interval '1 day'
              from due
              where d.tenant_id = due.tenant_id
                and d.name = due.name
              returning d.tenant_id, d.name
            )
            insert into jobs (tenant_id, kind, payload, run_at)
            select tenant_id, 'check_domain', jsonb_build_object('domain', name), now()
            from noted
            "#,
            AT_ONCE,
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(i64::try_from(queued.rows_affected()).unwrap_or(i64::MAX))
    }

    /// What a job is to look for; `None` when the name was removed. Nothing is held afterwards.
    ///
    /// # Errors
    /// `NotFound` for a job of no tenant.
    pub async fn checking_of(&self, job: &Claimed) -> Result<Option<Checking>> {
        let tenant = job.tenant.ok_or(StoreError::NotFound)?;
        let payload: Payload = stored(serde_json::from_value(job.payload.clone()))?;
        let mut tx = self.worker(Some(tenant)).await?;
        let found = find(tx.conn(), tenant, &payload.domain).await?;
        tx.commit().await?;
        Ok(found)
    }
}

impl WorkerTx {
    /// Keeps what DNS said, and tells the tenant's owners and admins by mail what they have to know.
    ///
    /// # Errors
    /// `Conflict(DomainHeld)`.
    pub async fn settle_check(&mut self, checking: &Checking, report: &Report) -> Result<()> {
        let name = &checking.name;
        let Some(settled) = settle(self.tx.conn(), self.tenant, name, report).await? else { return Ok(()) };
        if let Some((action, before, after)) = settled.event() {
            self.audit(action, name.as_str(), Some(before), Some(after)).await?;
        }
        let tell = settled.to_tell();
        if tell != settled.told.as_deref() && tell.is_some() {
            sqlx::query!("update domains set told = $3 where tenant_id = $1 and name = $2", self.tenant.0, name.as_str(), tell)
                .execute(self.tx.conn())
                .await?;
            self.tell(checking, &settled.next).await?;
        } else if settled.next.turn == Some(Turn::Released) {
            self.tell(checking, &settled.next).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, checking: &Checking, next: &Next) -> Result<()> {
        let letter = Letter::Notice(notice(checking, next));
        for person in mail::caretakers(self.tx.conn(), self.tenant).await? {
            mail::post(self.tx.conn(), Some(self.tenant), &person, &letter).await?;
        }
        Ok(())
    }
}

fn notice(Checking { name, slug, .. }: &Checking, next: &Next) -> Notice {
    let shown = name.unicode();
    let record = format!("The TXT record at {} proves that {shown} is yours. It is not there any more.", name.challenge());
    let (subject, paragraphs) = match (next.state, next.missing_since) {
        (DomainState::Verified, Some(since)) => (
            format!("The DNS record of {shown} is missing"),
            vec![
                record,
                format!(
                    "Your portal goes on answering at {shown} until {}. Put the record back before then, and nothing happens.",
                    when::minute(since + crate::domain::domain_state::ANSWERS_FOR)
                ),
            ],
        ),
        (DomainState::Lost, Some(since)) => (
            format!("Your portal does not answer at {shown} any more"),
            vec![
                format!("{record} It has been missing for 48 hours."),
                format!(
                    "The name is kept for you until {}: put the record back, and it answers again. Afterwards others may connect it.",
                    when::day((since + crate::domain::domain_state::KEPT_FOR).date_naive())
                ),
            ],
        ),
        _ => (
            format!("{shown} is not kept for you any more"),
            vec![format!(
                "The DNS record of {shown} has been missing for 30 days. To connect the name again, put the record back and check it."
            )],
        ),
    };
    Notice { subject, paragraphs, page: Some(PageLink { label: "Open your domains".to_owned(), path: format!("/t/{slug}/domains") }) }
}
