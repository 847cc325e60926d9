//! `tenantry tenant list`: all tenants by name, page by page, so that a hundred thousand take no memory.

use serde::Serialize;

use super::operator;
use super::output::{Output, Refusal, decimal};
use crate::domain::listing::{Edge, TenantQuery};
use crate::domain::quantity::{Unit, short};
use crate::domain::slug::Slug;
use crate::domain::staff::UseConsole;
use crate::domain::status::TenantStatus;
use crate::store::plans::Plan;
use crate::store::tenant_list::TenantRow;
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// provisioning, trial, active, past_due or suspended
    #[arg(long)]
    status: Option<String>,
    /// A plan's key
    #[arg(long)]
    plan: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    slug: &'a Slug,
    name: &'a str,
    plan: &'a str,
    status: TenantStatus,
    agents: i64,
    agents_limit: Option<i64>,
    tokens: i64,
    tokens_limit: Option<i64>,
    cost_usd: String,
    owner_email: &'a str,
}

/// The key of the plan with this name; of one that is not sold any more, the name.
pub(super) fn plan_key<'a>(plans: &'a [Plan], name: &'a str) -> &'a str {
    plans.iter().find(|plan| plan.name == name).map_or(name, |plan| &plan.key)
}

fn of(used: i64, limit: Option<i64>) -> String {
    match limit {
        Some(limit) => format!("{} of {}", short(used, Unit::Count), short(limit, Unit::Count)),
        None => short(used, Unit::Count),
    }
}

fn columns(cells: [&str; 7]) -> String {
    let [slug, plan, status, agents, tokens, cost, owner] = cells;
    format!("{slug:<32} {plan:<11} {status:<12} {agents:>12} {tokens:>18} {cost:>12}  {owner}")
}

fn line(row: &TenantRow) -> String {
    let (agents, tokens) = (of(row.agents, row.agents_quota), of(row.tokens, row.tokens_quota));
    columns([row.slug.as_str(), &row.plan, row.status.label(), &agents, &tokens, &row.cost.to_string(), &row.owner_email])
}

fn document(row: &TenantRow, plans: &[Plan]) -> Result<String, Refusal> {
    let line = Line {
        slug: &row.slug,
        name: &row.name,
        plan: plan_key(plans, &row.plan),
        status: row.status,
        agents: row.agents,
        agents_limit: row.agents_quota,
        tokens: row.tokens,
        tokens_limit: row.tokens_quota,
        cost_usd: decimal(row.cost),
        owner_email: &row.owner_email,
    };
    serde_json::to_string(&line).map_err(|error| Refusal::new(format!("The result cannot be written: {error}")))
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let refusal = |error: StoreError| Refusal::of(error, "the list");
    let admin = operator();
    let mut tx = store.platform::<UseConsole>(&admin).await.map_err(refusal)?;
    let plans = tx.list_plans().await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    let status = args
        .status
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error: crate::domain::status::UnknownStatus| Refusal::field("status", error))?;
    if let Some(plan) = &args.plan
        && !plans.iter().any(|known| known.key == *plan)
    {
        let known: Vec<_> = plans.iter().map(|plan| plan.key.as_str()).collect();
        return Err(Refusal::field("plan", format!("There is no such plan. Choose {}.", known.join(", "))));
    }
    let mut query = TenantQuery::default().with_state(status).with_plan(args.plan.as_deref());
    let mut listed = 0_usize;
    if !out.is_json() {
        out.line(&columns(["SLUG", "PLAN", "STATE", "AGENTS", "TOKENS", "COST", "OWNER"]))?;
    }
    loop {
        // A statement a page: a slow reader holds no connection.
        let page = store.tenant_list(&admin, &query).await.map_err(refusal)?;
        for row in &page.rows {
            if out.is_json() {
                let start = if listed == 0 { "[\n  " } else { ", " };
                out.line(&format!("{start}{}", document(row, &plans)?))?;
            } else {
                out.line(&line(row))?;
            }
            listed += 1;
        }
        match page.next {
            Some(next) => query.edge = Some(Edge::After(next)),
            None => break,
        }
    }
    match (out.is_json(), listed) {
        (true, 0) => out.line("[]"),
        (true, _) => out.line("]"),
        (false, 0) => {
            out.note("No tenant matches.");
            Ok(())
        }
        (false, _) => Ok(()),
    }
}
