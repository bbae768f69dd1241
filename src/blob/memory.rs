//! Bytes in memory, for tests.

use crate::{BlobError, BlobReader, BlobStore, Spool, Spooled};
use async_trait::async_trait;
use domain::{OrganizationId, Sha256Digest};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Kept = HashMap<(OrganizationId, Sha256Digest), Arc<MemoryBytes>>;

/// Keeps everything in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlobs(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct MemoryBytes(Vec<u8>);

struct MemorySpool {
    store: MemoryBlobs,
    bytes: Vec<u8>,
}

struct MemorySpooled {
    store: MemoryBlobs,
    digest: Sha256Digest,
    bytes: Arc<MemoryBytes>,
}

impl MemoryBlobs {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn spool(&self) -> Result<Box<dyn Spool>, BlobError> {
        Ok(Box::new(MemorySpool { store: self.clone(), bytes: Vec::new() }))
    }

    async fn open(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<Option<Arc<dyn BlobReader>>, BlobError> {
        let bytes = self.kept().get(&(organization, digest)).cloned();
        Ok(bytes.map(|bytes| bytes as Arc<dyn BlobReader>))
    }

    async fn delete(
        &self,
        organization: OrganizationId,
        digest: Sha256Digest,
    ) -> Result<bool, BlobError> {
        Ok(self.kept().remove(&(organization, digest)).is_some())
    }

    async fn ready(&self) -> Result<(), BlobError> {
        Ok(())
    }
}

#[async_trait]
impl Spool for MemorySpool {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<Box<dyn Spooled>, BlobError> {
        let digest = Sha256Digest::of(&self.bytes);
        let bytes = Arc::new(MemoryBytes(self.bytes));
        Ok(Box::new(MemorySpooled { store: self.store, digest, bytes }))
    }
}

#[async_trait]
impl Spooled for MemorySpooled {
    fn digest(&self) -> Sha256Digest {
        self.digest
    }

    fn reader(&self) -> Arc<dyn BlobReader> {
        Arc::clone(&self.bytes) as Arc<dyn BlobReader>
    }

    async fn keep(self: Box<Self>, organization: OrganizationId) -> Result<(), BlobError> {
        self.store.kept().insert((organization, self.digest), self.bytes);
        Ok(())
    }
}

impl BlobReader for MemoryBytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let begin = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let end = begin.checked_add(buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        let bytes = self.0.get(begin..end).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}
