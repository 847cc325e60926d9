//! `tenantry tenant upgrade`: another plan at once, dearer or cheaper; what the month then costs follows from its days.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal, decimal};
use super::tenant_show::slug_of;
use crate::domain::staff::ManageTenantPlans;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    /// The new plan's key, such as pro
    #[arg(long)]
    plan: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}, or the plan {}", args.plan);
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<ManageTenantPlans>(&operator()).await.map_err(refusal)?;
    let (from, to) = tx.change_plan(&slug, &args.plan).await.map_err(refusal)?;
    let draft = tx.month_so_far(&slug).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        let lines: Vec<_> = draft
            .lines
            .iter()
            .map(|line| json!({ "kind": line.kind, "description": line.text, "amount_usd": decimal(line.amount) }))
            .collect();
        let invoice = json!({ "month": draft.month, "lines": lines, "total_usd": decimal(draft.total()) });
        return out.document(&json!({ "slug": slug, "plan": args.plan, "next_invoice": invoice }));
    }
    out.line(&format!("{slug} has {} now, {} before. The invoice for this month, so far:", to.name, from.name))?;
    for line in &draft.lines {
        out.line(&format!("  {:>12}  {}", line.amount.to_string(), line.text))?;
    }
    out.line(&format!("  {:>12}  total", draft.total().to_string()))
}
