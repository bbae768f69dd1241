//! Bytes in an S3-compatible object store: `{prefix}/{organization}/{first two digits}/{SHA-256}`.
//!
//! Bytes come in through a folder of this machine, where they are hashed and examined, and are then
//! uploaded. They are read a block at a time, and the blocks read last stay in memory. All requests
//! run on a thread of their own, so that reading may block wherever the caller is.

mod blocks;
mod connect;
mod upload;

use crate::{BlobError, BlobReader, BlobStore, DiskBlobs, Spool, Spooled};
use async_trait::async_trait;
use blocks::{BLOCK_BYTES, BlockId, Blocks};
use bytes::Bytes;
use connect::Connector;
use domain::{OrganizationId, Sha256Digest, Timestamp};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{BackoffConfig, Error, ObjectStoreExt, RetryConfig};
use std::fmt;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Blocks fetched at once; more than so many readers wait.
const FETCHES_MAX: usize = 16;
/// A block that takes longer, tries and all, is not to be had.
const FETCHED_WITHIN: Duration = Duration::from_mins(1);
const RETRIES_MAX: usize = 4;
const RETRIED_WITHIN: Duration = Duration::from_secs(20);
/// Object that shows that the bucket is there and may be written.
const PROBE: &str = "ready";

/// Where and how.
#[derive(Clone)]
pub struct S3Options {
    /// The bucket.
    pub bucket: String,
    /// What the names of our objects begin with; empty for nothing.
    pub prefix: String,
    /// Endpoint, region, keys and so on, by the names that Amazon's tools give their environment
    /// variables, `AWS_REGION` for instance; names that say nothing here are passed over. Later
    /// ones win.
    pub settings: Vec<(String, String)>,
    /// Most bytes of packages that are kept in memory.
    pub cache_bytes_max: u64,
}

/// Keeps bytes as objects of a bucket.
#[derive(Debug, Clone)]
pub struct S3Blobs(Arc<Bucket>);

#[derive(Debug)]
struct Bucket {
    requests: Requests,
    store: AmazonS3,
    /// `s3://bucket`, for errors.
    name: String,
    prefix: String,
    incoming: DiskBlobs,
    blocks: Blocks,
    fetches: Semaphore,
}

/// The thread that the requests run on.
#[derive(Debug)]
struct Requests(Option<Runtime>);

#[derive(Debug)]
struct S3Bytes {
    bucket: Arc<Bucket>,
    organization: OrganizationId,
    digest: Sha256Digest,
    size: u64,
}

struct S3Spool {
    bucket: Arc<Bucket>,
    incoming: Box<dyn Spool>,
}

struct S3Spooled {
    bucket: Arc<Bucket>,
    incoming: Box<dyn Spooled>,
}

impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values of settings are secrets.
        let names: Vec<&str> = self.settings.iter().map(|(name, _)| name.as_str()).collect();
        let Self { bucket, prefix, cache_bytes_max, .. } = self;
        write!(f, "S3Options(s3://{bucket}/{prefix}, {names:?}, {cache_bytes_max})")
    }
}

impl S3Blobs {
    /// Connects to the bucket and writes a small object, which shows that this is allowed. Uploads
    /// gather in `folder` first.
    pub async fn open(
        options: &S3Options,
        folder: impl Into<PathBuf>,
        now: Timestamp,
    ) -> Result<Self, BlobError> {
        let name = format!("s3://{}", options.bucket);
        let store = client(options)
            .map_err(|error| failed("connect to", &name, &Path::default(), &error))?;
        let bucket = Bucket {
            requests: Requests::start().map_err(|source| BlobError {
                doing: "start a thread for",
                path: name.clone().into(),
                source,
            })?,
            store,
            name,
            prefix: options.prefix.trim_matches('/').to_owned(),
            incoming: DiskBlobs::open(folder, now)?,
            blocks: Blocks::new(options.cache_bytes_max),
            fetches: Semaphore::new(FETCHES_MAX),
        };
        let store = Self(Arc::new(bucket));
        store.0.clone().run(|bucket| async move { bucket.write_probe().await }).await?;
        Ok(store)
    }
}

fn client(options: &S3Options) -> Result<AmazonS3, Error> {
    let mut builder = AmazonS3Builder::new();
    for (name, value) in &options.settings {
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
        .iter()
        .find_map(|key| builder.get_config_value(key));
    let plain = endpoint.is_some_and(|url| url.starts_with("http://"));
    let backoff = BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() };
    builder
        .with_bucket_name(&options.bucket)
        .with_allow_http(plain)
        .with_http_connector(Connector { plain })
        .with_retry(RetryConfig {
            backoff,
            max_retries: RETRIES_MAX,
            retry_timeout: RETRIED_WITHIN,
        })
        .build()
}

impl Requests {
    fn start() -> io::Result<Self> {
        let threads = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("packages-s3")
            .enable_all()
            .build()?;
        Ok(Self(Some(threads)))
    }

    fn threads(&self) -> &Runtime {
        self.0.as_ref().expect("it is taken only when dropped")
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        // A runtime that is simply dropped waits for its tasks, which async code must not.
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

impl Bucket {
    /// Runs what asks the store; it goes on when the caller no longer waits.
    async fn run<T, F>(self: Arc<Self>, work: impl FnOnce(Arc<Self>) -> F) -> Result<T, BlobError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, BlobError>> + Send + 'static,
    {
        let running = self.requests.threads().spawn(work(self.clone()));
        running.await.unwrap_or_else(|ended| {
            let source = io::Error::other(ended);
            Err(BlobError { doing: "finish a request to", path: self.name.clone().into(), source })
        })
    }

    fn path(&self, organization: OrganizationId, digest: Sha256Digest) -> Path {
        let name = digest.to_string();
        let first = name.get(..2).expect("a digest prints 64 digits");
        self.below_prefix(&format!("{organization}/{first}/{name}"))
    }

    fn below_prefix(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.prefix))
    }

    fn failed(&self, doing: &'static str, path: &Path, error: &Error) -> BlobError {
        failed(doing, &self.name, path, error)
    }

    /// Bytes of an object; `None` when there is none of this name.
    async fn size(&self, path: &Path) -> Result<Option<u64>, BlobError> {
        match self.store.head(path).await {
            Ok(about) => Ok(Some(about.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("look for", path, &error)),
        }
    }

    async fn write_probe(&self) -> Result<(), BlobError> {
        let path = self.below_prefix(PROBE);
        let text = Bytes::from_static(b"Attestry keeps packages here.\n");
        let written = self.store.put(&path, text.into()).await;
        written.map(drop).map_err(|error| self.failed("write", &path, &error))
    }

    /// A block of an object of `size` bytes, and the one after it when reading goes straight on.
    async fn block(self: Arc<Self>, id: BlockId, size: u64) -> Result<Bytes, BlobError> {
        let after = BlockId { index: id.index + 1, ..id };
        let before = id.index.checked_sub(1).map(|index| BlockId { index, ..id });
        let goes_on = before.is_some_and(|before| self.blocks.knows(before));
        if goes_on && after.index * BLOCK_BYTES < size && !self.blocks.knows(after) {
            let bucket = self.clone();
            // Whoever asks for that block tells of its errors.
            tokio::spawn(async move { bucket.fetched(after, size).await.map(drop) });
        }
        self.fetched(id, size).await
    }

    async fn fetched(&self, id: BlockId, size: u64) -> Result<Bytes, BlobError> {
        let block = self.blocks.block(id);
        block.get_or_try_init(|| self.fetch(id, size)).await.cloned()
    }

    async fn fetch(&self, id: BlockId, size: u64) -> Result<Bytes, BlobError> {
        let _turn = self.fetches.acquire().await.expect("it is never closed");
        let path = self.path(id.organization, id.digest);
        let begin = id.index * BLOCK_BYTES;
        let range = begin..size.min(begin + BLOCK_BYTES);
        let length = range.end - range.start;
        let late = |_| BlobError {
            doing: "read",
            path: format!("{}/{path}", self.name).into(),
            source: ErrorKind::TimedOut.into(),
        };
        let bytes = timeout(FETCHED_WITHIN, self.store.get_range(&path, range)).await;
        let bytes = bytes.map_err(late)?.map_err(|error| self.failed("read", &path, &error))?;
        if bytes.len() as u64 != length {
            let path = format!("{}/{path}", self.name).into();
            let source = ErrorKind::UnexpectedEof.into();
            return Err(BlobError { doing: "read", path, source });
        }
        Ok(bytes)
    }
}

/// An error of the store, its kind as of files: that is what callers tell apart.
fn failed(doing: &'static str, bucket: &str, path: &Path, error: &Error) -> BlobError {
    let text = error.to_string();
    // What MinIO and Ceph answer when there is no room.
    let is_full = ["XMinioStorageFull", "QuotaExceeded"].iter().any(|code| text.contains(code));
    let kind = match error {
        _ if is_full => ErrorKind::StorageFull,
        Error::NotFound { .. } => ErrorKind::NotFound,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            ErrorKind::PermissionDenied
        }
        // After all tries: no connection, no answer in time, or an error of the server.
        Error::Generic { .. } => ErrorKind::NotConnected,
        _ => ErrorKind::Other,
    };
    let path = format!("{bucket}/{path}").into();
    BlobError { doing, path, source: io::Error::new(kind, text) }
}

#[async_trait]
impl BlobStore for S3Blobs {
    async fn spool(&self) -> Result<Box<dyn Spool>, BlobError> {
        let incoming = self.0.incoming.spool().await?;
        Ok(Box::new(S3Spool { bucket: self.0.clone(), incoming }))
    }

    async fn open(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<Option<Arc<dyn BlobReader>>, BlobError> {
        let path = self.0.path(organization, digest);
        let asked = self.0.clone().run(|bucket| async move { bucket.size(&path).await });
        let Some(size) = asked.await? else { return Ok(None) };
        Ok(Some(Arc::new(S3Bytes { bucket: self.0.clone(), organization, digest, size })))
    }

    async fn delete(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<bool, BlobError> {
        let deleting = self.0.clone().run(move |bucket| async move {
            let path = bucket.path(organization, digest);
            bucket.blocks.forget(organization, digest);
            if bucket.size(&path).await?.is_none() {
                return Ok(false);
            }
            let deleted = bucket.store.delete(&path).await;
            deleted.map(|()| true).map_err(|error| bucket.failed("remove", &path, &error))
        });
        deleting.await
    }

    async fn ready(&self) -> Result<(), BlobError> {
        self.0.incoming.ready().await?;
        let asking = self.0.clone().run(|bucket| async move {
            match bucket.size(&bucket.below_prefix(PROBE)).await? {
                Some(_) => Ok(()),
                // Somebody cleared the bucket away, or only our probe: writing tells which.
                None => bucket.write_probe().await,
            }
        });
        asking.await
    }
}

#[async_trait]
impl Spool for S3Spool {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.incoming.write(bytes).await
    }

    async fn finish(self: Box<Self>) -> Result<Box<dyn Spooled>, BlobError> {
        let Self { bucket, incoming } = *self;
        Ok(Box::new(S3Spooled { bucket, incoming: incoming.finish().await? }))
    }
}

#[async_trait]
impl Spooled for S3Spooled {
    fn digest(&self) -> Sha256Digest {
        self.incoming.digest()
    }

    fn reader(&self) -> Arc<dyn BlobReader> {
        self.incoming.reader()
    }

    async fn keep(self: Box<Self>, organization: OrganizationId) -> Result<(), BlobError> {
        let Self { bucket, incoming } = *self;
        let keeping = bucket.run(move |bucket| async move {
            let path = bucket.path(organization, incoming.digest());
            let reader = incoming.reader();
            if bucket.size(&path).await? == Some(reader.size()) {
                return Ok(());
            }
            bucket.upload(&path, reader).await
        });
        keeping.await
    }
}

impl BlobReader for S3Bytes {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).filter(|end| *end <= self.size);
        let end = end.ok_or(ErrorKind::UnexpectedEof)?;
        let (mut at, mut rest) = (offset, buffer);
        while at < end {
            let block = self.block(at / BLOCK_BYTES)?;
            let begin = usize::try_from(at % BLOCK_BYTES).map_err(io::Error::other)?;
            let here = block.get(begin..).ok_or(ErrorKind::UnexpectedEof)?;
            let length = here.len().min(rest.len());
            let (filled, more) = rest.split_at_mut(length);
            filled.copy_from_slice(&here[..length]);
            (at, rest) = (at + length as u64, more);
        }
        Ok(())
    }
}

impl S3Bytes {
    /// A block; blocks this thread until it is here.
    fn block(&self, index: u64) -> io::Result<Bytes> {
        let (bucket, size) = (self.bucket.clone(), self.size);
        let id = BlockId { organization: self.organization, digest: self.digest, index };
        let (sender, receiver) = mpsc::sync_channel(1);
        self.bucket.requests.threads().spawn(async move {
            // The receiver waits for as long as this runs.
            let _ = sender.send(bucket.block(id, size).await);
        });
        let answer = receiver.recv().map_err(|_| io::Error::other("the request was given up"))?;
        answer.map_err(|error| io::Error::new(error.source.kind(), error))
    }
}
