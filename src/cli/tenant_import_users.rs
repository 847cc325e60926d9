//! `tenantry tenant import-users`: invites the people of a CSV file and shows their links. Every bad line is said; nobody is invited unless
//! all are good, or the bad ones are to be skipped.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::FieldError;
use crate::domain::quantity;
use crate::domain::roster::{BadLine, MAX_BYTES, Roster};
use crate::domain::staff::HelpTenants;
use crate::store::inviting::Imported;
use crate::store::{Store, StoreError};

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    /// A file with the header name,email,role
    #[arg(long)]
    csv: PathBuf,
    /// Leave out lines that are bad, and invite the others
    #[arg(long)]
    skip_bad: bool,
}

/// No more than is looked at.
fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let cannot = |error: std::io::Error| Refusal::field("csv", format!("{} cannot be read: {error}", path.display()));
    let mut content = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut content)).map_err(cannot)?;
    Ok(content)
}

fn line_errors(bad: &[BadLine]) -> Vec<FieldError> {
    bad.iter().map(|line| FieldError::new(&format!("line {}", line.line), &line.message)).collect()
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub async fn run(args: Args, store: &Store, base_url: &str, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let mut roster = Roster::read(&read(&args.csv)?).map_err(|error| Refusal::field("csv", error))?;
    let what = format!("the tenant {slug}");
    let refusal = |error| Refusal::of(error, &what);
    let mut tx = store.platform::<HelpTenants>(&operator()).await.map_err(refusal)?;
    let imported = tx.import_roster(&slug, &mut roster, args.skip_bad).await;
    let made = match imported {
        Ok(Imported::Made(made)) => made,
        Ok(Imported::Refused) => return Err(Refusal::fields(line_errors(&roster.bad))),
        Err(StoreError::AtLimit(limit)) => {
            let missing = limit.used + count(roster.good.len()) - limit.limit;
            return Err(Refusal::new(format!("{limit} {} too many; nobody was invited.", quantity::plural(missing, "person", "people"))));
        }
        Err(error) => return Err(refusal(error)),
    };
    let invites: Vec<_> =
        roster.good.iter().zip(made).map(|(line, id)| (line, format!("{base_url}/invite/{}", tx.invite_token(id).reveal()))).collect();
    tx.commit().await.map_err(refusal)?;
    if out.is_json() {
        let invites: Vec<_> = invites
            .iter()
            .map(|(line, url)| json!({ "line": line.line, "email": line.invite.email, "role": line.invite.role.as_str(), "invite_url": url }))
            .collect();
        return out.document(&json!({ "slug": slug, "invited": invites.len(), "invites": invites, "skipped": roster.bad }));
    }
    for line in &roster.bad {
        out.note(&format!("Skipped line {}: {}", line.line, line.message));
    }
    for (line, url) in &invites {
        out.line(&format!("{}  {url}", line.invite.email))?;
    }
    out.line(&format!(
        "{} invited to {slug}. Hand each their link: it works once, for 7 days.",
        quantity::plural(count(invites.len()), "person is", "people are")
    ))
}
