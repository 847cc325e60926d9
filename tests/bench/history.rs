//! What one consume costs with a hundred times the tenants, and with two years behind it. Servers are asked in turn, as in [`super::growth`].

use anyhow::ensure;
use sqlx::ConnectOptions as _;
use tenantry::cli::connect::{Purpose, connect};
use uuid::Uuid;

use super::Effort;
use super::counting::{self, PATH};
use super::growth::in_turn;
use super::report::Report;
use super::server::{Folder, Server};

/// Of the time at the small size.
const MOST: f64 = 1.2;

/// Every day of the 23 months before this one, of every tenant and meter, as years of use leave them. The owner writes past the policies
/// and the rollups, which it puts back.
const TWO_YEARS: &str = "
alter table tenants no force row level security;
alter table usage_days no force row level security;
alter table usage_counters no force row level security;
alter table usage_days disable trigger user;
insert into usage_days (tenant_id, meter, day, amount)
select t.id, m.key, d::date, 100
from tenants t, meters m, generate_series(this_month() - interval '23 months', this_month() - interval '1 day', '1 day') d
where m.kind = 'metered'
on conflict on constraint usage_days_pkey do nothing;
insert into usage_counters (tenant_id, meter, period_start, used, day)
select t.id, m.key, d::date, 3000, d::date
from tenants t, meters m, generate_series(this_month() - interval '23 months', this_month() - interval '1 day', '1 day') d
where m.kind = 'metered' and (m.period = 'day' or extract(day from d) = 1);
alter table usage_days enable trigger user;
alter table tenants force row level security;
alter table usage_days force row level security;
alter table usage_counters force row level security;
analyze usage_days;
analyze usage_counters";

/// A program that consumes, on one connection.
struct Program {
    client: reqwest::Client,
    url: String,
    key: String,
}

impl Program {
    async fn of(folder: &Folder, data: &str, server: &Server, old: bool) -> anyhow::Result<Self> {
        let connected = connect(&folder.config(data)?, Purpose::Command).await?;
        if old {
            let mut owner = connected.logins.owner.clone().disable_statement_logging().connect().await?;
            sqlx::raw_sql(TWO_YEARS).execute(&mut owner).await?;
        }
        let keys = counting::give_keys(&connected.logins, 1).await?;
        connected.stop().await?;
        Ok(Self { client: reqwest::Client::new(), url: format!("{}{PATH}", server.base), key: keys[0].clone() })
    }

    async fn consume(&self) -> anyhow::Result<()> {
        let body = format!("{{\"amount\":1,\"idempotency_key\":\"{}\"}}", Uuid::new_v4());
        let request = self.client.post(&self.url).bearer_auth(&self.key).header("content-type", "application/json").body(body);
        let answer = request.send().await?;
        ensure!(answer.status() == 200, "consume: {}", answer.status());
        answer.bytes().await?;
        Ok(())
    }
}

pub async fn measure(effort: &Effort, folder: &Folder, report: &mut Report) -> anyhow::Result<()> {
    for (data, tenants) in [("few", effort.small), ("many", effort.large), ("old", effort.small)] {
        folder.fill(data, tenants).await?;
    }
    let (few, many, old) = (folder.serve("few", &[])?, folder.serve("many", &[])?, folder.serve("old", &[])?);
    let few = Program::of(folder, "few", &few, false).await?;
    let many = Program::of(folder, "many", &many, false).await?;
    let old = Program::of(folder, "old", &old, true).await?;
    report.heading("Consume, median of one request", ["before", "after", "", "ratio"]);
    for (name, grown) in [(format!("{} to {} tenants", effort.small, effort.large), &many), ("1 to 24 months of history".to_owned(), &old)]
    {
        let (before, after) = in_turn(effort, async || few.consume().await, async || grown.consume().await).await?;
        report.growth(&name, before, after, MOST);
    }
    Ok(())
}
