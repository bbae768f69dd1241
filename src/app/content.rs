//! Files of a package, straight from inside the stored zip.

use crate::{App, AppError, Settings, cache::Cache, import::PackageBytes, secret::hash_of};
use blob::BlobReader;
use domain::{OrganizationId, Sha256Digest, Timestamp};
use package::{ArchiveError, Entry, Listing};
use scorm::tree::Adjustments;
use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::SessionEnd;

/// Packages whose indexes are kept ready.
const INDEXES_MAX: usize = 64;
/// Sessions whose packages are kept ready.
const SESSIONS_MAX: usize = 10_000;
/// A session's package is looked up again after this, so that an ended session stops serving.
const SESSION_KNOWN_FOR: Duration = Duration::from_secs(10);

/// A file cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// There is no such session, or it is over.
    #[error("session is unknown or over")]
    UnknownSession,
    /// The package has no such file.
    #[error("package has no file {0:?}")]
    NoFile(String),
    /// It could not be tried.
    #[error(transparent)]
    App(#[from] AppError),
}

/// A file inside a package.
#[derive(Clone)]
pub struct ContentFile {
    /// The package's bytes.
    pub package: Arc<dyn BlobReader>,
    /// Which package, for cache keys.
    pub digest: Sha256Digest,
    /// Where the file is in it.
    pub entry: Entry,
}

impl ContentFile {
    /// The package as the package crate reads it.
    pub fn source(&self) -> impl package::ReadAt + 'static {
        PackageBytes(self.package.clone())
    }
}

/// A deflated media file, inflated to a file of its own so that any range can be read at once.
pub type SeekableMedia = fs::File;

/// What is kept ready to serve files quickly.
pub(crate) struct ContentCache {
    sessions: Cache<Sha256Digest, (Timestamp, OrganizationId, Sha256Digest)>,
    packages: Cache<(OrganizationId, Sha256Digest), Arc<OpenPackage>>,
    media: Arc<MediaCache>,
}

pub(crate) struct OpenPackage {
    bytes: Arc<dyn BlobReader>,
    pub(crate) listing: Listing,
}

impl ContentCache {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            sessions: Cache::new(SESSIONS_MAX),
            packages: Cache::new(INDEXES_MAX),
            media: Arc::new(MediaCache {
                folder: settings.media_cache.clone(),
                bytes_max: settings.media_cache_bytes_max,
                inflating: Mutex::new(()),
            }),
        }
    }
}

impl App {
    /// The file at `path` in the package that a session plays.
    pub async fn content_file(&self, token: &str, path: &str) -> Result<ContentFile, ContentError> {
        let (organization, digest) = self.package_of_session(token).await?;
        let package = self.open_package(organization, digest).await?;
        let no_file = || ContentError::NoFile(path.to_owned());
        let (listed, _) = package.listing.find(path).ok_or_else(no_file)?;
        if let Some(entry) = listed.located() {
            return Ok(ContentFile { package: package.bytes.clone(), digest, entry });
        }
        let (bytes, path) = (package.bytes.clone(), path.to_owned());
        // It may have to be fetched from afar.
        let located = tokio::task::spawn_blocking(move || {
            let (listed, _) = package.listing.find(&path)?;
            Some(listed.locate(&PackageBytes(package.bytes.clone())))
        });
        let located = located.await.map_err(AppError::from)?;
        let entry = located.ok_or_else(no_file)?.map_err(|error| unreadable(digest, error))?;
        Ok(ContentFile { package: bytes, digest, entry })
    }

    async fn package_of_session(
        &self,
        token: &str,
    ) -> Result<(OrganizationId, Sha256Digest), ContentError> {
        let (hash, now) = (hash_of(token), self.clock.now());
        if let Some((known_at, organization, digest)) = self.content.sessions.get(&hash)
            && now.since(known_at) < SESSION_KNOWN_FOR
        {
            return Ok((organization, digest));
        }
        let session = self.store.session_by_token(&hash).await.map_err(AppError::from)?;
        // A session that only timed out goes on when its window wakes up.
        let session = session
            .filter(|one| one.ended.is_none_or(|(_, end)| end == SessionEnd::TimedOut))
            .ok_or(ContentError::UnknownSession)?;
        let organization = session.organization;
        let registration = self.store.registration(organization, session.registration).await;
        let registration = registration.map_err(AppError::from)?;
        let fixed = registration.ok_or(ContentError::UnknownSession)?.fixed;
        let version = (fixed.course, fixed.version);
        let course = self.playable(organization, version, Adjustments::default()).await?;
        let digest = course.version.package;
        self.content.sessions.put(hash, (now, organization, digest));
        Ok((organization, digest))
    }

    pub(crate) async fn open_package(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<Arc<OpenPackage>, AppError> {
        if let Some(open) = self.content.packages.get(&(organization, digest)) {
            return Ok(open);
        }
        let bytes = self.blobs.open(organization, digest).await?;
        let bytes = bytes.ok_or(AppError::NotFound("package"))?;
        let (reader, limits) = (PackageBytes(bytes.clone()), self.settings.package_limits);
        let listing = tokio::task::spawn_blocking(move || Listing::open(&reader, &limits)).await?;
        let listing = listing.map_err(|error| unreadable(digest, error))?;
        let open = Arc::new(OpenPackage { bytes, listing });
        self.content.packages.put((organization, digest), open.clone());
        Ok(open)
    }

    /// The inflated form of a deflated file; `None` when it is too large to be kept.
    pub async fn seekable(&self, file: &ContentFile) -> Result<Option<SeekableMedia>, AppError> {
        let (media, file) = (self.content.media.clone(), file.clone());
        let opened = tokio::task::spawn_blocking(move || media.open(&file)).await?;
        opened.map_err(|source| {
            let path = self.settings.media_cache.clone();
            AppError::Blob(blob::BlobError { doing: "inflate media into", path, source })
        })
    }
}

/// An accepted package can be read, unless its store cannot.
fn unreadable(digest: Sha256Digest, error: ArchiveError) -> AppError {
    match error {
        ArchiveError::Read { source, .. } => {
            let path = digest.to_string().into();
            AppError::Blob(blob::BlobError { doing: "read", path, source })
        }
        _ => AppError::NotFound("readable package"),
    }
}

/// A bounded folder of inflated media. Everything in it can be made again from the packages.
struct MediaCache {
    folder: PathBuf,
    bytes_max: u64,
    /// One file is inflated at a time: players ask for several ranges of it at once.
    inflating: Mutex<()>,
}

impl MediaCache {
    fn open(&self, file: &ContentFile) -> io::Result<Option<fs::File>> {
        if file.entry.length > self.bytes_max {
            return Ok(None);
        }
        let path = self.folder.join(format!("{}-{}", file.digest, file.entry.offset));
        if let Ok(ready) = fs::File::open(&path) {
            return Ok(Some(ready));
        }
        let _turn = self.inflating.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(ready) = fs::File::open(&path) {
            return Ok(Some(ready));
        }
        fs::create_dir_all(&self.folder)?;
        self.make_room(file.entry.length)?;
        let partial = path.with_extension("partial");
        let inflated = file.entry.unpack(file.source());
        let mut out = fs::File::create(&partial)?;
        io::copy(&mut io::Read::take(inflated, file.entry.length), &mut out)?;
        fs::rename(&partial, &path)?;
        fs::File::open(&path).map(Some)
    }

    /// Removes the files made first until `bytes` more fit. Readers that have one open keep it.
    fn make_room(&self, bytes: u64) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let about = entry.metadata()?;
            files.push((about.modified()?, about.len(), entry.path()));
        }
        files.sort();
        let mut held: u64 = files.iter().map(|(_, length, _)| length).sum();
        for (_, length, path) in files {
            if held.saturating_add(bytes) <= self.bytes_max {
                break;
            }
            fs::remove_file(path)?;
            held -= length;
        }
        Ok(())
    }
}
