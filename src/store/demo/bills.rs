//! Past invoices of the named tenants. The close itself makes them, from the days on which they had their plans.

use uuid::Uuid;

use super::draw::DemoTenant;
use crate::domain::ids::TenantId;
use crate::store::{PlatformTx, Result};

const BILLED: [&str; 4] = ["acme", "beta-industries", "delta-inc", "techco"];

impl PlatformTx {
    pub(super) async fn make_bills(&mut self, tenants: &[DemoTenant], ids: &[Uuid]) -> Result<()> {
        for (drawn, id) in tenants.iter().zip(ids) {
            if !BILLED.contains(&drawn.sketch.slug.as_str()) {
                continue;
            }
            if drawn.sketch.slug == "acme" {
                self.begin_small(*id).await?;
            }
            sqlx::query!(
                r#"
                update billing_heads h
                set next_period = date_trunc('month', t.created_at at time zone 'utc')::date
                from tenants t
                where h.tenant_id = $1
                  and t.id = $1
                "#,
                id,
            )
            .execute(self.read.tx.conn())
            .await?;
            self.close_months_of(TenantId(*id)).await?;
        }
        Ok(())
    }

    /// Acme began with the plan Starter, and took its own on the twelfth of its second month.
    async fn begin_small(&mut self, tenant: Uuid) -> Result<()> {
        sqlx::query!(
            r#"
            insert into billing_days (tenant_id, day, plan_version_id, price_usd, pays)
            select d.tenant_id, (date_trunc('month', d.day) + interval '1 month 11 days')::date, d.plan_version_id, d.price_usd, d.pays
            from billing_days d
            where d.tenant_id = $1
            "#,
            tenant,
        )
        .execute(self.read.tx.conn())
        .await?;
        sqlx::query!(
            r#"
            update billing_days d
            set plan_version_id = v.id, price_usd = v.price_usd
            from tenants t, plan_versions v, plans p
            where d.tenant_id = $1
              and t.id = $1
              and d.day = (t.created_at at time zone 'utc')::date
              and v.plan_id = p.id
              and v.version = 1
              and p.key = 'starter'
            "#,
            tenant,
        )
        .execute(self.read.tx.conn())
        .await?;
        Ok(())
    }
}
