//! What the server's clock does: ends what ran out, forgets what is old, adds up what pages show.

use super::Result;
use super::handle::Store;

impl Store {
    /// Ends expired sessions, lets summaries of a past month start anew, takes overrides and files of people away that ran out, makes partitions ahead, closes
    /// months, forgets old refusals, jobs, links, sign-ups and bulk actions; returns how much was done, to call again while it is not 0.
    pub async fn sweep(&self) -> Result<i64> {
        let mut tx = self.worker(None).await?;
        let sessions = sqlx::query_scalar!("select sessions_sweep()").fetch_one(tx.conn()).await?;
        let summaries = sqlx::query_scalar!("select summarize_new_month(500)").fetch_one(tx.conn()).await?;
        let usage = sqlx::query_scalar!("select sweep_usage()").fetch_one(tx.conn()).await?;
        let overrides = sqlx::query_scalar!("select sweep_overrides(500)").fetch_one(tx.conn()).await?;
        let jobs = sqlx::query_scalar!("select sweep_jobs(500)").fetch_one(tx.conn()).await?;
        let imports = sqlx::query!("delete from imports where created_at < now() - interval '1 day'").execute(tx.conn()).await?;
        let signups = sqlx::query!("delete from signups where expires_at < now() - interval '7 days'").execute(tx.conn()).await?;
        let bulk = sqlx::query!(
            r#"
            delete from bulk_runs
            where state = 'draft' and created_at < now() - interval '1 day' or ended_at < now() - interval '180 days'
            "#,
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await?;
        let plans = self.summarize_changed_plans().await?;
        let quotas = self.sweep_quotas().await?;
        let few = [summaries, overrides, jobs].into_iter().flatten().map(i64::from).sum::<i64>();
        let gone = i64::try_from(imports.rows_affected() + signups.rows_affected() + bulk.rows_affected()).unwrap_or(i64::MAX);
        Ok(sessions.unwrap_or(0) + few + usage.unwrap_or(0) + plans + quotas + gone)
    }

    /// Adds up what all tenants used, for the console.
    pub async fn roll_platform_days(&self) -> Result<()> {
        let mut tx = self.worker(None).await?;
        sqlx::query_scalar!("select roll_platform_days()").fetch_one(tx.conn()).await?;
        tx.commit().await
    }
}
