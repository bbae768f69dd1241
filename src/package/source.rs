//! Bytes that can be read at any position: a file, a slice, a stored blob.

use std::{
    io::{self, BufRead, Read},
    sync::Arc,
};

/// Random access to bytes that do not change while they are read.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> io::Result<u64>;

    /// Fills `buffer` from `offset` on; `UnexpectedEof` when there are too few bytes.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl ReadAt for [u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let part = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..)?.get(..buffer.len()))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(part);
        Ok(())
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        self.as_slice().size()
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.as_slice().read_exact_at(buffer, offset)
    }
}

#[cfg(unix)]
impl ReadAt for std::fs::File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buffer, offset)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn size(&self) -> io::Result<u64> {
        (**self).size()
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_exact_at(buffer, offset)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn size(&self) -> io::Result<u64> {
        (**self).size()
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_exact_at(buffer, offset)
    }
}

/// Bytes held in memory by a [`Section`] at most.
const BUFFER_BYTES: usize = 64 * 1024;

/// A run of a source's bytes as a buffered reader.
pub struct Section<R> {
    source: R,
    /// Where the next fill reads.
    position: u64,
    /// Where the section ends.
    end: u64,
    buffer: Vec<u8>,
    /// How much of `buffer` was consumed.
    consumed: usize,
}

impl<R: ReadAt> Section<R> {
    /// The `length` bytes of `source` from `offset` on.
    pub fn new(source: R, offset: u64, length: u64) -> Self {
        let end = offset.saturating_add(length);
        Self { source, position: offset, end, buffer: Vec::new(), consumed: 0 }
    }
}

impl<R: ReadAt> Read for Section<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut ready = self.fill_buf()?;
        let count = ready.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: ReadAt> BufRead for Section<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.consumed >= self.buffer.len() {
            let left = self.end.saturating_sub(self.position);
            let count = usize::try_from(left).unwrap_or(BUFFER_BYTES).min(BUFFER_BYTES);
            self.buffer.resize(count, 0);
            self.source.read_exact_at(&mut self.buffer, self.position)?;
            self.position += count as u64;
            self.consumed = 0;
        }
        Ok(self.buffer.get(self.consumed..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.consumed += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_reads_its_run_and_no_more() {
        let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        let mut text = Vec::new();
        Section::new(&bytes, 100, 150_000).read_to_end(&mut text).unwrap();
        assert_eq!(text, bytes[100..150_100]);
    }

    #[test]
    fn a_section_beyond_the_end_is_an_error() {
        let bytes = vec![0; 10];
        assert!(Section::new(&bytes, 5, 6).read_to_end(&mut Vec::new()).is_err());
        assert!(bytes.read_exact_at(&mut [0], u64::MAX).is_err());
    }
}
