//! The zip of a pack, written from its first file to its last.

use super::{Digests, Subject};
use domain::Sha256Digest;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip that is being written, with the hashes of its files.
pub(super) struct Files {
    /// It is large, and passed from hand to hand.
    zip: Box<ZipWriter<BufWriter<File>>>,
    subjects: Vec<Subject>,
    open: Option<(String, Sha256)>,
}

impl Files {
    pub(super) fn new(file: File) -> Self {
        Self {
            zip: Box::new(ZipWriter::new(BufWriter::new(file))),
            subjects: Vec::new(),
            open: None,
        }
    }

    /// Begins a file; the one before it ends. No time of day is in it, so that the same content
    /// gives the same bytes.
    pub(super) fn begin(&mut self, name: &str) -> io::Result<()> {
        self.end();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(true);
        self.zip.start_file(name, options)?;
        self.open = Some((name.to_owned(), Sha256::new()));
        Ok(())
    }

    fn end(&mut self) {
        if let Some((name, hash)) = self.open.take() {
            let sha256 = Sha256Digest::new(hash.finalize().into());
            self.subjects.push(Subject { name, digest: Digests { sha256 } });
        }
    }

    /// A whole file.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.begin(name)?;
        self.write_all(bytes)
    }

    /// A line of the file that is open.
    pub(super) fn line(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.write_all(&line)
    }

    /// The files so far.
    pub(super) fn subjects(&mut self) -> Vec<Subject> {
        self.end();
        std::mem::take(&mut self.subjects)
    }

    /// Ends the zip and puts it on the disk.
    pub(super) fn finish(mut self) -> io::Result<File> {
        self.end();
        let mut out = self.zip.finish()?;
        out.flush()?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file)
    }
}

impl Write for Files {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.zip.write(bytes)?;
        if let Some((_, hash)) = &mut self.open {
            hash.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.flush()
    }
}
