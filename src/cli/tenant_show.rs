//! `tenantry tenant show`: one tenant as the console's detail page has it.

use serde_json::{Map, Value, json};

use super::operator;
use super::output::{Output, Refusal, decimal};
use super::tenant_list::plan_key;
use crate::domain::money::Usd;
use crate::domain::quantity::{Unit, count, short};
use crate::domain::quota::{Level, Quota};
use crate::domain::slug::Slug;
use crate::domain::staff::UseConsole;
use crate::domain::staff_facts::Region;
use crate::domain::when::{day, minute};
use crate::store::Store;
use crate::store::plans::Plan;
use crate::store::tenant_detail::TenantDetail;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
}

/// A tenant's slug from the command line: whoever types something else named no tenant.
pub(super) fn slug_of(text: &str) -> Result<Slug, Refusal> {
    text.parse().map_err(|_| Refusal::new(format!("Not found: the tenant {}.", text.escape_debug())))
}

fn document(tenant: &TenantDetail, plans: &[Plan], base_url: &str) -> Value {
    let members: Map<String, Value> = tenant.members.iter().map(|(role, n)| (role.as_str().to_owned(), json!(n))).collect();
    let days: Vec<_> = tenant
        .days
        .iter()
        .map(|day| json!({ "day": day.day, "messages": day.messages, "tokens": day.tokens, "cost_usd": decimal(day.cost) }))
        .collect();
    let setup = tenant.setup.as_ref();
    json!({
        "slug": tenant.slug,
        "name": tenant.name,
        "plan": plan_key(plans, &tenant.plan),
        "plan_version": tenant.plan_version,
        "price_usd": decimal(tenant.price),
        "contract": tenant.contract,
        "status": tenant.status,
        "status_since": tenant.status_since,
        "status_reason": tenant.status_reason,
        "trial_ends_at": tenant.trial_ends_at,
        "billing_email": tenant.billing_email,
        "owner_email": tenant.owner_email,
        "region": tenant.region.map(Region::as_str),
        "tags": tenant.tags.as_slice(),
        "created_at": tenant.created_at,
        "agents": tenant.agents,
        "agents_limit": tenant.agents_quota,
        "tokens": tenant.tokens,
        "tokens_limit": tenant.tokens_quota,
        "storage_bytes": tenant.storage_bytes,
        "storage_limit": tenant.storage_quota,
        "cost_usd": decimal(tenant.cost),
        "budget_usd": tenant.budget.map(decimal),
        "members": members,
        "days": days,
        "activity": tenant.activity,
        "setup_url": setup.map(|(token, _)| format!("{base_url}/invite/{}", token.reveal())),
        "setup_expires_at": setup.map(|(_, expires_at)| expires_at),
        "dashboard_url": format!("{base_url}/t/{}", tenant.slug),
    })
}

fn bar(label: &str, level: Level) -> String {
    let quota = Quota { label: label.to_owned(), level, resets: None };
    format!("{label:<12} {} ({})", quota.text(), quota.state().word())
}

fn lines(tenant: &TenantDetail, base_url: &str) -> Vec<String> {
    let units = |used, limit, unit| Level::Units { used, limit, unit };
    let members: i64 = tenant.members.iter().map(|(_, n)| n).sum();
    let roles: Vec<_> =
        tenant.members.iter().map(|(role, n)| format!("{n} {}{}", role.label().to_lowercase(), if *n == 1 { "" } else { "s" })).collect();
    let roles = if roles.is_empty() { "nobody yet".to_owned() } else { roles.join(", ") };
    let messages: i64 = tenant.days.iter().map(|day| day.messages).sum();
    let cost: Usd = Usd(tenant.days.iter().map(|day| day.cost.0).sum());
    let price = if tenant.contract { "by contract" } else { "list price" };
    let mut lines = vec![
        format!("{} ({})", tenant.name, tenant.slug),
        String::new(),
        format!("{:<12} {} since {}", "State", tenant.status.label(), day(tenant.status_since.date_naive())),
    ];
    lines.extend(tenant.status_reason.iter().map(|reason| format!("{:<12} {reason}", "Reason")));
    lines.extend(tenant.trial_ends_at.iter().map(|ends| format!("{:<12} {}", "Trial ends", minute(*ends))));
    lines.extend([
        format!("{:<12} {} version {}, {} a month, {price}", "Plan", tenant.plan, tenant.plan_version, tenant.price),
        format!("{:<12} {}", "Owner", tenant.owner_email),
        format!("{:<12} {}", "Billing", tenant.billing_email),
        format!("{:<12} {}", "Region", tenant.region.map_or("not noted", Region::label)),
        format!("{:<12} {}", "Created", day(tenant.created_at.date_naive())),
        format!("{:<12} {}", "Dashboard", format_args!("{base_url}/t/{}", tenant.slug)),
    ]);
    if let Some((token, expires_at)) = &tenant.setup {
        lines.push(format!("{:<12} {base_url}/invite/{} until {}", "Set-up link", token.reveal(), minute(*expires_at)));
    }
    lines.extend([
        String::new(),
        bar("Agents", units(tenant.agents, tenant.agents_quota, Unit::Count)),
        bar("Tokens", units(tenant.tokens, tenant.tokens_quota, Unit::Count)),
        bar("Storage", units(tenant.storage_bytes, tenant.storage_quota, Unit::Bytes)),
        bar("Budget", Level::Money { used: tenant.cost, limit: tenant.budget }),
        format!("{:<12} {members} ({roles})", "Members"),
        format!(
            "{:<12} {} messages, {cost}",
            "30 days",
            if messages < 10_000_000 { count(messages) } else { short(messages, Unit::Count) }
        ),
    ]);
    if !tenant.activity.is_empty() {
        lines.push(String::new());
    }
    lines.extend(tenant.activity.iter().map(|event| format!("{}  {} {}", minute(event.at), event.actor, event.sentence())));
    lines
}

pub async fn run(args: Args, store: &Store, base_url: &str, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<UseConsole>(&operator()).await.map_err(refusal)?;
    let tenant = tx.get_tenant(&slug).await.map_err(refusal)?;
    let plans = tx.list_plans().await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&document(&tenant, &plans, base_url));
    }
    lines(&tenant, base_url).iter().try_for_each(|line| out.line(line))
}
