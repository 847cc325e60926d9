//! Custom domains of a tenant: listed, added, removed, one of them the primary address. What DNS says of them is in `check.rs`, which of them
//! are answered in `routes.rs`.
//!
//! A row is never deleted: it holds the token, which stays the same when a name is removed and added again.

mod check;
mod routes;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::access::stored;
use super::handle::{PlatformRead, TenantTx};
use super::tokens::random_domain_token;
use super::usage_report::Looked;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::capability::ManageDomains;
use crate::domain::dns_report::Report;
use crate::domain::domain_state::DomainState;
use crate::domain::hostname::Hostname;
use crate::domain::ids::TenantId;

pub use check::Checking;
pub(super) use routes::RouteMap;
pub use routes::Routes;

/// Names of one tenant at a time, and those that it ever had, whose tokens are kept.
pub const MOST: i64 = 20;
const MOST_EVER: i64 = 200;

/// One name of a tenant.
#[derive(Debug, Clone)]
pub struct Domain {
    pub name: Hostname,
    /// What the TXT record has to say.
    pub token: String,
    pub state: DomainState,
    pub is_primary: bool,
    /// Whether the last check saw it lead here.
    pub points: bool,
    pub added_by: String,
    pub added_at: DateTime<Utc>,
    pub verified_at: Option<DateTime<Utc>>,
    pub missing_since: Option<DateTime<Utc>>,
    pub checked_at: Option<DateTime<Utc>>,
    pub next_check_at: Option<DateTime<Utc>>,
    pub report: Option<Report>,
}

/// The names of a tenant.
#[derive(Debug, Clone)]
pub struct DomainBoard {
    /// The primary one first, then those that answer, then by name.
    pub domains: Vec<Domain>,
    /// Whether the tenant's plan has custom domains; without it none is answered.
    pub in_plan: bool,
    pub now: DateTime<Utc>,
}

/// What became of a name that was to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adding {
    Added,
    /// It is on the list.
    Listed,
    /// Another tenant has proved it.
    Taken,
    /// There are as many as there may be.
    Full,
    NotInPlan,
}

async fn board(conn: &mut sqlx::PgConnection, tenant: TenantId) -> Result<DomainBoard> {
    let rows = sqlx::query_file!("src/store/domains.sql", tenant.0).fetch_all(&mut *conn).await?;
    let plan = sqlx::query_file!("src/store/domains_in_plan.sql", tenant.0).fetch_one(conn).await?;
    let domains = rows.into_iter().map(|row| {
        Ok(Domain {
            name: stored(row.name.parse())?,
            token: row.token,
            state: stored(row.state.parse())?,
            is_primary: row.is_primary,
            points: row.points,
            added_by: row.added_by,
            added_at: row.added_at,
            verified_at: row.verified_at,
            missing_since: row.missing_since,
            checked_at: row.checked_at,
            next_check_at: row.next_check_at,
            // One of another version is as good as none: the next check writes it anew.
            report: row.report.and_then(|report| serde_json::from_value(report).ok()),
        })
    });
    Ok(DomainBoard { domains: domains.collect::<Result<_>>()?, in_plan: plan.in_plan, now: plan.now })
}

impl PlatformRead {
    pub async fn domain_board(&mut self, tenant: &Looked) -> Result<DomainBoard> {
        board(self.tx.conn(), tenant.id).await
    }
}

impl TenantTx<ManageDomains> {
    pub async fn domain_board(&mut self) -> Result<DomainBoard> {
        board(self.tx.conn(), self.head.id).await
    }

    /// Puts a name on the list, to be proved. The first check comes by itself within minutes.
    pub async fn add_domain(&mut self, name: &Hostname) -> Result<Adding> {
        // One at a time, so that the count holds.
        let known = sqlx::query!(
            r#"
            select
              domains_in_plan($1) as "in_plan!", domain_taken($2) as "taken!",
              pg_advisory_xact_lock(hashtextextended('domains ' || $1::uuid, 0))::text as "locked"
            "#,
            self.head.id.0,
            name.as_str(),
        )
        .fetch_one(self.tx.conn())
        .await?;
        if !known.in_plan {
            return Ok(Adding::NotInPlan);
        }
        if known.taken {
            return Ok(Adding::Taken);
        }
        let count = sqlx::query!(
            r#"
            select
              count(*) filter (where state <> 'removed') as "now!", count(*) filter (where name <> $2) as "others!",
              coalesce(bool_or(name = $2 and state <> 'removed'), false) as "listed!"
            from domains
            where tenant_id = $1
            "#,
            self.head.id.0,
            name.as_str(),
        )
        .fetch_one(self.tx.conn())
        .await?;
        if count.listed {
            return Ok(Adding::Listed);
        }
        if count.now >= MOST || count.others >= MOST_EVER {
            return Ok(Adding::Full);
        }
        sqlx::query!(
            r#"
            insert into domains (tenant_id, name, token, added_by, next_check_at)
            values ($1, $2, $3, $4, now() + interval '1 minute')
            on conflict on constraint domains_pkey do update
            set state = 'pending', added_by = excluded.added_by, added_at = now(), verified_at = null, checked_at = null,
                next_check_at = excluded.next_check_at, checks = 0, report = null
            "#,
            self.head.id.0,
            name.as_str(),
            random_domain_token(),
            self.actor.name,
        )
        .execute(self.tx.conn())
        .await?;
        self.audit(Action::DomainAdded, name.as_str(), None, None).await?;
        Ok(Adding::Added)
    }

    /// Takes a name off the list; it is answered no more and free for others at once.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_domain(&mut self, name: &Hostname) -> Result<()> {
        let before = self.lock_domain(name).await?;
        sqlx::query!(
            r#"
            update domains
            set state = 'removed', is_primary = false, points = false, missing_since = null, told = null, next_check_at = null, report = null
            where tenant_id = $1
              and name = $2
            "#,
            self.head.id.0,
            name.as_str(),
        )
        .execute(self.tx.conn())
        .await?;
        self.audit(Action::DomainRemoved, name.as_str(), Some(before.facts()), None).await
    }

    /// Makes a name the address of the portal to which the others lead, or, with `None`, no name.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` for one that is not proved or does not lead here.
    pub async fn choose_primary(&mut self, name: Option<&Hostname>) -> Result<()> {
        if let Some(name) = name {
            let locked = self.lock_domain(name).await?;
            if locked.state != DomainState::Verified {
                return Err(StoreError::WrongState("Only a domain that is verified can be the primary address."));
            }
            if !locked.points {
                return Err(StoreError::WrongState(
                    "This domain does not lead here yet: people would be sent to an address that does not answer. Set its records and check again.",
                ));
            }
        }
        let before = sqlx::query_scalar!(
            "update domains set is_primary = false where tenant_id = $1 and is_primary and name is distinct from $2 returning name",
            self.head.id.0,
            name.map(Hostname::as_str),
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let made = match name {
            Some(name) => sqlx::query!(
                "update domains set is_primary = true where tenant_id = $1 and name = $2 and not is_primary",
                self.head.id.0,
                name.as_str(),
            )
            .execute(self.tx.conn())
            .await?
            .rows_affected(),
            None => 0,
        };
        if before.is_none() && made == 0 {
            return Ok(());
        }
        let target = name.map_or_else(|| self.head.slug.to_string(), ToString::to_string);
        self.audit(
            Action::DomainPrimary,
            &target,
            before.map(|before| json!({ "primary": before })),
            Some(json!({ "primary": name.map(Hostname::as_str) })),
        )
        .await
    }

    async fn lock_domain(&mut self, name: &Hostname) -> Result<Locked> {
        let row = sqlx::query!(
            "select state, is_primary, points from domains where tenant_id = $1 and name = $2 and state <> 'removed' for update",
            self.head.id.0,
            name.as_str(),
        )
        .fetch_optional(self.tx.conn())
        .await?
        .ok_or(StoreError::NotFound)?;
        Ok(Locked { state: stored(row.state.parse())?, is_primary: row.is_primary, points: row.points })
    }
}

struct Locked {
    state: DomainState,
    is_primary: bool,
    points: bool,
}

impl Locked {
    fn facts(&self) -> Value {
        json!({ "state": self.state.as_str(), "primary": self.is_primary })
    }
}
