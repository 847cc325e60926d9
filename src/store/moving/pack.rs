//! Writes an archive while it comes: nothing is in memory but what is on its way through the compressor.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::export::Progress;
use crate::domain::archive::FileFacts;
use crate::domain::chain::hex;
use crate::store::files::Writing;
use crate::store::{Result, StoreError};

/// Compressed bytes that are held before they are sent on.
const HELD: usize = 256 * 1024;
/// Between two notes of how far it is; a lease lasts two minutes.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// Of a tar.
const BLOCK: usize = 512;

/// Where an archive goes.
pub(super) enum Sink {
    Store(Writing),
    File(tokio::fs::File),
}

impl Sink {
    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Sink::Store(writing) => writing.write(bytes).await,
            Sink::File(file) => file.write_all(bytes).await.map_err(io_error),
        }
    }

    async fn finish(self) -> Result<()> {
        match self {
            Sink::Store(writing) => writing.finish().await,
            Sink::File(mut file) => {
                file.flush().await.map_err(io_error)?;
                file.sync_all().await.map_err(io_error)
            }
        }
    }
}

pub(super) fn io_error(error: std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::StorageFull,
        _ => StoreError::FilesAway(error.to_string()),
    }
}

/// A file of the archive that is being written.
struct Open {
    name: String,
    hash: Sha256,
    size: u64,
    written: u64,
    rows: Option<u64>,
}

/// An archive that is being written.
pub(super) struct Packer {
    gzip: GzEncoder<Vec<u8>>,
    sink: Sink,
    hash: Sha256,
    /// Compressed bytes that were sent on.
    sent: u64,
    made_at: DateTime<Utc>,
    open: Option<Open>,
    told: Instant,
    files: BTreeMap<String, FileFacts>,
}

/// What was written.
pub(super) struct Packed {
    pub bytes: u64,
    /// In hex.
    pub sha256: String,
}

impl Packer {
    pub fn new(sink: Sink, made_at: DateTime<Utc>) -> Self {
        let gzip = GzEncoder::new(Vec::with_capacity(2 * HELD), Compression::fast());
        Self { gzip, sink, hash: Sha256::new(), sent: 0, made_at, open: None, told: Instant::now(), files: BTreeMap::new() }
    }

    pub fn files(&self) -> &BTreeMap<String, FileFacts> {
        &self.files
    }

    /// Begins a file of so many bytes; `rows` when it is one of lines.
    pub async fn begin(&mut self, name: &str, size: u64, rows: Option<u64>) -> Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).map_err(io_error)?;
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.made_at.timestamp()).unwrap_or(0));
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        self.push(header.as_bytes()).await?;
        self.open = Some(Open { name: name.to_owned(), hash: Sha256::new(), size, written: 0, rows });
        Ok(())
    }

    /// More of the file that is open.
    ///
    /// # Errors
    /// `WrongState` when it is more than was said.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(open) = &mut self.open else { return Err(MISCOUNTED) };
        open.hash.update(bytes);
        open.written += bytes.len() as u64;
        if open.written > open.size {
            return Err(MISCOUNTED);
        }
        self.push(bytes).await
    }

    /// # Errors
    /// `WrongState` when it was less than was said.
    pub async fn end(&mut self) -> Result<()> {
        let Some(open) = self.open.take().filter(|open| open.written == open.size) else { return Err(MISCOUNTED) };
        let facts = FileFacts { sha256: hex(&open.hash.finalize()), bytes: open.size, rows: open.rows };
        self.files.insert(open.name, facts);
        let over = usize::try_from(open.size % BLOCK as u64).unwrap_or(0);
        if over > 0 {
            self.push(&[0; BLOCK][over..]).await?;
        }
        Ok(())
    }

    /// Says how far it is, a few times a minute.
    pub async fn tell(&mut self, progress: &mut impl Progress) -> Result<()> {
        if self.told.elapsed() < TOLD_EVERY {
            return Ok(());
        }
        self.told = Instant::now();
        progress.note(self.sent).await
    }

    /// Ends the archive.
    pub async fn finish(mut self) -> Result<Packed> {
        self.push(&[0; 2 * BLOCK]).await?;
        let rest = std::mem::replace(&mut self.gzip, GzEncoder::new(Vec::new(), Compression::none())).finish().map_err(io_error)?;
        self.send(&rest).await?;
        self.sink.finish().await?;
        Ok(Packed { bytes: self.sent, sha256: hex(&self.hash.finalize()) })
    }

    async fn push(&mut self, bytes: &[u8]) -> Result<()> {
        for part in bytes.chunks(HELD) {
            self.gzip.write_all(part).map_err(io_error)?;
            if self.gzip.get_ref().len() >= HELD {
                let held = std::mem::take(self.gzip.get_mut());
                self.send(&held).await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.sent += bytes.len() as u64;
        self.sink.write(bytes).await
    }
}

/// The snapshot does not change, so this is a fault of ours, or a document's file is not what its row says.
const MISCOUNTED: StoreError = StoreError::WrongState("a file is not as long as was said");
