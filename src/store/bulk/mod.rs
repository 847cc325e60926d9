//! Actions on many tenants: which were chosen, what would happen to each, what has happened. A run is a row, its tenants are rows of their
//! own; a job does one after the other, see [`step`].

mod items;
mod step;
mod switch;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

pub use items::BulkItem;

use super::access::stored;
use super::handle::{PlatformRead, PlatformTx};
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::bulk::{BulkAction, Details, MOST_TENANTS, RunState};
use crate::domain::ids::BulkId;
use crate::domain::job::JobKind;
use crate::domain::listing::TenantQuery;
use crate::domain::quantity::count;
use crate::domain::slug::Slug;

/// Which tenants.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// These; what is no tenant's is left out.
    Slugs(Vec<Slug>),
    /// All that the view shows, now.
    View(TenantQuery),
}

/// A run as its page shows it.
#[derive(Debug, Clone)]
pub struct BulkRun {
    pub id: BulkId,
    pub action: BulkAction,
    /// `None` until they are filled in.
    pub details: Option<Details>,
    pub state: RunState,
    /// Behind the list's address: the view that the tenants were chosen by.
    pub query: Option<String>,
    pub actor: String,
    pub tenants: i64,
    pub done: i64,
    pub refused: i64,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

const NOT_A_DRAFT: StoreError = StoreError::WrongState("This was begun already: below is how far it is.");

fn chosen(message: String) -> StoreError {
    StoreError::Invalid(FieldError::new("tenant", message))
}

struct RunRow {
    id: Uuid,
    action: String,
    details: Option<serde_json::Value>,
    state: String,
    query: Option<String>,
    actor: String,
    tenants: i32,
    done: i64,
    refused: i64,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl RunRow {
    fn read(self) -> Result<BulkRun> {
        Ok(BulkRun {
            id: BulkId(self.id),
            action: stored(self.action.parse::<BulkAction>())?,
            details: self.details.map(|details| stored(serde_json::from_value(details))).transpose()?,
            state: stored(self.state.parse::<RunState>())?,
            query: self.query,
            actor: self.actor,
            tenants: self.tenants.into(),
            done: self.done,
            refused: self.refused,
            created_at: self.created_at,
            ended_at: self.ended_at,
        })
    }
}

impl PlatformRead {
    /// # Errors
    /// `NotFound`, also when a draft was left lying for a day.
    pub async fn get_bulk(&mut self, run: BulkId) -> Result<BulkRun> {
        let row = sqlx::query_as!(
            RunRow,
            r#"
            select
              r.id, r.action, r.details, r.state, r.query, r.actor, r.tenants, r.created_at, r.ended_at,
              (select count(*) from bulk_items i where i.run_id = r.id and i.outcome = 'done') as "done!",
              (select count(*) from bulk_items i where i.run_id = r.id and i.outcome = 'refused') as "refused!"
            from bulk_runs r
            where r.id = $1
            "#,
            run.0,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        row.ok_or(StoreError::NotFound)?.read()
    }

    /// Those that were begun, newest first, at most 50.
    pub async fn list_bulk_runs(&mut self) -> Result<Vec<BulkRun>> {
        let rows = sqlx::query_as!(
            RunRow,
            r#"
            select
              r.id, r.action, r.details, r.state, r.query, r.actor, r.tenants, r.created_at, r.ended_at,
              (select count(*) from bulk_items i where i.run_id = r.id and i.outcome = 'done') as "done!",
              (select count(*) from bulk_items i where i.run_id = r.id and i.outcome = 'refused') as "refused!"
            from bulk_runs r
            where r.state <> 'draft'
            order by r.id desc
            limit 50
            "#,
        )
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter().map(RunRow::read).collect()
    }
}

impl PlatformTx {
    /// Keeps which tenants are to be acted on; nothing happens to them.
    ///
    /// # Errors
    /// `Invalid` for none, and for more than [`MOST_TENANTS`].
    pub async fn draft_bulk(&mut self, action: BulkAction, chosen_by: &Chosen) -> Result<BulkId> {
        let (tenants, query) = match chosen_by {
            Chosen::Slugs(slugs) => {
                let slugs: Vec<String> = slugs.iter().map(ToString::to_string).collect();
                let found = sqlx::query_scalar!("select id from tenants where slug = any ($1) order by lower(name), id", &slugs);
                (found.fetch_all(self.read.tx.conn()).await?, None)
            }
            Chosen::View(view) => (self.list_tenant_ids(view, MOST_TENANTS + 1).await?, Some(view.to_query())),
        };
        if tenants.is_empty() {
            return Err(chosen("Choose at least one tenant.".to_owned()));
        }
        if tenants.len() > MOST_TENANTS {
            let most = count(i64::try_from(MOST_TENANTS).unwrap_or(i64::MAX));
            return Err(chosen(format!("At most {most} tenants at once: narrow the view.")));
        }
        let run = sqlx::query_scalar!(
            r#"
            insert into bulk_runs (action, query, actor_kind, actor_id, actor, origin, tenants)
            values ($1, $2, $3, $4, $5, $6, $7)
            returning id
            "#,
            action.as_str(),
            query,
            self.actor.kind,
            self.actor.id,
            self.actor.name,
            self.actor.origin,
            i32::try_from(tenants.len()).unwrap_or(i32::MAX),
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        sqlx::query!(
            r#"
            insert into bulk_items (run_id, position, tenant_id)
            select $1, t.position, t.id
            from unnest($2::uuid[]) with ordinality as t (id, position)
            "#,
            run,
            &tenants,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(BulkId(run))
    }

    /// What the run's action needs besides tenants, as long as it was not begun.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it was begun; `Invalid` for a plan that is not sold, a feature that does not exist.
    pub async fn detail_bulk(&mut self, run: BulkId, details: &Details) -> Result<()> {
        if let Details::ChangePlan { plan } = details
            && !self.list_plans().await?.iter().any(|known| known.key == *plan)
        {
            return Err(StoreError::Invalid(FieldError::new("plan", "There is no such plan.")));
        }
        if let Details::SwitchFeature { feature, .. } = details
            && !self.list_catalogue_features().await?.iter().any(|known| known.key == *feature)
        {
            return Err(StoreError::Invalid(FieldError::new("feature", "There is no such feature.")));
        }
        let stored_as = json!(details);
        let filled = sqlx::query!(
            "update bulk_runs set details = $2 where id = $1 and action = $2::jsonb ->> 'action' and state = 'draft'",
            run.0,
            stored_as,
        )
        .execute(self.read.tx.conn())
        .await?;
        match filled.rows_affected() {
            0 => Err(NOT_A_DRAFT),
            _ => Ok(()),
        }
    }

    /// Queues the job that does it, once.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it was begun already, or before its details are there.
    pub async fn start_bulk(&mut self, run: BulkId) -> Result<()> {
        let started = sqlx::query!(
            r#"
            update bulk_runs
            set state = 'running', started_at = now(), actor_kind = $2, actor_id = $3, actor = $4, origin = $5
            where id = $1
              and state = 'draft'
              and (details is not null or action = 'resume')
            returning action, details, tenants
            "#,
            run.0,
            self.actor.kind,
            self.actor.id,
            self.actor.name,
            self.actor.origin,
        )
        .fetch_optional(self.read.tx.conn())
        .await?;
        let Some(started) = started else {
            self.get_bulk(run).await?;
            return Err(NOT_A_DRAFT);
        };
        sqlx::query!("insert into jobs (kind, payload, run_at) values ($1, $2, now())", JobKind::Bulk.as_str(), json!({ "run": run }))
            .execute(self.read.tx.conn())
            .await?;
        let after = json!({ "run": run, "tenants": started.tenants, "details": started.details });
        self.audit_platform("bulk.started", &started.action, None, Some(after)).await
    }
}
