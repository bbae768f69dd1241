//! Uploads: at once when they are small, else in parts.

use super::Bucket;
use crate::{BlobError, BlobReader};
use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt};
use std::io;
use std::sync::Arc;
use tokio::task::{JoinSet, spawn_blocking};

/// Bytes of a part; stores take no smaller ones than 5 MiB.
const PART_BYTES: u64 = 8 << 20;
/// Stores take no more parts than 10,000.
const PARTS_MAX: u64 = 10_000;
/// Parts under way at once, each of them in memory.
const PARTS_AT_ONCE: usize = 2;

impl Bucket {
    /// Puts the bytes there; durable when this returns.
    pub(super) async fn upload(
        &self,
        path: &Path,
        reader: Arc<dyn BlobReader>,
    ) -> Result<(), BlobError> {
        let size = reader.size();
        if size <= PART_BYTES {
            let bytes = self.part(path, &reader, 0, size).await?;
            let put = self.store.put(path, bytes.into()).await;
            return put.map(drop).map_err(|error| self.failed("write", path, &error));
        }
        let upload = self.store.put_multipart(path).await;
        let mut upload = upload.map_err(|error| self.failed("begin to write", path, &error))?;
        let sent = self.send_parts(path, &reader, &mut *upload).await;
        if sent.is_err() {
            // Parts of an upload without an end take room; a rule of the bucket that removes them
            // covers what this cannot.
            let _ = upload.abort().await;
        }
        sent
    }

    async fn send_parts(
        &self,
        path: &Path,
        reader: &Arc<dyn BlobReader>,
        upload: &mut dyn MultipartUpload,
    ) -> Result<(), BlobError> {
        let part_bytes = PART_BYTES.max(reader.size().div_ceil(PARTS_MAX));
        let mut under_way = JoinSet::new();
        let mut begin = 0;
        while begin < reader.size() {
            if under_way.len() >= PARTS_AT_ONCE {
                self.part_done(path, under_way.join_next().await)?;
            }
            let end = reader.size().min(begin + part_bytes);
            let bytes = self.part(path, reader, begin, end).await?;
            under_way.spawn(upload.put_part(bytes.into()));
            begin = end;
        }
        while let Some(done) = under_way.join_next().await {
            self.part_done(path, Some(done))?;
        }
        let complete = upload.complete().await;
        complete.map(drop).map_err(|error| self.failed("finish writing", path, &error))
    }

    fn part_done(
        &self,
        path: &Path,
        done: Option<Result<object_store::Result<()>, tokio::task::JoinError>>,
    ) -> Result<(), BlobError> {
        match done {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => Err(self.failed("write a part of", path, &error)),
            Some(Err(ended)) => Err(self.failed("write a part of", path, &ended.into())),
        }
    }

    /// Bytes of this machine, read where that may block.
    async fn part(
        &self,
        path: &Path,
        reader: &Arc<dyn BlobReader>,
        begin: u64,
        end: u64,
    ) -> Result<Bytes, BlobError> {
        let reader = reader.clone();
        let reading = spawn_blocking(move || {
            let length = usize::try_from(end - begin).map_err(io::Error::other)?;
            let mut bytes = vec![0; length];
            reader.read_exact_at(&mut bytes, begin)?;
            Ok(Bytes::from(bytes))
        });
        let read = reading.await.map_err(io::Error::other).and_then(|read| read);
        let path = || format!("{}/{path}", self.name).into();
        read.map_err(|source| BlobError { doing: "read what goes to", path: path(), source })
    }
}
