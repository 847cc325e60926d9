//! The steps of a tenant to be, one after the other (`provisioning_setup.rs` and `provisioning_data.rs` say what each does). Each thing that is done is committed together with the note that it is done and with two minutes more for
//! whoever does it: a worker that takes the job over goes on behind it, and nothing is done twice. Files are written between two such commits,
//! noted as loose until they belong to a document.

use sqlx::types::Json;
use uuid::Uuid;

use super::access::{Actor, stored};
use super::audit::append;
use super::guarded::Guarded;
use super::handle::Store;
use super::jobs::{self, Claimed};
use super::plan_moving::known_kind;
use super::{Result, StoreError};
use crate::domain::activity::Action;
use crate::domain::ids::TenantId;
use crate::domain::provision::Step;
use crate::domain::template::TemplateContent;

const GONE: StoreError = StoreError::WrongState("The tenant was deleted before it was set up.");
const NO_ROOM: StoreError =
    StoreError::WrongState("A quota of the tenant has become too small for what it is to begin with. Raise it, then try again.");

/// One transaction within a job, on its current step. The tenant's row is locked: it is not deleted meanwhile.
pub(super) struct Turn {
    pub(super) tx: Guarded,
    pub(super) tenant: TenantId,
    pub(super) slug: String,
    /// What is cloned.
    pub(super) source: Option<TenantId>,
    pub(super) content: TemplateContent,
    pub(super) actor: Actor,
    pub(super) trial_days: i32,
    pub(super) owner_email: String,
    pub(super) position: i32,
    pub(super) step: Step,
    pub(super) done: i64,
    pub(super) reached: Option<Uuid>,
}

impl Turn {
    /// So many more things of the step are done, the last one of the source was this.
    pub(super) async fn advance(&mut self, more: i64, reached: Option<Uuid>) -> Result<()> {
        sqlx::query!(
            r#"
            update provisioning_steps
            set done = done + $3, reached = coalesce($4, reached), started_at = coalesce(started_at, now())
            where tenant_id = $1
              and position = $2
            "#,
            self.tenant.0,
            self.position,
            more,
            reached,
        )
        .execute(self.tx.conn())
        .await?;
        Ok(())
    }

    /// What was counted on the way is all that there was.
    pub(super) async fn end_step(&mut self) -> Result<()> {
        sqlx::query!(
            r#"
            update provisioning_steps
            set total = done, started_at = coalesce(started_at, now()), ended_at = now()
            where tenant_id = $1
              and position = $2
            "#,
            self.tenant.0,
            self.position,
        )
        .execute(self.tx.conn())
        .await?;
        Ok(())
    }

    pub(super) async fn audit(&mut self, action: Action, target: &str, after: serde_json::Value) -> Result<()> {
        append(self.tx.conn(), self.tenant, &self.actor, action, target, None, Some(after)).await
    }

    /// # Errors
    /// `WrongState` when the quota has no room for so much more.
    pub(super) async fn check_room(&mut self, meter: &str, more: i64) -> Result<()> {
        let fits = sqlx::query_scalar!(
            r#"select quota is null or coalesce(used, 0) + $3 <= quota as "fits!" from quotas where tenant_id = $1 and meter = $2"#,
            self.tenant.0,
            meter,
            more,
        )
        .fetch_one(self.tx.conn())
        .await?;
        if fits { Ok(()) } else { Err(NO_ROOM) }
    }

    pub(super) async fn commit(mut self, job: &Claimed) -> Result<()> {
        jobs::renew(&mut self.tx, job).await?;
        self.tx.commit().await
    }
}

impl Store {
    /// Does all steps that are left, of the tenant of a claimed job.
    ///
    /// # Errors
    /// `WrongState` when it will not succeed as it is: the tenant was deleted, a quota has no room. Anything else may go better later.
    pub async fn provision(&self, job: &Claimed) -> Result<()> {
        while self.provision_turn(job).await? {}
        Ok(())
    }

    /// The next thing; `false` when there is none any more, and the job is done.
    ///
    /// # Errors
    /// As [`Self::provision`].
    pub async fn provision_turn(&self, job: &Claimed) -> Result<bool> {
        let Some(mut turn) = self.turn(job).await? else { return Ok(false) };
        match turn.step {
            Step::Settings => {
                turn.settings().await?;
                turn.end_step().await?;
            }
            Step::Agents => {
                turn.agents().await?;
                turn.end_step().await?;
            }
            Step::Documents => return self.provision_document(turn, job).await,
            Step::Conversations => {
                if turn.conversations().await? == 0 {
                    turn.end_step().await?;
                }
            }
            Step::Open => {
                turn.open(self).await?;
                turn.end_step().await?;
                jobs::finish(turn.tx, job).await?;
                return Ok(false);
            }
        }
        turn.commit(job).await?;
        Ok(true)
    }

    /// A transaction on the current step; `None` when there is none any more: then the job is done.
    pub(super) async fn turn(&self, job: &Claimed) -> Result<Option<Turn>> {
        let tenant = job.tenant.ok_or(StoreError::NotFound)?;
        let mut tx = self.begin_leased(job, None).await?;
        let row =
            sqlx::query!("select slug, status, owner_email from tenants where id = $1 for update", tenant.0).fetch_one(tx.conn()).await?;
        if row.status == "deleted" {
            tx.rollback().await?;
            return Err(GONE);
        }
        let step = sqlx::query!(
            r#"
            select
              p.source_tenant_id, p.content as "content: Json<TemplateContent>", p.trial_days, p.actor_kind, p.actor_id, p.actor, p.actor_origin,
              s.position, s.step, s.done, s.reached
            from provisionings p
            join provisioning_steps s on s.tenant_id = p.tenant_id and s.ended_at is null
            where p.tenant_id = $1
            order by s.position
            limit 1
            "#,
            tenant.0,
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(step) = step.filter(|_| row.status == "provisioning") else {
            jobs::finish(tx, job).await?;
            return Ok(None);
        };
        Ok(Some(Turn {
            tx,
            tenant,
            slug: row.slug,
            source: step.source_tenant_id.map(TenantId),
            content: step.content.0,
            actor: Actor { kind: stored(known_kind(&step.actor_kind))?, id: step.actor_id, name: step.actor, origin: step.actor_origin },
            trial_days: step.trial_days,
            owner_email: row.owner_email,
            position: step.position,
            step: stored(step.step.parse())?,
            done: step.done,
            reached: step.reached,
        }))
    }
}
