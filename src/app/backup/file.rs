//! The files of tables: rows, packed, hashed on the way.

use super::{BackupError, failed};
use domain::Sha256Digest;
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use store::archive::{ArchiveRow, DecodeError, decode_row, encode_row};

/// Bytes gathered before they are packed, and read at a time.
const BUFFER_BYTES: usize = 256 * 1024;
/// Longest row that is read: a document or an attachment and its columns.
const ROW_BYTES_MAX: usize = 1 << 30;

/// A writer or reader that hashes and counts what passes.
struct Hashed<T> {
    inner: T,
    sha256: Sha256,
    bytes: u64,
}

impl<T> Hashed<T> {
    fn new(inner: T) -> Self {
        Self { inner, sha256: Sha256::new(), bytes: 0 }
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.pass(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.pass(&buffer[..read]);
        Ok(read)
    }
}

/// A table's file while it is written.
pub(super) struct TableWriter {
    path: PathBuf,
    gzip: GzEncoder<Hashed<File>>,
    buffer: Vec<u8>,
    rows: u64,
}

/// What a finished file holds.
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: Sha256Digest,
}

impl TableWriter {
    pub(super) fn create(path: PathBuf) -> Result<Self, BackupError> {
        let file = super::write::create(&path)?;
        // The level costs least: rows are mostly JSON, which packs well at any.
        let gzip = GzEncoder::new(Hashed::new(file), Compression::fast());
        Ok(Self { path, gzip, buffer: Vec::with_capacity(BUFFER_BYTES), rows: 0 })
    }

    pub(super) fn push(&mut self, row: &ArchiveRow) -> Result<(), BackupError> {
        encode_row(row, &mut self.buffer);
        self.rows += 1;
        if self.buffer.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), BackupError> {
        self.gzip.write_all(&self.buffer).map_err(failed("write", &self.path))?;
        self.buffer.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Written, BackupError> {
        self.flush()?;
        let hashed = self.gzip.finish().map_err(failed("write", &self.path))?;
        hashed.inner.sync_all().map_err(failed("write", &self.path))?;
        let sha256 = Sha256Digest::new(hashed.sha256.finalize().into());
        Ok(Written { rows: self.rows, bytes: hashed.bytes, sha256 })
    }
}

/// A table's file while it is read.
pub(super) struct TableReader {
    path: PathBuf,
    gzip: MultiGzDecoder<BufReader<Hashed<File>>>,
    columns: usize,
    /// Read and not decoded yet, from `begin` on.
    buffer: Vec<u8>,
    begin: usize,
}

impl TableReader {
    pub(super) fn open(path: &Path, columns: usize) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(failed("read", path))?;
        let hashed = BufReader::with_capacity(BUFFER_BYTES, Hashed::new(file));
        let gzip = MultiGzDecoder::new(hashed);
        Ok(Self { path: path.to_owned(), gzip, columns, buffer: Vec::new(), begin: 0 })
    }

    fn damaged(&self, problem: &str) -> BackupError {
        BackupError::damaged(format!("{}: {problem}", self.path.display()))
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<ArchiveRow>, BackupError> {
        loop {
            let mut rest = self.buffer.get(self.begin..).unwrap_or_default();
            let before = rest.len();
            if before > 0 {
                match decode_row(&mut rest, self.columns) {
                    Ok(row) => {
                        self.begin += before - rest.len();
                        return Ok(Some(row));
                    }
                    Err(DecodeError::Short) if before < ROW_BYTES_MAX => {}
                    Err(error) => return Err(self.damaged(&error.to_string())),
                }
            }
            if self.fill()? == 0 {
                return if before == 0 { Ok(None) } else { Err(self.damaged("it ends in a row")) };
            }
        }
    }

    fn fill(&mut self) -> Result<usize, BackupError> {
        self.buffer.drain(..self.begin);
        self.begin = 0;
        let before = self.buffer.len();
        // A row that does not fit is met with twice the room, so that it is not read for ever.
        let more = before.max(BUFFER_BYTES);
        self.buffer.resize(before + more, 0);
        let read = self.gzip.read(&mut self.buffer[before..]);
        let read = read.map_err(|error| self.damaged(&error.to_string()))?;
        self.buffer.truncate(before + read);
        Ok(read)
    }

    /// SHA-256 of the whole file, once all rows are read.
    pub(super) fn finish(mut self) -> Result<Sha256Digest, BackupError> {
        let reader = self.gzip.get_mut();
        io::copy(reader, &mut io::sink()).map_err(failed("read", &self.path))?;
        let hashed = self.gzip.into_inner().into_inner();
        Ok(Sha256Digest::new(hashed.sha256.finalize().into()))
    }
}
