//! Files beside the database: a folder by default, a bucket by configuration.
//!
//! Keys are `tenants/{tenant id}/knowledge/{random id}`, and `…/exports/{random id}` for archives; nothing of a file's name or content is in
//! them. Which files there are is the database's to know, see [`super::uploads`]; only a purge lists what is there.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ClientConfigKey, ObjectStore, ObjectStoreExt as _, RetryConfig, WriteMultipart};
use url::Url;
use uuid::Uuid;

use super::{Result, StoreError};
use crate::domain::ids::TenantId;

/// What is held in memory of a file that is being written; S3 takes no smaller parts.
const PART: usize = 5 * 1024 * 1024;
/// Parts that are on their way at once.
const PARTS: usize = 2;

/// Bytes of a file as they come.
pub type FileStream = BoxStream<'static, std::io::Result<axum::body::Bytes>>;

/// Where files are. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, if it is one.
    folder: Option<PathBuf>,
}

/// Why files cannot be kept there; names the place, never a secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FilesError(String);

impl Files {
    /// Gone with the process: for tests.
    pub fn in_memory() -> Self {
        Self::of(Arc::new(InMemory::new()))
    }

    pub fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, prefix: Path::default(), folder: None }
    }

    /// In this folder, which is made for its owner only.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub fn in_folder(folder: &FsPath) -> std::result::Result<Self, FilesError> {
        let failed = |error: &dyn std::fmt::Display| FilesError(format!("{} cannot hold files: {error}", folder.display()));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| failed(&error))?;
        // A row says that its file is there: the file must be on the disk before.
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(&error))?.with_fsync(true);
        Ok(Self { store: Arc::new(store), prefix: Path::default(), folder: Some(folder.to_owned()) })
    }

    /// At `file:///folder` or `s3://bucket/prefix`; a bucket's keys, region and endpoint come from the usual `AWS_…` variables.
    ///
    /// # Errors
    /// When the place cannot be used.
    pub fn at(url: &Url) -> std::result::Result<Self, FilesError> {
        let failed = |error: &dyn std::fmt::Display| FilesError(format!("{url} cannot hold files: {error}"));
        if url.scheme() == "file" {
            let folder = url.to_file_path().map_err(|()| failed(&"not a folder of this machine"))?;
            return Self::in_folder(&folder);
        }
        // Two of the program's libraries bring TLS; whichever comes first decides for both, with the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Somebody waits for each request: a bucket that is away is told within seconds. What takes long is a slow reader, not a failure.
        let retry = RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(10), ..RetryConfig::default() };
        let builder = AmazonS3Builder::from_env()
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), "1 hour")
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::ReadTimeout), "20 seconds");
        let store = builder.with_url(url.as_str()).with_retry(retry).build().map_err(|error| failed(&error))?;
        let prefix = Path::from_url_path(url.path()).map_err(|error| failed(&error))?;
        Ok(Self { store: Arc::new(store), prefix, folder: None })
    }

    /// The folder, if it is one.
    pub fn folder(&self) -> Option<&FsPath> {
        self.folder.as_deref()
    }

    fn below(&self, path: String) -> Path {
        let parts = [self.prefix.to_string(), path];
        Path::from(parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/"))
    }

    fn key(&self, tenant: TenantId, file: Uuid) -> Path {
        self.below(format!("tenants/{tenant}/knowledge/{file}"))
    }

    fn archive_key(&self, tenant: TenantId, file: Uuid) -> Path {
        self.below(format!("tenants/{tenant}/exports/{file}"))
    }

    /// A file that is there when it is finished, and not before.
    pub(super) async fn write(&self, tenant: TenantId, file: Uuid) -> Result<Writing> {
        self.write_at(&self.key(tenant, file)).await
    }

    pub(super) async fn write_archive(&self, tenant: TenantId, file: Uuid) -> Result<Writing> {
        self.write_at(&self.archive_key(tenant, file)).await
    }

    async fn write_at(&self, key: &Path) -> Result<Writing> {
        let upload = self.store.put_multipart(key).await.map_err(files_error)?;
        Ok(Writing(WriteMultipart::new_with_chunk_size(upload, PART)))
    }

    pub(super) async fn read(&self, tenant: TenantId, file: Uuid) -> Result<FileStream> {
        self.read_at(&self.key(tenant, file)).await
    }

    pub(super) async fn read_archive(&self, tenant: TenantId, file: Uuid) -> Result<FileStream> {
        self.read_at(&self.archive_key(tenant, file)).await
    }

    async fn read_at(&self, key: &Path) -> Result<FileStream> {
        let found = self.store.get(key).await.map_err(files_error)?;
        Ok(found.into_stream().map_err(std::io::Error::other).boxed())
    }

    /// Afterwards it is not there, whether it was or not; nor is, in a folder, what a crash left of its writing. A bucket ends what was
    /// left unfinished by a rule of its own.
    pub(super) async fn remove(&self, tenant: TenantId, file: Uuid) -> Result<()> {
        self.remove_at(self.key(tenant, file)).await
    }

    pub(super) async fn remove_archive(&self, tenant: TenantId, file: Uuid) -> Result<()> {
        self.remove_at(self.archive_key(tenant, file)).await
    }

    /// How many files a tenant has, whether the database knows of them or not, and their bytes.
    pub(super) async fn measure(&self, tenant: TenantId) -> Result<(i64, i64)> {
        let mut found = self.store.list(Some(&self.below(format!("tenants/{tenant}"))));
        let (mut files, mut bytes) = (0, 0_i64);
        while let Some(file) = found.try_next().await.map_err(files_error)? {
            files += 1;
            bytes = bytes.saturating_add(i64::try_from(file.size).unwrap_or(i64::MAX));
        }
        Ok((files, bytes))
    }

    /// Afterwards a tenant has no file, nor, in a folder, what a crash left of one.
    pub(super) async fn remove_all(&self, tenant: TenantId) -> Result<()> {
        let below = self.below(format!("tenants/{tenant}"));
        let found = self.store.list(Some(&below)).map_ok(|file| file.location).boxed();
        let mut removed = self.store.delete_stream(found);
        while let Some(done) = removed.next().await {
            match done {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(files_error(error)),
            }
        }
        if let Some(folder) = &self.folder {
            match tokio::fs::remove_dir_all(folder.join(below.to_string())).await {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::FilesAway(error.to_string())),
            }
        }
        Ok(())
    }

    async fn remove_at(&self, key: Path) -> Result<()> {
        if let Some(folder) = &self.folder {
            // A folder's files are written beside their place, as `{name}#1`, and then renamed.
            let mut n = 1;
            while tokio::fs::remove_file(folder.join(format!("{key}#{n}"))).await.is_ok() {
                n += 1;
            }
        }
        match self.store.delete(&key).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(files_error(error)),
        }
    }
}

/// A file that is being written; dropped, it is as if it had never begun.
pub(super) struct Writing(WriteMultipart);

impl Writing {
    /// Waits until there is room in memory for it.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.wait_for_capacity(PARTS).await.map_err(files_error)?;
        self.0.write(bytes);
        Ok(())
    }

    pub(super) async fn finish(self) -> Result<()> {
        self.0.finish().await.map(drop).map_err(files_error)
    }

    pub(super) async fn abort(self) {
        if let Err(error) = self.0.abort().await {
            tracing::warn!(%error, "an upload could not be aborted; its file is swept later");
        }
    }
}

fn files_error(error: object_store::Error) -> StoreError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(found) = cause {
        if let Some(io) = found.downcast_ref::<std::io::Error>()
            && matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        {
            return StoreError::StorageFull;
        }
        cause = found.source();
    }
    let text = error.to_string();
    // What MinIO and its like say.
    if text.contains("StorageFull") { StoreError::StorageFull } else { StoreError::FilesAway(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_known_however_deep_it_is_said() {
        // ENOSPC is 28 on Linux and on macOS.
        let full = std::io::Error::from_raw_os_error(28);
        let error = object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(full) };
        assert!(matches!(files_error(error), StoreError::StorageFull));
        let other = object_store::Error::Generic { store: "S3", source: "connection refused".into() };
        assert!(matches!(files_error(other), StoreError::FilesAway(_)));
    }

    #[tokio::test]
    async fn a_folder_keeps_a_file_and_forgets_it_with_all_that_was_begun() {
        let folder = std::env::temp_dir().join(format!("tenantry-files-{}", Uuid::new_v4()));
        let files = Files::in_folder(&folder).expect("a folder");
        let (tenant, file) = (TenantId(Uuid::from_u128(7)), Uuid::from_u128(9));
        let mut writing = files.write(tenant, file).await.expect("begun");
        writing.write(&vec![7; 3 * PART]).await.expect("written");
        writing.finish().await.expect("finished");
        let read: Vec<_> = files.read(tenant, file).await.expect("there").try_collect().await.expect("read");
        assert_eq!(read.iter().map(|bytes| bytes.len()).sum::<usize>(), 3 * PART);
        let place = folder.join(format!("tenants/{tenant}/knowledge"));
        std::fs::write(place.join(format!("{file}#1")), "half").expect("left by a crash");
        files.remove(tenant, file).await.expect("removed");
        files.remove(tenant, file).await.expect("removed already");
        assert_eq!(std::fs::read_dir(&place).expect("the folder stays").count(), 0);
        assert!(matches!(files.read(tenant, file).await.map(drop), Err(StoreError::FilesAway(_))));
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
