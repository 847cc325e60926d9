//! The named tenants' events into the database, with the rollup that follows from them; and what there is to notice.

use chrono::NaiveDate;
use uuid::Uuid;

use super::draw::DemoTenant;
use super::events::events;
use crate::store::{PlatformTx, Result};

/// Who is in the story: the others have their days only.
const NAMED: [&str; 6] = ["acme", "beta-industries", "gamma-solutions", "delta-inc", "techco", "startup"];

impl PlatformTx {
    /// Writes what record_usage would have written, day by day, but for the days themselves, which are there.
    pub(super) async fn insert_demo_events(&mut self, tenants: &[DemoTenant], ids: &[Uuid]) -> Result<()> {
        for (tenant, id) in tenants.iter().zip(ids).filter(|(tenant, _)| NAMED.contains(&tenant.sketch.slug.as_str())) {
            let events = events(tenant);
            let days: Vec<NaiveDate> = events.iter().map(|event| event.day).collect();
            sqlx::query!(
                r#"
                with drawn as (
                  insert into usage_events (tenant_id, period, idempotency_key, meter, amount, at, model, agent, cost_center, direction, cost_usd)
                  select
                    $1, date_trunc('month', e.day)::date, e.key, e.meter, e.amount,
                    least(e.day::timestamp at time zone 'utc' + e.second * interval '1 second', now()), e.model, e.agent, e.cost_center, e.direction,
                    e.cost * 0.0001
                  from unnest($2::text[], $3::text[], $4::date[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[])
                    as e (key, meter, day, second, amount, model, agent, cost_center, direction, cost)
                  -- The partitions go two months back.
                  where e.day >= this_month() - interval '2 months'
                  returning (at at time zone 'utc')::date as day, meter, model, agent, cost_center, amount, cost_usd
                )
                insert into usage_breakdowns (tenant_id, day, meter, model, agent, cost_center, amount, cost_usd)
                select $1, day, meter, model, agent, cost_center, sum(amount), sum(cost_usd)
                from drawn
                group by 1, 2, 3, 4, 5, 6
                "#,
                *id,
                &events.iter().map(|event| event.key.as_str()).collect::<Vec<_>>() as &[&str],
                &events.iter().map(|event| event.meter).collect::<Vec<_>>() as &[&str],
                &days,
                &events.iter().map(|event| event.second).collect::<Vec<_>>(),
                &events.iter().map(|event| event.amount).collect::<Vec<_>>(),
                &events.iter().map(|event| event.model).collect::<Vec<_>>() as &[&str],
                &events.iter().map(|event| event.agent.as_str()).collect::<Vec<_>>() as &[&str],
                &events.iter().map(|event| event.cost_center).collect::<Vec<_>>() as &[&str],
                &events.iter().map(|event| event.direction).collect::<Vec<_>>() as &[Option<&str>],
                &events.iter().map(|event| event.cost).collect::<Vec<_>>(),
            )
            .execute(self.read.tx.conn())
            .await?;
        }
        Ok(())
    }

    /// Thresholds that these tenants stand above already: they came with their usage, before they had a chain to write to.
    pub(super) async fn notice_demo(&mut self, ids: &[Uuid]) -> Result<()> {
        sqlx::query!("select raise_notices($1, null)", ids).fetch_one(self.read.tx.conn()).await?;
        // Nobody is mailed about the crowd, which is there to be many.
        sqlx::query!(
            r#"
            update jobs j
            set state = 'cancelled', ended_at = now()
            from tenants t
            where j.kind = 'notice_mail'
              and j.tenant_id = any ($1)
              and t.id = j.tenant_id
              and t.owner_email like '%@bulk.example'
            "#,
            ids,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }

    /// The console's figures, which the sweeper would add up in the first minutes.
    pub(super) async fn roll_demo(&mut self) -> Result<()> {
        for _ in 0..12 {
            sqlx::query!("select roll_platform_days()").fetch_one(self.read.tx.conn()).await?;
        }
        Ok(())
    }
}
