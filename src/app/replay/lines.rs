//! Lines of a file that may be larger than memory.

use crate::AppError;
use blob::{BlobError, BlobReader};
use std::{path::PathBuf, sync::Arc};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Longest line that is read; a longer one is skipped and said to be too long.
pub(super) const LINE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A line with its number, from 1.
pub(super) struct Line {
    pub(super) number: u64,
    /// Without its line end; `None` when it is longer than [`LINE_BYTES_MAX`].
    pub(super) bytes: Option<Vec<u8>>,
}

/// Reads lines one after the other.
pub(super) struct Lines {
    reader: Arc<dyn BlobReader>,
    offset: u64,
    /// Read and not given out yet.
    rest: Vec<u8>,
    number: u64,
}

impl Lines {
    pub(super) fn of(reader: Arc<dyn BlobReader>) -> Self {
        Self { reader, offset: 0, rest: Vec::new(), number: 0 }
    }

    /// Bytes given out so far.
    pub(super) fn bytes_done(&self) -> u64 {
        self.offset.saturating_sub(self.rest.len() as u64)
    }

    /// The next line that holds more than white space; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, AppError> {
        loop {
            let Some(line) = self.any().await? else { return Ok(None) };
            let is_blank = |bytes: &Vec<u8>| bytes.iter().all(u8::is_ascii_whitespace);
            if !line.bytes.as_ref().is_some_and(is_blank) {
                return Ok(Some(line));
            }
        }
    }

    async fn any(&mut self) -> Result<Option<Line>, AppError> {
        let mut searched = 0;
        let mut is_too_long = false;
        loop {
            let found = self.rest.iter().skip(searched).position(|byte| *byte == b'\n');
            if let Some(length) = found.map(|at| at + searched) {
                let rest = self.rest.split_off(length + 1);
                let line = std::mem::replace(&mut self.rest, rest);
                return Ok(Some(self.line(&line[..length], is_too_long)));
            }
            if is_too_long || self.rest.len() > LINE_BYTES_MAX {
                is_too_long = true;
                self.rest.clear();
            }
            searched = self.rest.len();
            if self.fill().await? == 0 {
                let line = std::mem::take(&mut self.rest);
                let is_end = line.is_empty() && !is_too_long;
                return Ok((!is_end).then(|| self.line(&line, is_too_long)));
            }
        }
    }

    fn line(&mut self, bytes: &[u8], is_too_long: bool) -> Line {
        self.number += 1;
        // Some programs begin a file with a byte order mark.
        let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(bytes) if self.number == 1 => bytes,
            _ => bytes,
        };
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let fits = !is_too_long && bytes.len() <= LINE_BYTES_MAX;
        Line { number: self.number, bytes: fits.then(|| bytes.to_vec()) }
    }

    /// Reads on; how many bytes there were.
    async fn fill(&mut self) -> Result<usize, AppError> {
        let left = self.reader.size().saturating_sub(self.offset);
        let length = usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        if length == 0 {
            return Ok(0);
        }
        let (reader, offset) = (self.reader.clone(), self.offset);
        let read = tokio::task::spawn_blocking(move || {
            let mut chunk = vec![0; length];
            reader.read_exact_at(&mut chunk, offset).map(|()| chunk)
        });
        let chunk = read.await?.map_err(|source| {
            AppError::Blob(BlobError { doing: "read", path: PathBuf::from("statements"), source })
        })?;
        self.rest.extend_from_slice(&chunk);
        self.offset += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug)]
    struct Bytes(Vec<u8>);

    impl BlobReader for Bytes {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
            let from = usize::try_from(offset).map_err(io::Error::other)?;
            buffer.copy_from_slice(&self.0[from..from + buffer.len()]);
            Ok(())
        }
    }

    async fn lines(bytes: Vec<u8>) -> Vec<(u64, Option<usize>)> {
        let mut lines = Lines::of(Arc::new(Bytes(bytes)));
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            all.push((line.number, line.bytes.map(|bytes| bytes.len())));
        }
        all
    }

    #[tokio::test]
    async fn lines_keep_their_numbers_past_blank_ones() {
        let text = b"\xef\xbb\xbf{}\r\n\n  \n{ }\nend".to_vec();
        assert_eq!(lines(text).await, [(1, Some(2)), (4, Some(3)), (5, Some(3))]);
        assert_eq!(lines(Vec::new()).await, []);
    }

    #[tokio::test]
    async fn a_line_over_the_limit_is_skipped_and_the_next_is_read() {
        let mut text = vec![b'x'; 2 * LINE_BYTES_MAX];
        text.extend_from_slice(b"\nshort\n");
        text.extend(vec![b'y'; LINE_BYTES_MAX]);
        assert_eq!(lines(text).await, [(1, None), (2, Some(5)), (3, Some(LINE_BYTES_MAX))]);
    }
}
