//! `tenantry tenant export`: everything of a tenant, as an archive.

use std::path::PathBuf;

use serde_json::json;

use super::operator;
use super::output::{Output, Refusal};
use super::tenant_show::slug_of;
use crate::domain::quantity::{self, Unit};
use crate::domain::when;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct Args {
    slug: String,
    /// The archive to be made; the file must not be there yet
    #[arg(long)]
    output: PathBuf,
}

pub async fn run(args: Args, store: &Store, out: &Output) -> Result<(), Refusal> {
    let slug = slug_of(&args.slug)?;
    let what = format!("the tenant {slug}");
    let made = store.export_to_file(&operator(), &slug, &args.output).await.map_err(|error| Refusal::of(error, &what))?;
    let file = args.output.display().to_string();
    if out.is_json() {
        return out.document(&json!({
            "slug": slug, "output": file, "sha256": made.sha256, "bytes": made.bytes, "rows": made.rows, "documents": made.documents,
            "made_at": made.made_at,
        }));
    }
    let size = quantity::short(i64::try_from(made.bytes).unwrap_or(i64::MAX), Unit::Bytes);
    out.line(&format!(
        "{file}: {slug} as it was at {}, {} rows and {} documents, {size}.",
        when::minute(made.made_at),
        made.rows,
        made.documents
    ))?;
    out.line(&format!("SHA-256 {}", made.sha256))
}
