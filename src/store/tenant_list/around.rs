//! What stands around every page of the tenant list: counts by state and plan, the plans' names, the views that staff have saved. The same for
//! everybody who may read it, so it is read once a second and not with each page; what is changed here shows at once.
//!
//! It is the platform's own: no tenant's row is in it. Who may see it is never remembered, but asked in the statement of each page.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::Result;
use super::super::overview::Totals;
use super::super::staff_views::{StaffView, list_views};
use crate::domain::tenant_line::{Filter, Line};

/// How long it is good for: as long as a change on another server may stay unseen here.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// A plan as lists know it.
#[derive(Debug, Clone)]
pub(in crate::store) struct PlanLine {
    pub id: Uuid,
    pub key: String,
    pub name: String,
    pub position: i32,
    pub sold: bool,
}

#[derive(Debug)]
struct CountLine {
    status: String,
    plan: Uuid,
    tenants: i64,
    agents: i64,
    price: Decimal,
}

#[derive(Debug, Default)]
pub(in crate::store) struct Around {
    counts: Vec<CountLine>,
    /// In the catalogue's order, archived ones too.
    pub plans: Vec<PlanLine>,
    pub views: Vec<StaffView>,
}

/// The last one that was read.
#[derive(Debug, Default)]
pub(in crate::store) struct Kept {
    last: Mutex<Option<(Instant, Arc<Around>)>>,
    /// How often something was changed.
    changes: AtomicU64,
}

impl Kept {
    fn find(&self) -> Option<Arc<Around>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(read, _)| read.elapsed() < GOOD_FOR).map(|(_, around)| around.clone())
    }

    /// What was read before a change is not kept after it.
    fn keep(&self, around: &Arc<Around>, changes: u64) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.changes.load(Ordering::Acquire) == changes {
            *last = Some((Instant::now(), around.clone()));
        }
    }

    /// Something was changed here: the next page reads it anew.
    pub(in crate::store) fn forget(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.changes.fetch_add(1, Ordering::AcqRel);
        *last = None;
    }

    /// The one that is good, or a new one. Whoever asks is asked for their right elsewhere, in the same request.
    pub(in crate::store) async fn get(&self, conn: &mut PgConnection) -> Result<Arc<Around>> {
        if let Some(around) = self.find() {
            return Ok(around);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let around = Arc::new(Around::read(conn).await?);
        self.keep(&around, changes);
        Ok(around)
    }
}

impl Around {
    pub(in crate::store) async fn read(conn: &mut PgConnection) -> Result<Self> {
        let counts = sqlx::query_as!(
            CountLine,
            r#"select status, plan_id as plan, tenants, agents, price_usd as price from tenant_counts where status <> 'deleted'"#,
        )
        .fetch_all(&mut *conn)
        .await?;
        let plans =
            sqlx::query_as!(PlanLine, r#"select id, key, name, position, archived_at is null as "sold!" from plans order by position"#)
                .fetch_all(&mut *conn)
                .await?;
        Ok(Self { counts, plans, views: list_views(conn).await? })
    }

    pub(in crate::store) fn plan(&self, key: &str) -> Option<&PlanLine> {
        self.plans.iter().find(|plan| plan.key == key)
    }

    /// Keys that are asked for and of no plan.
    pub(in crate::store) fn unknown_plans(&self, line: &Line) -> Vec<String> {
        let asked = line.terms.iter().filter_map(|term| if let Filter::Plan(keys) = &term.filter { Some(keys) } else { None });
        asked.flatten().filter(|key| self.plan(key).is_none()).cloned().collect()
    }

    /// Counts by state of the plans that the line asks for, and whether there is nothing else in it that narrows; else of all tenants.
    pub(in crate::store) fn totals(&self, line: &Line) -> Result<(Totals, bool)> {
        let exact = line.terms.iter().all(|term| matches!(term.filter, Filter::Plan(_) | Filter::State(_)));
        let counts_plan = |plan: Uuid| {
            let key = self.plans.iter().find(|known| known.id == plan).map_or("", |known| known.key.as_str());
            line.terms.iter().all(|term| match &term.filter {
                // A term with a plan that there is not is not used.
                Filter::Plan(keys) if keys.iter().all(|key| self.plan(key).is_some()) => {
                    keys.iter().any(|asked| asked == key) != term.negated
                }
                _ => true,
            })
        };
        let mut totals = Totals::default();
        for line in self.counts.iter().filter(|line| !exact || counts_plan(line.plan)) {
            totals.add(&line.status, line.tenants, line.agents, line.price)?;
        }
        Ok((totals, exact))
    }
}
