//! The archive of a tenant: what stands in it, by which names, and what is too much to be one.
//!
//! A gzipped tar with one `tables/{table}.jsonl` a table (JSON Lines), the audit log as its own download has it (`audit.jsonl`), the files of
//! knowledge documents (`files/{document}`), and, last, `manifest.json`, which names all others with their SHA-256, bytes and rows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Of this layout: names, manifest, how values are written.
pub const FORMAT: u32 = 1;
/// Of the tables: another one is refused. Raised with every migration that changes what an exported table has.
pub const SCHEMA: u32 = 1;

pub const MANIFEST: &str = "manifest.json";
pub const AUDIT: &str = "audit.jsonl";

/// The manifest names every file: some hundred bytes each.
pub const MAX_MANIFEST: u64 = 64 * 1024 * 1024;
/// Documents and tables together.
pub const MAX_ENTRIES: usize = 200_000;
/// Longest line of a table: an image of 2 MiB in base64 and what stands beside it.
pub const MAX_LINE: usize = 4 * 1024 * 1024;
/// An archive that is uploaded, in bytes: it stands on a disk of the server's while it is read. The command line takes larger ones.
pub const MAX_UPLOAD: u64 = 2_000_000_000;
/// All files together, unpacked.
pub const MAX_BYTES: u64 = 1 << 40;
/// How much more may come out than went in. Text of one word repeated reaches some hundreds, which nobody's data does.
pub const MAX_RATIO: u64 = 200;
/// Before this much came out, nobody asks for the ratio.
pub const RATIO_FROM: u64 = 16 * 1024 * 1024;

/// What an archive says of itself. Unknown fields are refused: they would be lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`]
    pub tenantry_export: u32,
    /// [`SCHEMA`]
    pub schema: u32,
    /// Of the snapshot: what was committed later is not in it.
    pub made_at: DateTime<Utc>,
    pub tenant: TenantFacts,
    /// Where the tenant's audit log ended.
    pub audit: AuditHead,
    pub files: BTreeMap<String, FileFacts>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    /// In hex.
    pub sha256: String,
    pub bytes: u64,
    /// Of a file of JSON Lines.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditHead {
    pub seq: i64,
    /// In hex; empty for none.
    pub hash: String,
}

/// The tenant itself. Money is text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantFacts {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub status: String,
    pub status_reason: Option<String>,
    pub plan: String,
    pub plan_version: i32,
    pub contract_price_usd: Option<String>,
    pub monthly_budget_usd: Option<String>,
    pub billing_email: String,
    pub owner_email: String,
    pub accent: String,
    pub trial_ends_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub require_second_factor: bool,
    pub allowed_models: Vec<String>,
    pub default_model: Option<String>,
}

/// A file of an archive by what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry<'a> {
    Manifest,
    Audit,
    Table(&'a str),
    /// Of the document with this id.
    File(Uuid),
}

/// Why a name is no file of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    #[error("leads out of the archive")]
    Outside,
    #[error("is no file of an archive")]
    Unknown,
}

impl<'a> Entry<'a> {
    /// # Errors
    /// For every name that this program does not write.
    pub fn of(name: &'a str) -> Result<Self, BadName> {
        if name.starts_with('/') || name.contains('\\') || name.split('/').any(|part| part == "..") {
            return Err(BadName::Outside);
        }
        if name == MANIFEST {
            return Ok(Entry::Manifest);
        }
        if name == AUDIT {
            return Ok(Entry::Audit);
        }
        if let Some(table) = name.strip_prefix("tables/").and_then(|rest| rest.strip_suffix(".jsonl"))
            && !table.is_empty()
            && table.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
        {
            return Ok(Entry::Table(table));
        }
        // As it is written, so that no two names mean one file.
        match name.strip_prefix("files/").and_then(|id| id.parse::<Uuid>().ok().filter(|parsed| parsed.to_string() == id)) {
            Some(id) => Ok(Entry::File(id)),
            None => Err(BadName::Unknown),
        }
    }
}

pub fn table_file(table: &str) -> String {
    format!("tables/{table}.jsonl")
}

pub fn document_file(document: Uuid) -> String {
    format!("files/{document}")
}

/// `acme-2026-11-30.tar.gz`
pub fn file_name(slug: &str, made_at: DateTime<Utc>) -> String {
    format!("{slug}-{}.tar.gz", made_at.format("%Y-%m-%d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_this_program_writes_are_known_and_no_others() {
        let id = Uuid::from_u128(7);
        for (name, entry) in [
            ("manifest.json", Entry::Manifest),
            ("audit.jsonl", Entry::Audit),
            (table_file("agents").as_str(), Entry::Table("agents")),
            (document_file(id).as_str(), Entry::File(id)),
        ] {
            assert_eq!(Entry::of(name), Ok(entry), "{name}");
        }
        for name in ["/etc/passwd", "../up", "files/../../up", "tables/..\\up.jsonl", "/"] {
            assert_eq!(Entry::of(name), Err(BadName::Outside), "{name}");
        }
        for name in [
            "",
            "notes.txt",
            "tables/.jsonl",
            "tables/Agents.jsonl",
            "tables/a/b.jsonl",
            "files/",
            "files/7",
            "./manifest.json",
            "files/00000000000000000000000000000007",
        ] {
            assert_eq!(Entry::of(name), Err(BadName::Unknown), "{name}");
        }
    }
}
