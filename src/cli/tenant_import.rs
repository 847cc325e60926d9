//! `tenantry tenant import`: a new tenant of an archive, of this or another installation. The archive is verified before anything is written.

use std::path::PathBuf;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::quantity::plural;
use crate::edge::api::platform::import_words::ImportFacts;
use crate::store::moving::import::{Imported, LeftOut, NotImported};
use crate::store::moving::unpack::{BadArchive, check};
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// An archive that `tenant export`, the console or the portal made
    file: PathBuf,
    /// The new tenant's slug; else the one that it had
    #[arg(long)]
    slug: Option<String>,
    /// A plan, by its key, in the version that is sold now; else the plan and version that it had
    #[arg(long)]
    plan: Option<String>,
}

fn refusal(error: NotImported) -> Refusal {
    let how = match error {
        NotImported::Store(error @ (StoreError::Forbidden | StoreError::NotFound)) => return Refusal::of(error, "an import"),
        NotImported::Store(error) => return Refusal::of(error, "the archive"),
        NotImported::NoSuchVersion { .. } => " Say it with --plan.",
        NotImported::SlugTaken(_) => " Say it with --slug.",
        NotImported::Archive(_)
        | NotImported::Row { .. }
        | NotImported::NoSuchPlan(_)
        | NotImported::Facts { .. }
        | NotImported::Files(_) => "",
    };
    Refusal::new(format!("{error}{how} Nothing was imported."))
}

pub async fn run(args: Args, store: &Store, base_url: &str, out: &Output) -> Result<(), Refusal> {
    let slug = args.slug.as_deref().map(slug_of).transpose()?;
    let path = args.file.clone();
    let checked = tokio::task::spawn_blocking(move || check(&path)).await;
    let checked =
        checked.unwrap_or_else(|_| Err(BadArchive::NoArchive("reading it failed".to_owned()))).map_err(|error| refusal(error.into()))?;
    let imported = store.import(&operator(), &checked, slug, args.plan.as_deref()).await.map_err(refusal)?;
    say(imported, base_url, out)
}

fn say(imported: Imported, base_url: &str, out: &Output) -> Result<(), Refusal> {
    if out.is_json() {
        return out.document(&ImportFacts::from(imported));
    }
    let Imported { slug, name, status, rows, documents, made, joined, left } = imported;
    let all: u64 = rows.values().sum();
    out.line(&format!("{name} is here as {slug}, {}: {all} rows and {documents} documents.", status.label().to_lowercase()))?;
    let people = |n: usize| plural(i64::try_from(n).unwrap_or(i64::MAX), "person has", "people have");
    if !made.is_empty() {
        out.line(&format!("{} a new account without a password. Each sets one at {base_url}/reset:", people(made.len())))?;
        for email in &made {
            out.line(&format!("  {email}"))?;
        }
    }
    if !joined.is_empty() {
        out.line(&format!("{} an account here already, and the tenant beside their others:", people(joined.len())))?;
        for email in &joined {
            out.line(&format!("  {email}"))?;
        }
    }
    if rows.contains_key("domains") {
        out.line("Its domains have to be proved again: the records to set are on the tenant's page “Domains”.")?;
    }
    for LeftOut { count, what } in left {
        out.line(&format!("Not taken over: {count} {what}"))?;
    }
    Ok(())
}
