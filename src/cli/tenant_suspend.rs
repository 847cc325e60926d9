//! `tenantry tenant suspend`: stops a tenant, with a reason that its people are shown.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::store::Store;

/// The longest reason, in characters.
const MAX_REASON: usize = 500;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    /// Shown to the tenant's people
    #[arg(long)]
    reason: String,
}

fn parse_reason(text: &str) -> Result<&str, Refusal> {
    let reason = text.trim();
    if reason.is_empty() {
        return Err(Refusal::field("reason", "Say why: the tenant's people are shown it."));
    }
    if reason.chars().count() > MAX_REASON {
        return Err(Refusal::field("reason", format!("Use at most {MAX_REASON} characters.")));
    }
    Ok(reason)
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let reason = parse_reason(&args.reason)?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform(&operator()).await.map_err(refusal)?;
    tx.suspend_tenant(&slug, reason).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "status": "suspended", "reason": reason }));
    }
    out.line(&format!("{slug} is suspended. `tenantry tenant resume {slug}` lets it go on."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_said_and_not_a_novel() {
        assert_eq!(parse_reason(" unpaid "), Ok("unpaid"));
        assert!(parse_reason("  ").is_err() && parse_reason(&"x".repeat(501)).is_err());
    }
}
