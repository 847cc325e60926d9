//! Why an archive is refused, in words for whoever brought it.

use crate::domain::archive::{BadName, FORMAT, MAX_BYTES, MAX_ENTRIES, MAX_RATIO, SCHEMA};

/// Why an archive is refused. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum BadArchive {
    #[error("It cannot be read: {0}")]
    Unreadable(std::io::Error),
    #[error("It is no archive of a tenant: {0}")]
    NoArchive(String),
    #[error("It holds `{name}`, which {why}.")]
    Name { name: String, why: BadName },
    #[error("It holds `{name}`, which is {kind} and no file.")]
    NoFile { name: String, kind: &'static str },
    #[error("It holds `{0}` twice.")]
    Twice(String),
    #[error("`{0}` is not in its place: tables come in their order, then the audit log, documents, and the manifest.")]
    Misplaced(String),
    #[error("It has no manifest.")]
    NoManifest,
    #[error("Its manifest cannot be read: {0}")]
    Manifest(String),
    #[error("It was made by another version: format {found}, and this program reads format {FORMAT}.")]
    Format { found: u32 },
    #[error("It was made by another version: schema {found}, and this program takes schema {SCHEMA}.")]
    Schema { found: u32 },
    #[error("`{0}` is missing.")]
    Missing(String),
    #[error("It holds `{0}`, which its manifest does not name.")]
    Extra(String),
    #[error("`{0}` is not what its manifest says: the hash differs.")]
    Hash(String),
    #[error("`{0}` is not what its manifest says: it has another length, or other rows.")]
    Length(String),
    #[error("`{0}` has a line that is too long.")]
    Line(String),
    #[error("It unpacks to more than {MAX_RATIO} times its size, which no tenant's data does.")]
    Bomb,
    #[error("It is too large: at most {MAX_BYTES} bytes and {MAX_ENTRIES} files.")]
    TooLarge,
}
