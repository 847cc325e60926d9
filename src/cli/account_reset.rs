//! `tenantry account reset-second-factor`: for who has lost phone and recovery codes.

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use crate::domain::email::Email;
use crate::domain::staff::HelpTenants;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Make sure that it is they who ask: afterwards the password alone signs in
    #[arg(long)]
    email: String,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let email: Email = args.email.parse().map_err(|error| Refusal::field("email", error))?;
    let what = format!("the account {email}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<HelpTenants>(&operator()).await.map_err(refusal)?;
    tx.reset_second_factor(&email).await.map_err(refusal)?;
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        return out.document(&json!({ "email": email, "second_factor": false }));
    }
    out.line(&format!(
        "{email} signs in with the password alone. They should set a second factor up again, and take a password of 15 characters."
    ))
}
