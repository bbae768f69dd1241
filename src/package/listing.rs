//! A package that was accepted before, opened for serving: by its central directory alone.

use crate::{
    archive::{Archive, ArchiveError, data_offset},
    index::{Entry, Index, Match},
    limits::Limits,
    manifest,
    source::ReadAt,
};
use std::sync::OnceLock;

/// The files of an accepted package by path, with the same names and the same root as
/// [`crate::inspect`] found.
///
/// Where a file's bytes begin stands in its local header, and those lie all over the archive. They
/// are read one by one when their files are asked for, so that opening a package far away costs a
/// few reads at its end and not one for every file. That they agree with the directory was
/// checked when the package was accepted, and its bytes are named by their digest.
#[derive(Debug)]
pub struct Listing {
    /// Entries whose offset is that of the local header.
    index: Index,
    /// Where the bytes of each begin, once it was asked for.
    begins: Vec<OnceLock<u64>>,
}

/// A file of a [`Listing`].
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    entry: &'a Entry,
    begins: &'a OnceLock<u64>,
}

impl Listing {
    /// Reads the end record and the central directory.
    pub fn open(source: &dyn ReadAt, limits: &Limits) -> Result<Self, ArchiveError> {
        let archive = Archive::list(source, limits)?;
        let root = manifest::locate(&archive.files).map(|found| found.root).unwrap_or_default();
        let index = Index::beneath(archive.files, &root);
        let begins = index.entries().iter().map(|_| OnceLock::new()).collect();
        Ok(Self { index, begins })
    }

    /// Every file, in the order of the central directory. Their offsets are those of local headers.
    pub fn entries(&self) -> &[Entry] {
        self.index.entries()
    }

    /// The file that a request or an href means, as [`Index::find`] does.
    pub fn find(&self, path: &str) -> Option<(Listed<'_>, Match)> {
        let (at, how) = self.index.find_at(path)?;
        let (entry, begins) = (self.index.entries().get(at)?, self.begins.get(at)?);
        Some((Listed { entry, begins }, how))
    }
}

impl Listed<'_> {
    /// The file, if it was located before.
    pub fn located(&self) -> Option<Entry> {
        let offset = *self.begins.get()?;
        Some(Entry { offset, ..self.entry.clone() })
    }

    /// The file, by one small read of the archive when it is asked for the first time.
    pub fn locate(&self, source: &dyn ReadAt) -> Result<Entry, ArchiveError> {
        if let Some(known) = self.located() {
            return Ok(known);
        }
        let offset = data_offset(source, self.entry)?;
        let offset = *self.begins.get_or_init(|| offset);
        Ok(Entry { offset, ..self.entry.clone() })
    }
}
