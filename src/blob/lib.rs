//! Package bytes by their SHA-256: uploaded zips are kept exactly as they came.
//!
//! Bytes come in through a [`Spool`], which hashes them on the way; the [`Spooled`] bytes can be
//! examined before they are kept or dropped. Kept bytes are read at any position, so that files
//! are served from inside a zip. What an organization keeps is invisible to the others.

mod disk;
mod memory;
mod s3;
#[cfg(test)]
mod tests;

pub use disk::DiskBlobs;
pub use memory::MemoryBlobs;
pub use s3::{S3Blobs, S3Options};

use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest};
use std::{fmt, io, path::PathBuf, sync::Arc};

/// Bytes could not be kept, read or removed.
#[derive(Debug, thiserror::Error)]
#[error("{doing} {}", path.display())]
pub struct BlobError {
    /// What was tried, for instance `write`.
    pub doing: &'static str,
    /// On which file, or on which object as `s3://bucket/name`.
    pub path: PathBuf,
    /// Why it did not work.
    pub source: io::Error,
}

impl BlobError {
    /// Whether there is no room left, so that sending again later may work.
    pub fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    /// Whether the store cannot be reached now, so that trying again later may work.
    pub fn is_unavailable(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::NotConnected | io::ErrorKind::TimedOut)
    }
}

/// Random access to bytes that do not change. The calls block: make them where that is allowed.
pub trait BlobReader: Send + Sync + fmt::Debug {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Fills `buffer` with the bytes from `offset` on; fails with `UnexpectedEof` when there are
    /// fewer.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

/// Where bytes are kept by organization and digest.
#[async_trait]
pub trait BlobStore: Send + Sync + fmt::Debug {
    /// Begins to take bytes in.
    async fn spool(&self) -> Result<Box<dyn Spool>, BlobError>;

    /// Opens kept bytes; `None` when this organization keeps none of this digest.
    async fn open(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<Option<Arc<dyn BlobReader>>, BlobError>;

    /// Removes kept bytes; whether there were any.
    async fn delete(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<bool, BlobError>;

    /// Whether this organization keeps bytes of this digest.
    async fn exists(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<bool, BlobError> {
        Ok(self.open(organization, digest).await?.is_some())
    }

    /// Whether bytes could be kept now: what a readiness probe asks.
    async fn ready(&self) -> Result<(), BlobError>;
}

/// Bytes on their way in. Dropped, it leaves nothing behind.
#[async_trait]
pub trait Spool: Send {
    /// Takes the next bytes.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError>;

    /// There are no more bytes.
    async fn finish(self: Box<Self>) -> Result<Box<dyn Spooled>, BlobError>;
}

/// Bytes that have come in completely. Dropped, they are gone.
#[async_trait]
pub trait Spooled: Send + Sync {
    /// Their SHA-256.
    fn digest(&self) -> Sha256Digest;

    /// The bytes themselves.
    fn reader(&self) -> Arc<dyn BlobReader>;

    /// Keeps them for `organization`: durable when this returns. Keeping the same bytes again
    /// changes nothing.
    async fn keep(self: Box<Self>, organization: OrganizationId) -> Result<(), BlobError>;
}
