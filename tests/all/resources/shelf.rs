//! A file store in memory that can be looked into, and that can fail.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result, UploadPart,
};
use tenantry::store::Store;
use tenantry::store::files::Files;

#[derive(Debug, Clone, Default)]
pub struct Shelf(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    kept: Arc<InMemory>,
    full: AtomicBool,
    keeps_all: AtomicBool,
}

impl Shelf {
    pub fn under(&self, store: &Store) -> Store {
        store.clone().with_files(Files::of(Arc::new(self.clone())))
    }

    /// From now on every write finds the disk full.
    pub fn fill(&self, full: bool) {
        self.0.full.store(full, Ordering::Relaxed);
    }

    /// From now on nothing can be removed.
    pub fn keep_all(&self, keeps: bool) {
        self.0.keeps_all.store(keeps, Ordering::Relaxed);
    }

    /// What a file holds.
    pub async fn bytes(&self, key: &str) -> Vec<u8> {
        use object_store::ObjectStoreExt as _;
        self.0.kept.get(&Path::from(key)).await.expect("there").bytes().await.expect("read").to_vec()
    }

    /// The keys of all files.
    pub async fn keys(&self) -> Vec<String> {
        self.0.kept.list(None).map_ok(|meta| meta.location.to_string()).try_collect().await.expect("memory can be listed")
    }
}

impl fmt::Display for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a shelf")
    }
}

/// ENOSPC, as a disk says it.
fn full() -> Error {
    Error::Generic { store: "Shelf", source: Box::new(std::io::Error::from_raw_os_error(28)) }
}

#[derive(Debug)]
struct FullUpload;

#[async_trait]
impl MultipartUpload for FullUpload {
    fn put_part(&mut self, _: PutPayload) -> UploadPart {
        Box::pin(async { Err(full()) })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        Err(full())
    }

    async fn abort(&mut self) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl ObjectStore for Shelf {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        match self.0.full.load(Ordering::Relaxed) {
            true => Err(full()),
            false => self.0.kept.put_opts(location, payload, options).await,
        }
    }

    async fn put_multipart_opts(&self, location: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        match self.0.full.load(Ordering::Relaxed) {
            true => Ok(Box::new(FullUpload)),
            false => self.0.kept.put_multipart_opts(location, options).await,
        }
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.kept.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.0.keeps_all.load(Ordering::Relaxed) {
            true => locations.map(|_| Err(Error::Generic { store: "Shelf", source: "nothing is given away".into() })).boxed(),
            false => self.0.kept.delete_stream(locations),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.kept.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.kept.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.kept.copy_opts(from, to, options).await
    }
}
