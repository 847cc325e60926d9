//! `tenantry tenant create`: a tenant and its owner's one-time set-up link. From a template it is made in steps, which are done before this ends.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::setting_up::set_up;
use crate::domain::new_tenant::{NewTenant, NewTenantForm};
use crate::domain::staff::ManageTenants;
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long)]
    name: String,
    /// Its name in addresses: lower-case letters, digits and hyphens
    #[arg(long)]
    slug: String,
    /// A plan's key, such as free, starter, pro or enterprise; else the template's
    #[arg(long, required_unless_present_any = ["template", "sample_data"])]
    plan: Option<String>,
    #[arg(long)]
    owner_email: String,
    /// 0 to 365; 0 is no trial
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    trial_days: String,
    /// In US dollars, such as 1000 or 49.50
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    monthly_budget: String,
    /// Else the owner's
    #[arg(long, default_value = "", hide_default_value = true)]
    billing_email: String,
    #[arg(long, value_parser = limit())]
    max_agents: Option<i64>,
    #[arg(long, value_parser = limit())]
    max_monthly_tokens: Option<i64>,
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000))]
    max_storage_gb: Option<i64>,
    #[arg(long, value_parser = limit())]
    max_concurrent_sessions: Option<i64>,
    /// The key of a template to begin with
    #[arg(long)]
    template: Option<String>,
    /// With the template's made-up documents and conversations; without a template those of customer-support
    #[arg(long)]
    sample_data: bool,
}

fn limit() -> clap::builder::RangedI64ValueParser<i64> {
    clap::value_parser!(i64).range(0..=1_000_000_000_000_000)
}

impl Args {
    /// `plan` is the template's.
    fn parse(self, plan: Option<String>) -> Result<NewTenant, Refusal> {
        let quotas = [
            ("agents", self.max_agents),
            ("tokens", self.max_monthly_tokens),
            ("storage", self.max_storage_gb.map(|gb| gb.saturating_mul(1_000_000_000))),
            ("sessions", self.max_concurrent_sessions),
        ];
        let form = NewTenantForm {
            name: self.name,
            slug: self.slug,
            plan: self.plan.or(plan).unwrap_or_default(),
            owner_email: self.owner_email,
            trial_days: self.trial_days,
            monthly_budget: self.monthly_budget,
            billing_email: self.billing_email,
        };
        let new = form.parse().map_err(Refusal::fields)?;
        Ok(NewTenant { quotas: quotas.into_iter().filter_map(|(meter, quota)| Some((meter, quota?))).collect(), ..new })
    }
}

pub async fn run(args: Args, store: &Store, base_url: &str, out: &Output) -> Result<(), Refusal> {
    let refusal = |error| match error {
        // Of what creating looks up, only the plan can be missing.
        StoreError::NotFound => Refusal::field("plan", "There is no such plan."),
        error => Refusal::of(error, "the tenant"),
    };
    let mut tx = store.platform::<ManageTenants>(&operator()).await.map_err(refusal)?;
    let sample = args.sample_data;
    let template = tx.find_template(args.template.as_deref().unwrap_or_default(), sample).await.map_err(refusal)?;
    let new = args.parse(template.as_ref().and_then(|template| template.plan.clone()))?;
    let (slug, status, token) = match template {
        Some(template) => {
            let begun = tx.create_from_template(&new, &template, sample).await.map_err(refusal)?;
            tx.commit().await.map_err(refusal)?;
            set_up(store, &begun, out).await?
        }
        None => {
            let created = tx.create_tenant(&new).await.map_err(refusal)?;
            tx.commit().await.map_err(refusal)?;
            (created.slug, created.status, created.setup_token)
        }
    };
    let dashboard = format!("{base_url}/t/{slug}");
    let setup = format!("{base_url}/invite/{}", token.reveal());
    if out.is_json() {
        return out.document(&json!({
            "slug": slug, "name": new.name, "status": status, "plan": new.plan, "owner_email": new.owner_email,
            "dashboard_url": dashboard, "setup_url": setup,
        }));
    }
    out.line(&format!("{} ({slug}) is created: {}, plan {}.", new.name, status.label().to_lowercase(), new.plan))?;
    out.line(&format!("Dashboard    {dashboard}"))?;
    out.line(&format!("Set-up link  {setup}"))?;
    out.line(&format!("The link works once, for {}, within 7 days.", new.owner_email))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Args {
        Args {
            name: "Acme".into(),
            slug: "acme".into(),
            plan: Some("pro".into()),
            owner_email: "owner@acme.example".into(),
            trial_days: String::new(),
            monthly_budget: String::new(),
            billing_email: String::new(),
            max_agents: None,
            max_monthly_tokens: None,
            max_storage_gb: Some(2),
            max_concurrent_sessions: Some(0),
            template: None,
            sample_data: false,
        }
    }

    #[test]
    fn limits_become_quotas_in_the_meters_units() {
        assert_eq!(args().parse(None).map(|new| new.quotas), Ok(vec![("storage", 2_000_000_000), ("sessions", 0)]));
    }

    #[test]
    fn bad_input_is_refused_by_field() {
        let Err(Refusal::Refused { errors, .. }) = (Args { slug: "A b".into(), trial_days: "-1".into(), ..args() }).parse(None) else {
            panic!("two fields are wrong")
        };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["slug", "trial_days"]);
    }
}
