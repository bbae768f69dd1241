//! Bodies read from the package store: on the blocking pool, a chunk at a time, as fast as the
//! client takes them.

use actix_web::body::{BoxBody, MessageBody, SizedStream};
use blob::BlobReader;
use bytes::Bytes;
use futures_util::{Stream, stream};
use std::{io, ops::Range, sync::Arc};
use tokio::task::spawn_blocking;

/// Bytes read at a time.
const CHUNK_BYTES: u64 = 256 * 1024;

/// What a chunk comes from: blocking, so only called where that is allowed.
pub(crate) trait Source: Send + 'static {
    /// The next bytes, at most about [`CHUNK_BYTES`]; none at the end.
    fn next_chunk(&mut self) -> io::Result<Vec<u8>>;
}

/// A stretch of a blob, with a few bytes before and after it.
pub(crate) struct Stretch {
    reader: Arc<dyn BlobReader>,
    range: Range<u64>,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Stretch {
    /// The bytes of `reader` in `range`.
    pub(crate) fn new(reader: Arc<dyn BlobReader>, range: Range<u64>) -> Self {
        Self { reader, range, before: Vec::new(), after: Vec::new() }
    }

    /// The same framed by `before` and `after`.
    pub(crate) fn framed(mut self, before: Vec<u8>, after: Vec<u8>) -> Self {
        (self.before, self.after) = (before, after);
        self
    }

    fn size(&self) -> u64 {
        let frame = self.before.len() + self.after.len();
        (self.range.end - self.range.start) + frame as u64
    }

    /// The body: read at once when it is small, which most files of a course are.
    pub(crate) async fn body(mut self) -> io::Result<BoxBody> {
        let size = self.size();
        if size <= CHUNK_BYTES {
            let bytes = spawn_blocking(move || self.next_chunk()).await??;
            return Ok(bytes.boxed());
        }
        Ok(sized(size, self))
    }
}

impl Source for Stretch {
    fn next_chunk(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = std::mem::take(&mut self.before);
        let length = (self.range.end - self.range.start).min(CHUNK_BYTES);
        let length_here = usize::try_from(length).map_err(io::Error::other)?;
        let begin = chunk.len();
        chunk.resize(begin + length_here, 0);
        if let Some(space) = chunk.get_mut(begin..) {
            self.reader.read_exact_at(space, self.range.start)?;
        }
        self.range.start += length;
        if self.range.is_empty() {
            chunk.append(&mut self.after);
        }
        Ok(chunk)
    }
}

/// A body of `size` bytes from `source`.
pub(crate) fn sized(size: u64, source: impl Source) -> BoxBody {
    SizedStream::new(size, Box::pin(chunks(source))).boxed()
}

fn chunks(source: impl Source) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(source, |mut source| async move {
        let (chunk, source) =
            spawn_blocking(move || Ok::<_, io::Error>((source.next_chunk()?, source))).await??;
        Ok((!chunk.is_empty()).then(|| (Bytes::from(chunk), source)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;
    use blob::{BlobStore, MemoryBlobs};

    async fn reader(bytes: &[u8]) -> Arc<dyn BlobReader> {
        let mut spool = MemoryBlobs::default().spool().await.unwrap();
        spool.write(bytes).await.unwrap();
        spool.finish().await.unwrap().reader()
    }

    #[actix_web::test]
    async fn a_stretch_gives_its_bytes_and_its_frame_whatever_its_size() {
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
        let reader = reader(&bytes).await;
        for range in [0..0, 5..6, 10..262_154, 0..700_000] {
            let stretch = Stretch::new(Arc::clone(&reader), range.clone());
            let body = stretch.framed(vec![1, 2], vec![3]).body().await.unwrap();
            let sent = to_bytes(body).await.ok().unwrap();
            let at = |place: u64| usize::try_from(place).unwrap();
            let inner = &bytes[at(range.start)..at(range.end)];
            assert_eq!(sent, [&[1, 2], inner, &[3]].concat(), "{range:?}");
        }
    }
}
