//! `tenantry tenant clone`: another tenant like one that there is; its steps are done before this ends.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::setting_up::set_up;
use super::tenant_show::slug_of;
use crate::domain::clone_form::CloneForm;
use crate::domain::staff::ManageTenants;
use crate::store::Store;
use crate::store::provisioning::NewClone;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tenant to clone
    source: String,
    /// The clone's name in addresses: lower-case letters, digits and hyphens
    #[arg(long)]
    slug: String,
    #[arg(long)]
    name: String,
    #[arg(long)]
    owner_email: String,
    /// 0 to 365; 0 is no trial
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    trial_days: String,
    /// Documents and conversations too
    #[arg(long)]
    with_data: bool,
}

pub async fn run(args: Args, store: &Store, base_url: &str, out: &Output) -> Result<(), Refusal> {
    let source = slug_of(&args.source)?;
    let form = CloneForm {
        name: args.name,
        slug: args.slug,
        owner_email: args.owner_email,
        trial_days: args.trial_days,
        with_data: args.with_data,
    };
    let new = form.parse().map_err(Refusal::fields)?;
    let what = format!("the tenant {source}");
    let refusal = |error| Refusal::of(error, &what);
    let clone =
        NewClone { slug: new.slug, name: new.name, owner_email: new.owner_email, trial_days: new.trial_days, with_data: form.with_data };
    let mut tx = store.platform::<ManageTenants>(&operator()).await.map_err(refusal)?;
    let begun = tx.clone_tenant(&source, &clone).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    let (slug, status, token) = set_up(store, &begun, out).await?;
    let (dashboard, setup) = (format!("{base_url}/t/{slug}"), format!("{base_url}/invite/{}", token.reveal()));
    if out.is_json() {
        return out.document(&json!({
            "slug": slug, "name": clone.name, "status": status, "cloned_from": source, "owner_email": clone.owner_email,
            "dashboard_url": dashboard, "setup_url": setup,
        }));
    }
    out.line(&format!("{} ({slug}) is there: a clone of {source}, {}.", clone.name, status.label().to_lowercase()))?;
    out.line(&format!("Dashboard    {dashboard}"))?;
    out.line(&format!("Set-up link  {setup}"))?;
    out.line(&format!("The link works once, for {}, within 7 days.", clone.owner_email))
}
