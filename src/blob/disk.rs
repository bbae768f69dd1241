//! Bytes in a folder: `{organization}/{first two digits}/{SHA-256}`, and `spool/` for what is
//! still coming in.

use crate::{BlobError, BlobReader, BlobStore, Spool, Spooled};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest, Timestamp};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::task::spawn_blocking;

/// Bytes gathered before they are hashed and written.
const BUFFER_BYTES: usize = 256 * 1024;
/// Age at which a spool file cannot belong to an upload that still runs.
const ABANDONED_AFTER: Duration = Duration::from_hours(24);

/// Spool files of this process so far; with the process id it names the next one.
static SPOOLS: AtomicU64 = AtomicU64::new(0);

/// Keeps bytes as files below a folder.
#[derive(Debug, Clone)]
pub struct DiskBlobs {
    root: PathBuf,
}

#[derive(Debug)]
struct DiskBytes {
    file: File,
    size: u64,
}

/// A file that is removed when this is dropped, unless it has been renamed meanwhile.
#[derive(Debug)]
struct SpoolFile(PathBuf);

struct DiskSpool {
    root: PathBuf,
    buffer: Vec<u8>,
    /// Away while the blocking pool has it; lost for good when that task was cancelled.
    sink: Option<Sink>,
}

struct Sink {
    // Dropped, and so closed, before the file is removed.
    file: File,
    sha256: Sha256,
    path: SpoolFile,
}

struct DiskSpooled {
    root: PathBuf,
    digest: Sha256Digest,
    bytes: Arc<DiskBytes>,
    path: SpoolFile,
}

impl DiskBlobs {
    /// Opens the folder, makes what is missing in it, and removes what uploads that were cut off
    /// more than a day before `now` left behind.
    pub fn open(root: impl Into<PathBuf>, now: Timestamp) -> Result<Self, BlobError> {
        let store = Self { root: root.into() };
        let spool = spool_folder(&store.root);
        fs::create_dir_all(&spool).map_err(failed("create", &spool))?;
        let micros = u64::try_from(now.micros()).unwrap_or(0);
        let now = SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
        for entry in fs::read_dir(&spool).map_err(failed("list", &spool))?.map_while(Result::ok) {
            let touched = entry.metadata().and_then(|metadata| metadata.modified());
            if touched.is_ok_and(|at| at.checked_add(ABANDONED_AFTER).is_some_and(|end| end < now))
            {
                // Another process may be doing the same.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(store)
    }
}

#[async_trait]
impl BlobStore for DiskBlobs {
    async fn spool(&self) -> Result<Box<dyn Spool>, BlobError> {
        let root = self.root.clone();
        let sink = blocking(move || open_sink(&root)).await?;
        let root = self.root.clone();
        Ok(Box::new(DiskSpool { root, buffer: Vec::new(), sink: Some(sink) }))
    }

    async fn open(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<Option<Arc<dyn BlobReader>>, BlobError> {
        let path = kept_path(&self.root, organization, digest);
        blocking(move || {
            let file = match File::open(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                file => file.map_err(failed("open", &path))?,
            };
            Ok(Some(Arc::new(DiskBytes::new(file, &path)?) as Arc<dyn BlobReader>))
        })
        .await
    }

    async fn delete(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<bool, BlobError> {
        let path = kept_path(&self.root, organization, digest);
        blocking(move || match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true).map_err(failed("remove", &path)),
        })
        .await
    }

    async fn ready(&self) -> Result<(), BlobError> {
        let root = self.root.clone();
        blocking(move || open_sink(&root).map(drop)).await
    }
}

#[async_trait]
impl Spool for DiskSpool {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn finish(mut self: Box<Self>) -> Result<Box<dyn Spooled>, BlobError> {
        self.flush().await?;
        let Self { root, sink, .. } = *self;
        let sink = sink.ok_or_else(|| interrupted(&root))?;
        blocking(move || {
            sink.file.sync_all().map_err(failed("sync", &sink.path.0))?;
            let digest = Sha256Digest::new(sink.sha256.finalize().into());
            let bytes = Arc::new(DiskBytes::new(sink.file, &sink.path.0)?);
            Ok(Box::new(DiskSpooled { root, digest, bytes, path: sink.path }) as Box<dyn Spooled>)
        })
        .await
    }
}

impl DiskSpool {
    async fn flush(&mut self) -> Result<(), BlobError> {
        let mut sink = self.sink.take().ok_or_else(|| interrupted(&self.root))?;
        let mut buffer = std::mem::take(&mut self.buffer);
        let (sink, buffer) = blocking(move || {
            sink.sha256.update(&buffer);
            sink.file.write_all(&buffer).map_err(failed("write", &sink.path.0))?;
            buffer.clear();
            Ok((sink, buffer))
        })
        .await?;
        (self.sink, self.buffer) = (Some(sink), buffer);
        Ok(())
    }
}

#[async_trait]
impl Spooled for DiskSpooled {
    fn digest(&self) -> Sha256Digest {
        self.digest
    }

    fn reader(&self) -> Arc<dyn BlobReader> {
        Arc::clone(&self.bytes) as Arc<dyn BlobReader>
    }

    async fn keep(self: Box<Self>, organization: OrganizationId) -> Result<(), BlobError> {
        blocking(move || {
            let target = kept_path(&self.root, organization, self.digest);
            let folders = [target.parent(), target.parent().and_then(Path::parent)];
            if let Some(folder) = folders[0] {
                fs::create_dir_all(folder).map_err(failed("create", folder))?;
            }
            // Bytes of the same digest may be there already: replaced by themselves.
            fs::rename(&self.path.0, &target).map_err(failed("move", &target))?;
            // The names must survive a power cut as the bytes do.
            for folder in folders.into_iter().flatten().chain([self.root.as_path()]) {
                let synced = File::open(folder).and_then(|folder| folder.sync_all());
                synced.map_err(failed("sync", folder))?;
            }
            Ok(())
        })
        .await
    }
}

impl DiskBytes {
    fn new(file: File, path: &Path) -> Result<Self, BlobError> {
        let size = file.metadata().map_err(failed("examine", path))?.len();
        Ok(Self { file, size })
    }
}

impl BlobReader for DiskBytes {
    fn size(&self) -> u64 {
        self.size
    }

    #[cfg(unix)]
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset)
    }
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        // After `keep` it is not there any more.
        let _ = fs::remove_file(&self.0);
    }
}

fn spool_folder(root: &Path) -> PathBuf {
    root.join("spool")
}

fn kept_path(root: &Path, organization: OrganizationId, digest: Sha256Digest) -> PathBuf {
    let name = digest.to_string();
    let first = name.get(..2).expect("a digest prints 64 digits").to_owned();
    root.join(organization.to_string()).join(first).join(name)
}

/// A new spool file, read and written. Another process on a machine that shares the folder may
/// have the same process id, so names that are taken are passed over.
fn open_sink(root: &Path) -> Result<Sink, BlobError> {
    loop {
        let number = SPOOLS.fetch_add(1, Ordering::Relaxed);
        let path = spool_folder(root).join(format!("{}-{number}", process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            file => {
                let file = file.map_err(failed("create", &path))?;
                return Ok(Sink { file, sha256: Sha256::new(), path: SpoolFile(path) });
            }
        }
    }
}

fn failed(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> BlobError + use<> {
    let path = path.to_owned();
    move |source| BlobError { doing, path: path.clone(), source }
}

fn interrupted(root: &Path) -> BlobError {
    failed("write", &spool_folder(root))(ErrorKind::Interrupted.into())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    let stopped =
        |_| failed("finish work on", Path::new("the package store"))(ErrorKind::Interrupted.into());
    spawn_blocking(work).await.map_err(stopped)?
}
