//! Reads an archive that may be anybody's: everything about it is looked at before anything is done with it.
//!
//! [`check`] reads all of it once, with nothing but a buffer in memory, and holds it against its manifest. [`stream()`] reads it again and
//! hands over what is in it; whoever changed the file in between finds the hash in their way.

mod refusal;
mod stream;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use tar::EntryType;

use super::tables::EXPORTED;
use crate::domain::archive::{
    AUDIT, BadName, Entry, FORMAT, FileFacts, MANIFEST, MAX_BYTES, MAX_ENTRIES, MAX_LINE, MAX_MANIFEST, MAX_RATIO, Manifest, RATIO_FROM,
    SCHEMA, table_file,
};
use crate::domain::chain::hex;

pub use refusal::BadArchive;
pub(super) use stream::{Piece, stream};

/// Of an error of reading: what it was before it had to be one.
fn reading(error: std::io::Error) -> BadArchive {
    if error.get_ref().is_some_and(|inner| inner.is::<Exploded>()) {
        return BadArchive::Bomb;
    }
    match error.kind() {
        std::io::ErrorKind::InvalidInput
        | std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::UnexpectedEof
        | std::io::ErrorKind::Other => BadArchive::NoArchive(error.to_string()),
        _ => BadArchive::Unreadable(error),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("more comes out than can have gone in")]
struct Exploded;

/// Counts what goes into the decompressor, and hashes it.
struct In {
    file: File,
    hash: Sha256,
    bytes: Arc<AtomicU64>,
}

impl Read for In {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.hash.update(&buffer[..n]);
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// What comes out of it, as long as that can be true.
struct Out {
    gzip: GzDecoder<BufReader<In>>,
    went_in: Arc<AtomicU64>,
    came_out: u64,
}

impl Read for Out {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.gzip.read(buffer)?;
        self.came_out += n as u64;
        if self.came_out > MAX_BYTES || (self.came_out > RATIO_FROM && self.came_out / MAX_RATIO > self.went_in.load(Ordering::Relaxed)) {
            return Err(std::io::Error::other(Exploded));
        }
        Ok(n)
    }
}

fn open(path: &Path) -> Result<tar::Archive<Out>, BadArchive> {
    let file = File::open(path).map_err(BadArchive::Unreadable)?;
    if !file.metadata().map_err(BadArchive::Unreadable)?.is_file() {
        return Err(BadArchive::NoArchive("it is no file".to_owned()));
    }
    let bytes = Arc::new(AtomicU64::new(0));
    let went_in = In { file, hash: Sha256::new(), bytes: bytes.clone() };
    Ok(tar::Archive::new(Out { gzip: GzDecoder::new(BufReader::new(went_in)), went_in: bytes, came_out: 0 }))
}

fn kind(entry: EntryType) -> Option<&'static str> {
    match entry {
        EntryType::Regular => None,
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Link => Some("a hard link"),
        EntryType::Directory => Some("a folder"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Fifo => Some("a pipe"),
        _ => Some("a special entry"),
    }
}

/// An archive that holds what it says.
#[derive(Debug, Clone)]
pub struct Checked {
    pub path: PathBuf,
    pub manifest: Manifest,
    /// Of the archive itself, in hex.
    pub sha256: String,
}

/// Where a file belongs; each comes after those with a smaller number.
fn place(entry: &Entry<'_>) -> Option<usize> {
    match entry {
        Entry::Table(table) => EXPORTED.iter().position(|known| known.name == *table),
        Entry::Audit => Some(EXPORTED.len()),
        Entry::File(_) => Some(EXPORTED.len() + 1),
        Entry::Manifest => Some(EXPORTED.len() + 2),
    }
}

/// Reads all of an archive and holds it against its manifest. Takes a while: not for a thread that serves.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(path: &Path) -> Result<Checked, BadArchive> {
    let mut archive = open(path)?;
    let mut seen: BTreeMap<String, FileFacts> = BTreeMap::new();
    let mut manifest: Option<Manifest> = None;
    let mut last = 0;
    for entry in archive.entries().map_err(reading)?.raw(true) {
        let mut entry = entry.map_err(reading)?;
        let name = name_of(&entry)?;
        if let Some(kind) = kind(entry.header().entry_type()) {
            return Err(BadArchive::NoFile { name, kind });
        }
        let known = Entry::of(&name).map_err(|why| BadArchive::Name { name: name.clone(), why })?;
        let here = place(&known).ok_or_else(|| BadArchive::Name { name: name.clone(), why: BadName::Unknown })?;
        if seen.contains_key(&name) {
            return Err(BadArchive::Twice(name));
        }
        if here < last || manifest.is_some() {
            return Err(BadArchive::Misplaced(name));
        }
        last = here;
        if entry.size() > MAX_BYTES || seen.len() >= MAX_ENTRIES {
            return Err(BadArchive::TooLarge);
        }
        if known == Entry::Manifest {
            manifest = Some(read_manifest(&mut entry)?);
            continue;
        }
        let facts = match known {
            Entry::Table(_) | Entry::Audit => read_lines(&mut entry, &name, |_| Ok(()))?,
            Entry::File(_) | Entry::Manifest => read_bytes(&mut entry, |_| Ok(()))?,
        };
        seen.insert(name, facts);
    }
    let manifest = manifest.ok_or(BadArchive::NoManifest)?;
    compare(&manifest, &seen)?;
    // What follows the last file of a tar is part of the archive's hash.
    let mut rest = archive.into_inner();
    std::io::copy(&mut rest, &mut std::io::sink()).map_err(reading)?;
    let mut went_in = rest.gzip.into_inner().into_inner();
    std::io::copy(&mut went_in, &mut std::io::sink()).map_err(reading)?;
    Ok(Checked { path: path.to_owned(), manifest, sha256: hex(&went_in.hash.finalize()) })
}

fn name_of(entry: &tar::Entry<'_, Out>) -> Result<String, BadArchive> {
    let bytes = entry.path_bytes();
    String::from_utf8(bytes.into_owned())
        .map_err(|bad| BadArchive::Name { name: String::from_utf8_lossy(bad.as_bytes()).into_owned(), why: BadName::Unknown })
}

fn read_manifest(entry: &mut impl Read) -> Result<Manifest, BadArchive> {
    #[derive(serde::Deserialize)]
    struct Versions {
        tenantry_export: u32,
        schema: u32,
    }
    let mut text = String::new();
    entry.take(MAX_MANIFEST + 1).read_to_string(&mut text).map_err(reading)?;
    if text.len() as u64 > MAX_MANIFEST {
        return Err(BadArchive::TooLarge);
    }
    let unread = |error: serde_json::Error| BadArchive::Manifest(error.to_string());
    // Of another version nothing else needs to be as it is here.
    let versions: Versions = serde_json::from_str(&text).map_err(unread)?;
    if versions.tenantry_export != FORMAT {
        return Err(BadArchive::Format { found: versions.tenantry_export });
    }
    if versions.schema != SCHEMA {
        return Err(BadArchive::Schema { found: versions.schema });
    }
    serde_json::from_str(&text).map_err(unread)
}

fn compare(manifest: &Manifest, seen: &BTreeMap<String, FileFacts>) -> Result<(), BadArchive> {
    let must: Vec<String> = EXPORTED.iter().map(|table| table_file(table.name)).chain([AUDIT.to_owned()]).collect();
    if let Some(missing) = must.iter().chain(manifest.files.keys()).find(|name| !seen.contains_key(*name)) {
        return Err(BadArchive::Missing(missing.clone()));
    }
    for (name, facts) in seen {
        let Some(said) = manifest.files.get(name).filter(|_| name != MANIFEST) else { return Err(BadArchive::Extra(name.clone())) };
        if said.sha256 != facts.sha256 {
            return Err(BadArchive::Hash(name.clone()));
        }
        if said != facts {
            return Err(BadArchive::Length(name.clone()));
        }
    }
    Ok(())
}

type Each<'a, T> = &'a mut dyn FnMut(T) -> Result<(), BadArchive>;

/// Line after line, without its end; what they are together.
fn read_lines(entry: &mut impl Read, name: &str, mut each: impl FnMut(Vec<u8>) -> Result<(), BadArchive>) -> Result<FileFacts, BadArchive> {
    let each: Each<'_, Vec<u8>> = &mut each;
    let (mut hash, mut bytes, mut rows) = (Sha256::new(), 0_u64, 0_u64);
    let mut reader = BufReader::with_capacity(64 * 1024, entry);
    loop {
        let mut line = Vec::new();
        let n = (&mut reader).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line).map_err(reading)?;
        if n == 0 {
            break;
        }
        if n > MAX_LINE || line.last() != Some(&b'\n') {
            return Err(BadArchive::Line(name.to_owned()));
        }
        hash.update(&line);
        bytes += n as u64;
        rows += 1;
        line.pop();
        each(line)?;
    }
    Ok(FileFacts { sha256: hex(&hash.finalize()), bytes, rows: Some(rows) })
}

fn read_bytes(entry: &mut impl Read, mut each: impl FnMut(Vec<u8>) -> Result<(), BadArchive>) -> Result<FileFacts, BadArchive> {
    let each: Each<'_, Vec<u8>> = &mut each;
    let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = entry.read(&mut buffer).map_err(reading)?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        bytes += n as u64;
        each(buffer[..n].to_vec())?;
    }
    Ok(FileFacts { sha256: hex(&hash.finalize()), bytes, rows: None })
}
