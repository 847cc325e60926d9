//! The two jobs of billing: a smaller plan when its day comes, and the close of months.

use serde_json::json;

use super::Result;
use super::access::stored;
use super::billing::close_months;
use super::handle::{PlatformTx, Store, WorkerTx};
use crate::domain::activity::Action;
use crate::domain::downgrade::{Choices, Keep};
use crate::domain::ids::TenantId;

/// Jobs that are queued in one transaction.
const AT_ONCE: i32 = 500;

impl WorkerTx {
    /// Carries out the change of plan that is due, with what its owner chose for what there is too much of. Nothing happens when it was
    /// taken back.
    pub async fn change_plan(&mut self) -> Result<()> {
        // Whoever changes the plan at this moment goes first, or finds it done.
        sqlx::query!("select version from billing_heads where tenant_id = $1 for update", self.tenant.0).fetch_one(self.tx.conn()).await?;
        let due = sqlx::query!(
            r#"
            update plan_changes c
            set state = 'done', settled_at = now()
            from plan_versions v, plans p, plan_versions w, plans q
            where c.tenant_id = $1
              and c.state = 'scheduled'
              and c.effective_at <= now()
              and v.id = c.to_version_id and p.id = v.plan_id
              and w.id = c.from_version_id and q.id = w.plan_id
            returning c.to_version_id, (c.effective_at at time zone 'utc')::date as "day!", c.choices, p.key, p.name, q.key as old
            "#,
            self.tenant.0,
        )
        .fetch_optional(self.tx.conn())
        .await?;
        let Some(due) = due else { return Ok(()) };
        let choices: Choices = stored(serde_json::from_value(due.choices))?;
        sqlx::query!("select apply_plan($1, $2, $3)", self.tenant.0, due.to_version_id, due.day).fetch_one(self.tx.conn()).await?;
        sqlx::query!("update billing_heads set version = version + 1 where tenant_id = $1", self.tenant.0).execute(self.tx.conn()).await?;
        let agents = self.deactivate_agents(&choices.agents).await?;
        let members = self.make_viewers(&choices.members).await?;
        let (before, after) =
            (json!({ "plan": due.old }), json!({ "plan": due.key, "agents_deactivated": agents, "made_viewers": members }));
        self.audit(Action::PlanChanged, &due.name, Some(before), Some(after)).await
    }

    /// Those that do not stay, while there are more than the plan allows; returns their names.
    async fn deactivate_agents(&mut self, keep: &Keep) -> Result<Vec<String>> {
        let Some((oldest, stay)) = keep.stays() else { return Ok(Vec::new()) };
        Ok(sqlx::query_scalar!(
            r#"
            update agents a
            set active = false, updated_at = now()
            from (
              select x.id, row_number() over (order by x.created_at, x.id) as place
              from agents x
              where x.tenant_id = $1
            ) n, quotas q
            where a.tenant_id = $1
              and a.active
              and n.id = a.id
              and q.tenant_id = a.tenant_id
              and q.meter = 'agents'
              and q.used > q.quota
              and case when $2 then n.place > q.quota else a.id <> all ($3) end
            returning a.name
            "#,
            self.tenant.0,
            oldest,
            stay,
        )
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// The same for people; owners stay owners. The sessions of whoever loses a role get new ids. Returns their e-mails.
    async fn make_viewers(&mut self, keep: &Keep) -> Result<Vec<String>> {
        let Some((oldest, stay)) = keep.stays() else { return Ok(Vec::new()) };
        let made = sqlx::query!(
            r#"
            update members m
            set role = 'viewer'
            from (
              select x.user_id, row_number() over (order by x.role <> 'owner', x.joined_at, x.user_id) as place
              from members x
              where x.tenant_id = $1
            ) n, quotas q, users u
            where m.tenant_id = $1
              and m.role not in ('owner', 'viewer')
              and n.user_id = m.user_id
              and u.id = m.user_id
              and q.tenant_id = m.tenant_id
              and q.meter = 'members'
              and q.used > q.quota
              and case when $2 then n.place > q.quota else m.user_id <> all ($3) end
            returning u.email, session_rotate(m.user_id)
            "#,
            self.tenant.0,
            oldest,
            stay,
        )
        .fetch_all(self.tx.conn())
        .await?;
        Ok(made.into_iter().map(|made| made.email).collect())
    }

    /// Closes the months of this tenant that are over. It may run twice: each is billed once.
    ///
    /// # Errors
    /// As [`close_months`].
    pub async fn close_months(&mut self) -> Result<()> {
        for invoice in close_months(self.tx.conn(), self.tenant).await? {
            self.audit(Action::InvoiceIssued, &invoice.number, None, Some(invoice.facts())).await?;
        }
        Ok(())
    }
}

impl PlatformTx {
    /// The same for a tenant that comes with a past.
    pub(super) async fn close_months_of(&mut self, tenant: TenantId) -> Result<()> {
        for invoice in close_months(self.read.tx.conn(), tenant).await? {
            self.audit(tenant, Action::InvoiceIssued, &invoice.number, None, Some(invoice.facts())).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Queues the close for tenants that have a month to be closed; returns how many, to call again while it is not 0.
    pub async fn queue_closes(&self) -> Result<i64> {
        let mut tx = self.worker(None).await?;
        // What closes a month's usage is asked here too: a month is billed when its figures are final.
        sqlx::query_scalar!("select close_usage_periods()").fetch_one(tx.conn()).await?;
        let queued = sqlx::query_scalar!(r#"select queue_closes($1) as "queued!""#, AT_ONCE).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        Ok(queued.into())
    }
}
