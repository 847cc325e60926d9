//! Changing the plan: dearer ones at once, cheaper ones when the period ends, each once, however often it is sent.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::handle::{PlatformTx, TenantTx};
use super::plan_board::{Board, Offer};
use super::plans::PlanName;
use super::{Result, StoreError};
use crate::domain::FieldError;
use crate::domain::activity::Action;
use crate::domain::capability::ManageBilling;
use crate::domain::downgrade::{Choices, ChoicesForm};
use crate::domain::email::Email;
use crate::domain::slug::Slug;

/// A change that somebody confirmed, and what they had seen when they did.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// The plan's key.
    pub plan: String,
    /// Made for one showing of the page: what is sent twice with it is one change.
    pub request: Uuid,
    /// The board's version, and the day by which its amounts were reckoned.
    pub version: i64,
    pub day: NaiveDate,
}

/// What became of a change that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    Now,
    AtPeriodEnd,
    /// Nothing was changed: this is wrong with the choices.
    Refused(Vec<FieldError>),
}

const LOOK_AGAIN: &str =
    "The plan was changed meanwhile, in another window or by somebody else. This is how it stands now: look, and confirm again.";
const NEW_DAY: &str = "A new day has begun since this page was opened, and the amounts are other ones. Look, and confirm again.";
const BY_CONTRACT: &str = "Your price is agreed by contract. Talk to us about another plan.";
const NOT_SOLD: &str = "This plan cannot be chosen here. Talk to us about it.";
const OWN_PLAN: &str = "This is your plan already.";

impl TenantTx<ManageBilling> {
    /// One change at a time: whoever comes next sees what became of this one.
    async fn lock_plan(&mut self) -> Result<()> {
        sqlx::query!("select version from billing_heads where tenant_id = $1 for update", self.head.id.0).fetch_one(self.tx.conn()).await?;
        Ok(())
    }

    async fn next_version(&mut self) -> Result<()> {
        sqlx::query!("update billing_heads set version = version + 1 where tenant_id = $1", self.head.id.0).execute(self.tx.conn()).await?;
        Ok(())
    }

    /// What became of this request, if it was sent before.
    async fn find_request(&mut self, confirmed: &Confirmed) -> Result<Option<Changed>> {
        let row = sqlx::query!(
            r#"
            select p.key, c.state
            from plan_changes c
            join plan_versions v on v.id = c.to_version_id
            join plans p on p.id = v.plan_id
            where c.id = $1
            "#,
            confirmed.request,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        match row {
            None => Ok(None),
            Some(row) if row.key != confirmed.plan || row.state == "cancelled" => Err(StoreError::WrongState(LOOK_AGAIN)),
            Some(row) if row.state == "done" => Ok(Some(Changed::Now)),
            Some(_) => Ok(Some(Changed::AtPeriodEnd)),
        }
    }

    /// Changes the plan as confirmed: to a dearer one from this commit on, to a cheaper one when the period ends. A change that waited is
    /// replaced.
    ///
    /// # Errors
    /// `NotFound` for an unknown plan; `WrongState` when what was seen does not hold any more, or the plan is not sold to this tenant.
    pub async fn change_plan(&mut self, confirmed: &Confirmed, choices: &ChoicesForm) -> Result<Changed> {
        self.lock_plan().await?;
        if let Some(done) = self.find_request(confirmed).await? {
            return Ok(done);
        }
        let board = self.plan_board().await?;
        let offer = board.offer(&confirmed.plan)?.clone();
        let refused = [
            (board.version != confirmed.version, LOOK_AGAIN),
            (offer.current, OWN_PLAN),
            (board.contract, BY_CONTRACT),
            (!offer.self_service, NOT_SOLD),
            (board.today != confirmed.day, NEW_DAY),
        ];
        if let Some((_, why)) = refused.into_iter().find(|(refused, _)| *refused) {
            return Err(StoreError::WrongState(why));
        }
        let choices = match choices.parse(&board.over(&offer)) {
            Ok(choices) => choices,
            Err(errors) if !board.is_upgrade(&offer) => return Ok(Changed::Refused(errors)),
            Err(_) => Choices::default(),
        };
        self.cancel_scheduled(&board).await?;
        let done = if board.is_upgrade(&offer) {
            self.upgrade(confirmed, &board, &offer).await?;
            Changed::Now
        } else {
            self.schedule(confirmed, &board, &offer, &choices).await?;
            Changed::AtPeriodEnd
        };
        self.next_version().await?;
        self.audit_cancelled(&board).await?;
        Ok(done)
    }

    async fn upgrade(&mut self, confirmed: &Confirmed, board: &Board, offer: &Offer) -> Result<()> {
        let current = board.current()?;
        sqlx::query!(
            r#"
            insert into plan_changes (tenant_id, id, from_version_id, to_version_id, state, effective_at, requested_by, settled_at)
            values ($1, $2, $3, $4, 'done', now(), $5, now())
            "#,
            self.head.id.0,
            confirmed.request,
            current.version,
            offer.version,
            self.actor.name,
        )
        .execute(self.tx.conn())
        .await?;
        sqlx::query!("select choose_plan($1)", offer.version).fetch_one(self.tx.conn()).await?;
        let (before, after) = (json!({ "plan": current.key }), json!({ "plan": offer.key }));
        self.audit(Action::PlanChanged, &offer.name, Some(before), Some(after)).await
    }

    async fn schedule(&mut self, confirmed: &Confirmed, board: &Board, offer: &Offer, choices: &Choices) -> Result<()> {
        let current = board.current()?;
        let at = board.next_period();
        sqlx::query!(
            r#"
            insert into plan_changes (tenant_id, id, from_version_id, to_version_id, state, effective_at, choices, requested_by)
            values ($1, $2, $3, $4, 'scheduled', $5, $6, $7)
            "#,
            self.head.id.0,
            confirmed.request,
            current.version,
            offer.version,
            at,
            json!(choices),
            self.actor.name,
        )
        .execute(self.tx.conn())
        .await?;
        sqlx::query!("select queue_plan_change($1)", at).fetch_one(self.tx.conn()).await?;
        let (before, after) = (json!({ "plan": current.key }), json!({ "plan": offer.key, "at": at, "choices": choices }));
        self.audit(Action::PlanChangeScheduled, &offer.name, Some(before), Some(after)).await
    }

    /// Takes back a change that waits. What was taken back already stays so.
    ///
    /// # Errors
    /// `NotFound`; `WrongState` when it was carried out.
    pub async fn cancel_change(&mut self, change: Uuid) -> Result<()> {
        self.lock_plan().await?;
        let state = sqlx::query_scalar!("select state from plan_changes where id = $1", change)
            .fetch_optional(self.tx.conn())
            .await?
            .ok_or(StoreError::NotFound)?;
        match state.as_str() {
            "scheduled" => {
                let board = self.plan_board().await?;
                self.cancel_scheduled(&board).await?;
                self.next_version().await?;
                self.audit_cancelled(&board).await
            }
            "cancelled" => Ok(()),
            _ => Err(StoreError::WrongState("This change was carried out already.")),
        }
    }

    /// Its job finds nothing to do.
    async fn cancel_scheduled(&mut self, board: &Board) -> Result<()> {
        let Some(scheduled) = &board.scheduled else { return Ok(()) };
        sqlx::query!("update plan_changes set state = 'cancelled', settled_at = now() where id = $1", scheduled.id)
            .execute(self.tx.conn())
            .await?;
        Ok(())
    }

    /// Comes last: whoever holds the end of the audit chain waits for nothing else.
    async fn audit_cancelled(&mut self, board: &Board) -> Result<()> {
        let Some(scheduled) = &board.scheduled else { return Ok(()) };
        let before = json!({ "plan": scheduled.plan, "at": scheduled.effective_at });
        self.audit(Action::PlanChangeCancelled, &scheduled.plan, Some(before), None).await
    }

    /// Where invoices go.
    pub async fn set_billing_email(&mut self, email: &Email) -> Result<()> {
        let before =
            sqlx::query_scalar!("select billing_email from tenants where id = $1", self.head.id.0).fetch_one(self.tx.conn()).await?;
        if before == email.as_str() {
            return Ok(());
        }
        sqlx::query!("select set_billing_email($1)", email.as_str()).fetch_one(self.tx.conn()).await?;
        let slug = self.head.slug.to_string();
        let (before, after) = (json!({ "billing_email": before }), json!({ "billing_email": email }));
        self.audit(Action::TenantUpdated, &slug, Some(before), Some(after)).await
    }
}

impl PlatformTx {
    /// Changes a tenant's plan at once, to any that there is; a contract's price stays. Returns the plan before and after.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant or plan; `WrongState` when it has this plan.
    pub async fn change_plan(&mut self, slug: &Slug, plan: &str) -> Result<(PlanName, PlanName)> {
        // In the order in which a tenant's own change takes them.
        sqlx::query!(
            "select h.version from billing_heads h join tenants t on t.id = h.tenant_id where t.id = tenant_by_slug($1) for update of h",
            slug.as_str(),
        )
        .fetch_optional(self.read.tx.conn())
        .await?;
        let (tenant, ..) = self.lock_tenant(slug).await?;
        let new = self.list_plans().await?.into_iter().find(|known| known.key == plan).ok_or(StoreError::NotFound)?;
        let old = sqlx::query!(
            r#"
            select v.id, p.key, p.name
            from tenants t
            join plan_versions v on v.id = t.plan_version_id
            join plans p on p.id = v.plan_id
            where t.id = $1
            "#,
            tenant.0,
        )
        .fetch_one(self.read.tx.conn())
        .await?;
        if old.key == new.key {
            return Err(StoreError::WrongState("The tenant has this plan already."));
        }
        let conn = self.read.tx.conn();
        sqlx::query!("update billing_heads set version = version + 1 where tenant_id = $1", tenant.0).execute(&mut *conn).await?;
        sqlx::query!(
            "update plan_changes set state = 'cancelled', settled_at = now() where tenant_id = $1 and state = 'scheduled'",
            tenant.0
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            r#"
            insert into plan_changes (tenant_id, from_version_id, to_version_id, state, effective_at, requested_by, settled_at)
            values ($1, $2, $3, 'done', now(), $4, now())
            "#,
            tenant.0,
            old.id,
            new.version,
            self.actor.name,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!("select apply_plan($1, $2, today())", tenant.0, new.version).fetch_one(conn).await?;
        let (before, after) = (json!({ "plan": old.key }), json!({ "plan": new.key }));
        self.audit(tenant, Action::PlanChanged, &new.name, Some(before), Some(after)).await?;
        Ok((PlanName { key: old.key, name: old.name }, PlanName { key: new.key, name: new.name }))
    }
}
