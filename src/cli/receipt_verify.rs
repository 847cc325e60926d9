//! `tenantry receipt verify FILE`: does the receipt of a purge hold? Needs no database, no server and no configuration.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use serde_json::json;

use super::output::{Output, Refusal};
use crate::domain::receipt::SignedReceipt;
use crate::domain::when;

/// A receipt names tables, of which there are some dozens.
const MAX_BYTES: u64 = 1024 * 1024;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The receipt as the console gave it
    file: PathBuf,
    /// The platform's public key, as its page “Purged” shows it; without it any key will do
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
}

fn read(args: &Args) -> Result<SignedReceipt, Refusal> {
    let name = args.file.display();
    let mut text = String::new();
    File::open(&args.file)
        .and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
        .map_err(|error| Refusal::field("file", format!("{name} cannot be read: {error}")))?;
    serde_json::from_str(&text).map_err(|error| Refusal::field("file", format!("{name} is no receipt: {error}")))
}

pub fn run(args: &Args, out: &Output) -> Result<(), Refusal> {
    let signed = read(args)?;
    let found = signed.verify(args.key.as_deref());
    let receipt = &signed.receipt;
    if out.is_json() {
        let why = found.err().map(|bad| bad.to_string());
        out.document(&json!({ "good": found.is_ok(), "why": why, "tenant": receipt.slug, "public_key": signed.public_key }))?;
    }
    match found {
        Err(bad) => Err(Refusal::new(format!("{} is not good: {bad}.", args.file.display()))),
        Ok(()) if out.is_json() => Ok(()),
        Ok(()) => {
            let rows: i64 = receipt.rows.values().sum();
            out.line(&format!(
                "The receipt holds: {} ({}) was removed at {}, with {rows} rows, {} files and {} accounts.",
                receipt.slug,
                receipt.tenant_id,
                when::minute(receipt.purged_at),
                receipt.files,
                receipt.accounts
            ))?;
            match args.key {
                Some(_) => out.line("It was signed by the platform with this key."),
                None => out.line(&format!(
                    "It was signed with the key {}. With --key this says whether that is the platform's.",
                    signed.public_key
                )),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_receipt_is_refused() {
        let path = std::env::temp_dir().join(format!("tenantry-receipt-{}", uuid::Uuid::new_v4()));
        for text in ["", "{}", "[]", "{\"receipt\": {}, \"public_key\": \"\", \"signature\": \"\"}"] {
            std::fs::write(&path, text).expect("written");
            let args = Args { file: path.clone(), key: None };
            assert!(run(&args, &Output::new(false)).is_err(), "{text}");
        }
        std::fs::remove_file(&path).expect("removed");
        assert!(run(&Args { file: path, key: None }, &Output::new(true)).is_err());
    }
}
