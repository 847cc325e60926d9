//! Demo data: a platform of 127 believable tenants with exact, known totals, or of as many as asked for.
//!
//! Filling is idempotent: the cast and the crowd come in one transaction, the bulk in chunks that each commit, and whoever is there
//! already is left alone. Time comes from the database; everything else is the same on every machine.

mod bills;
mod bulk;
mod cast;
mod crowd;
mod dice;
mod draw;
mod events;
mod insert;
mod people;
mod report;
mod shares;
mod sketch;
mod story;
#[cfg(test)]
mod tests;
mod usage;
mod words;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::access::PlatformAdmin;
use super::migrate::{self, Tables};
use super::{PlatformTx, Result, Store};
use crate::domain::staff::ManageTenants;

/// Tenants of the bulk in one transaction: large enough that statements are few, small enough that progress is seen.
const CHUNK: usize = 2_500;

#[derive(Debug, Clone, Copy)]
pub struct DemoPlan {
    /// How many tenants there are afterwards, those that exist included. The named ones come in any case.
    pub tenants: usize,
}

impl Default for DemoPlan {
    fn default() -> Self {
        Self { tenants: crowd::COMPANY }
    }
}

/// Said after every chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoProgress {
    pub created: usize,
    pub wanted: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct DemoSummary {
    /// Tenants made by this call; 0 when all were there.
    pub created: usize,
    /// Tenants there are now.
    pub tenants: usize,
    /// Whether the named tenants, and with them the demo accounts, were there before.
    pub existed: bool,
}

/// Accounts that get the demo password, with what they are.
pub const ACCOUNTS: [(&str, &str); 6] = [
    ("admin@tenantry.example", "platform admin"),
    ("owner@acme.example", "owner of Acme Corporation"),
    ("admin@acme.example", "admin of Acme Corporation, member of TechCo"),
    ("member@acme.example", "member of Acme Corporation"),
    ("viewer@acme.example", "viewer of Acme Corporation"),
    ("owner@techco.example", "owner of TechCo"),
];

impl Store {
    /// Fills the platform up to `plan.tenants`; the demo accounts get `password_hash` when they are made.
    ///
    /// # Errors
    /// `WrongState` when a plan of the default catalogue is not sold any more. What was committed before an error stays; the next call
    /// goes on from there.
    pub async fn fill_demo(
        &self,
        admin: &PlatformAdmin,
        plan: DemoPlan,
        password_hash: String,
        mut progress: impl FnMut(DemoProgress),
    ) -> Result<DemoSummary> {
        let mut tx = self.platform::<ManageTenants>(admin).await?;
        let (there, existed, now) = tx.demo_state().await?;
        let wanted = plan.tenants.saturating_sub(there);
        let mut created = tx.fill_company(wanted, existed, now, &password_hash).await?;
        tx.commit().await?;
        if created > 0 {
            progress(DemoProgress { created, wanted: wanted.max(created) });
        }
        let mut nth = 0;
        while created < wanted {
            let mut tx = self.platform::<ManageTenants>(admin).await?;
            let (more, next) = tx.fill_bulk(nth, CHUNK.min(wanted - created), now).await?;
            tx.commit().await?;
            (nth, created) = (next, created + more);
            progress(DemoProgress { created, wanted });
        }
        Ok(DemoSummary { created, tenants: there + created, existed })
    }
}

impl PlatformTx {
    /// How many tenants there are, whether the demo's are among them, and what time it is.
    async fn demo_state(&mut self) -> Result<(usize, bool, DateTime<Utc>)> {
        let row = sqlx::query!(
            r#"
            select
              (select count(*) from tenants) as "tenants!",
              exists (select from tenants where slug = 'acme') as "existed!",
              now() as "now!"
            "#,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        Ok((usize::try_from(row.tenants).unwrap_or(0), row.existed, row.now))
    }

    /// The cast, unless it is there, and of the crowd as many as are wanted; returns how many came.
    async fn fill_company(&mut self, wanted: usize, existed: bool, now: DateTime<Utc>, password_hash: &str) -> Result<usize> {
        let (named, others) = crowd::company_of(now);
        let mut sketches = if existed { Vec::new() } else { named };
        let room = wanted.saturating_sub(sketches.len());
        let free = self.keep_free_slugs(&others.iter().map(|sketch| sketch.slug.clone()).collect::<Vec<_>>()).await?;
        sketches.extend(others.into_iter().zip(free).filter(|(_, free)| *free).map(|(sketch, _)| sketch).take(room));
        if sketches.is_empty() {
            return Ok(0);
        }
        let drawn: Vec<_> = sketches.into_iter().map(|sketch| draw::draw(sketch, now, usage::FULL_DAYS)).collect();
        let plans = self.list_plans().await?;
        let ids = self.insert_demo_tenants(&drawn, &plans).await?;
        self.insert_demo_events(&drawn, &ids).await?;
        if !existed {
            self.set_demo_passwords(&drawn, password_hash).await?;
            self.ensure_demo_admin(password_hash).await?;
            self.make_bills(&drawn, &ids).await?;
            self.tell_stories(&drawn, &ids).await?;
        }
        self.roll_demo().await?;
        Ok(drawn.len())
    }

    /// The next `most` names of the bulk from the `nth` on, without those that are taken; returns how many came and the next name.
    async fn fill_bulk(&mut self, nth: usize, most: usize, now: DateTime<Utc>) -> Result<(usize, usize)> {
        let sketches: Vec<_> = (nth..nth + most).map(|nth| bulk::sketch(nth, now)).collect();
        let free = self.keep_free_slugs(&sketches.iter().map(|sketch| sketch.slug.clone()).collect::<Vec<_>>()).await?;
        let drawn: Vec<_> =
            sketches.into_iter().zip(free).filter(|(_, free)| *free).map(|(sketch, _)| draw::draw(sketch, now, usage::FEW_DAYS)).collect();
        if !drawn.is_empty() {
            let plans = self.list_plans().await?;
            self.insert_demo_tenants(&drawn, &plans).await?;
        }
        Ok((drawn.len(), nth + most))
    }
}

/// Lets the planner know how many rows there are now, rather than some minutes later.
///
/// # Errors
/// `Unavailable` or `Db`; nothing depends on it.
pub async fn analyze(owner: &PgConnectOptions) -> Result<()> {
    let mut conn = owner.clone().disable_statement_logging().connect().await?;
    migrate::analyze(&mut conn, Tables::All).await?;
    conn.close().await?;
    Ok(())
}
