//! `tenantry demo`: fills the platform with demo data and says who can sign in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;

use super::output::{Output, Refusal};
use super::{Surroundings, operator};
use crate::domain::quantity::count;
use crate::store::demo::{ACCOUNTS, DemoPlan, DemoProgress, DemoSummary, analyze};
use crate::store::passwords::Passwords;
use crate::store::{Result as StoreResult, Store};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many tenants there are afterwards, those that exist included
    #[arg(long, default_value_t = 127, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    tenants: u32,
}

/// What came of it; the password only when this call made the accounts and had to choose one.
pub struct Filled {
    pub summary: DemoSummary,
    pub password: Option<SecretString>,
}

impl Filled {
    /// Who can sign in, where, and with what.
    pub fn sign_in_text(&self, base_url: &str) -> String {
        let accounts: String = ACCOUNTS.iter().map(|(email, what)| format!("  {email:<26} {what}\n")).collect();
        let password = match (&self.password, self.summary.existed) {
            (Some(password), _) => format!("with the password {} (shown this once)", password.expose_secret()),
            (None, true) => "with the password that was shown or set when the demo was made".to_owned(),
            (None, false) => "with the password of TENANTRY_DEMO_PASSWORD".to_owned(),
        };
        format!("Sign in at {base_url}/login as\n{accounts}{password}")
    }
}

/// 24 characters that nobody guesses, for a password that is shown once.
pub fn random_password() -> SecretString {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 18]>()).into()
}

/// Fills up to `plan` with the given password for the demo accounts, or a random one. Also for `serve --demo`.
pub async fn fill(
    store: &Store,
    owner: Option<&PgConnectOptions>,
    plan: DemoPlan,
    given: Option<&SecretString>,
    progress: impl FnMut(DemoProgress),
) -> StoreResult<Filled> {
    let password = given.cloned().unwrap_or_else(random_password);
    let hash = Passwords::default().hash(password.clone()).await?;
    let summary = store.fill_demo(&operator(), plan, hash, progress).await?;
    if let (Some(owner), true) = (owner, summary.created > 0)
        && let Err(error) = analyze(owner).await
    {
        tracing::info!(%error, "the planner's statistics follow later");
    }
    Ok(Filled { summary, password: (given.is_none() && !summary.existed).then_some(password) })
}

pub async fn run(args: Args, store: &Store, around: &Surroundings, out: &Output) -> Result<(), Refusal> {
    let plan = DemoPlan { tenants: usize::try_from(args.tenants).unwrap_or(usize::MAX) };
    let number = |n: usize| count(i64::try_from(n).unwrap_or(i64::MAX));
    let filled = fill(store, around.owner.as_ref(), plan, around.demo_password.as_ref(), |progress| {
        out.note(&format!("{} of {} tenants", number(progress.created), number(progress.wanted)));
    })
    .await
    .map_err(|error| Refusal::of(error, "the demo"))?;
    let password = filled.password.as_ref().map(|password| password.expose_secret().to_owned());
    if out.is_json() {
        let accounts: Vec<_> = ACCOUNTS.iter().map(|(email, what)| json!({ "email": email, "what": what })).collect();
        let DemoSummary { created, tenants, existed } = filled.summary;
        return out.document(&json!({
            "created": created, "tenants": tenants, "existed": existed, "base_url": around.base_url, "accounts": accounts, "password": password,
        }));
    }
    match (filled.summary.existed, filled.summary.created) {
        (true, 0) => {
            out.line(&format!("The demo is there already; {} tenants in all. Nothing was changed.", number(filled.summary.tenants)))?
        }
        (_, created) => out.line(&format!("{} tenants made; {} in all.", number(created), number(filled.summary.tenants)))?,
    }
    out.line(&filled.sign_in_text(&around.base_url))
}
