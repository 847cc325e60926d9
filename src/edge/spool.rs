//! Uploads that have to be read twice, and are too large for memory: a file of the server's own, as long as somebody needs it.
//!
//! Whoever drops a [`Spooled`] takes its file away, also a request that nobody waits for any more. Each file is locked as long as it is
//! needed, so that a server that starts knows what one that was killed has left.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use axum::body::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use crate::store::StoreError;

/// Where uploads stand, and how many bytes one may have.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
    most: u64,
}

/// A whole upload. Its file goes with it.
#[derive(Debug)]
pub struct Spooled {
    path: PathBuf,
    /// Open because of the lock on it.
    file: File,
}

/// Why an upload is not whole. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum NotSpooled {
    #[error("more than {0} bytes came")]
    TooLarge(u64),
    #[error("it broke off")]
    BrokenOff,
    #[error("it cannot be written: {0}")]
    Unwritten(#[from] io::Error),
}

impl Spool {
    /// Takes away what is left there of a server that was killed.
    pub fn new(folder: PathBuf, most: u64) -> Self {
        if let Err(error) = sweep(&folder) {
            tracing::warn!(%error, folder = %folder.display(), "what is left of uploads could not be removed");
        }
        Self { folder, most }
    }

    /// How many bytes an upload may have.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// All bytes, as they come.
    ///
    /// # Errors
    /// When they are too many, or do not all come, or cannot be written.
    pub async fn take<E>(&self, bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) -> Result<Spooled, NotSpooled> {
        let spooled = self.make()?;
        let mut file = tokio::fs::File::from_std(spooled.file.try_clone()?);
        let mut room = self.most;
        while let Some(part) = bytes.next().await {
            let part = part.map_err(|_| NotSpooled::BrokenOff)?;
            room = room.checked_sub(part.len() as u64).ok_or(NotSpooled::TooLarge(self.most))?;
            file.write_all(&part).await?;
        }
        file.flush().await?;
        Ok(spooled)
    }

    fn make(&self) -> io::Result<Spooled> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.folder.join(Uuid::new_v4().to_string());
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let spooled = Spooled { path, file };
        spooled.file.lock()?;
        Ok(spooled)
    }
}

/// What nobody holds a lock on is nobody's.
fn sweep(folder: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if File::open(&path)?.try_lock().is_ok() {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

impl Spooled {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "an upload could not be removed; the next start does it");
        }
    }
}

/// What to tell of the disk's error about such a file.
pub fn away(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::StorageFull,
        _ => StoreError::FilesAway(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{iter, pending};

    use super::*;

    fn folder() -> PathBuf {
        std::env::temp_dir().join(format!("tenantry-spool-{}", Uuid::new_v4()))
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }

    fn parts(parts: &[&'static [u8]]) -> impl Stream<Item = Result<Bytes, ()>> + Unpin + use<> {
        iter(parts.iter().map(|part| Ok(Bytes::from_static(part))).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn an_upload_is_a_file_as_long_as_it_is_needed() {
        let folder = folder();
        let spool = Spool::new(folder.clone(), 10);
        let spooled = spool.take(&mut parts(&[b"01234", b"56789"])).await.expect("room for ten");
        assert_eq!(std::fs::read(spooled.path()).expect("there"), b"0123456789");
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(spooled.path()).expect("there").permissions());
        assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
        drop(spooled);
        assert_eq!(files(&folder), 0);
        std::fs::remove_dir(&folder).expect("empty");
    }

    #[tokio::test]
    async fn nothing_is_left_of_what_is_too_large_breaks_off_or_is_given_up() {
        let folder = folder();
        let spool = Spool::new(folder.clone(), 10);
        assert!(matches!(spool.take(&mut parts(&[b"01234", b"567890"])).await, Err(NotSpooled::TooLarge(10))));
        let mut broken = iter([Ok(Bytes::from_static(b"0")), Err(())]);
        assert!(matches!(spool.take(&mut broken).await, Err(NotSpooled::BrokenOff)));
        let mut endless = parts(&[b"0"]).chain(pending());
        let waited = tokio::time::timeout(std::time::Duration::from_millis(200), spool.take(&mut endless)).await;
        assert!(waited.is_err());
        assert_eq!(files(&folder), 0);
        std::fs::remove_dir(&folder).expect("empty");
    }

    #[tokio::test]
    async fn what_a_killed_server_left_goes_at_the_next_start_and_nothing_else() {
        let folder = folder();
        let spool = Spool::new(folder.clone(), 10);
        let held = spool.take(&mut parts(&[b"0"])).await.expect("room");
        std::fs::write(folder.join("left"), "left").expect("written");
        let _next = Spool::new(folder.clone(), 10);
        assert!(held.path().exists() && files(&folder) == 1);
        drop(held);
        std::fs::remove_dir(&folder).expect("empty");
    }
}
