//! `tenantry tenant invite`: invites somebody to a tenant and shows the link that works once.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::FieldError;
use crate::domain::agent::take;
use crate::domain::email::Email;
use crate::domain::role::Role;
use crate::domain::staff::HelpTenants;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    #[arg(long)]
    email: String,
    /// owner, admin, member or viewer
    #[arg(long)]
    role: String,
}

pub async fn run(args: Args, store: &Store, base_url: &str, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let mut errors: Vec<FieldError> = Vec::new();
    let email = take::<Email>(&mut errors, "email", &args.email);
    let role = take::<Role>(&mut errors, "role", &args.role);
    let (Some(email), Some(role)) = (email, role) else { return Err(Refusal::fields(errors)) };
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<HelpTenants>(&operator()).await.map_err(refusal)?;
    let token = tx.invite(&slug, &email, role).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    let invite_url = format!("{base_url}/invite/{}", token.reveal());
    if out.is_json() {
        return out.document(&json!({ "slug": slug, "email": email, "role": role.as_str(), "invite_url": invite_url }));
    }
    out.line(&format!("Hand this link to {}. It works once, for 7 days: {invite_url}", email.as_str()))
}
