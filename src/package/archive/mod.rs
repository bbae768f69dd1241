//! The zip itself, read by our own rules: every field that can lie is compared with another one.
//!
//! One pass over the central directory and the local headers makes an [`Archive`]; [`verify`]
//! then inflates everything once. Memory grows with the number of entries, never with their size.
//!
//! [`verify`]: Archive::verify

mod code_page;
mod directory;
mod end;
mod error;
mod fields;
mod names;
mod verify;

pub use error::ArchiveError;
pub(crate) use names::folded;
pub(crate) use verify::data_offset;

use crate::{
    codes, finding::Finding, index::Entry, limits::Limits, mentions::Mentions, source::ReadAt, xml,
};
use directory::Record;
use std::collections::HashMap;

/// An archive that holds no trap in its structure; its data is not verified yet.
#[derive(Debug)]
pub(crate) struct Archive {
    /// Files, in the order of the central directory.
    pub(crate) files: Vec<Entry>,
    /// Folders and system junk: verified like files, and never served.
    pub(crate) others: Vec<Entry>,
    /// Bytes of the whole archive.
    pub(crate) bytes: u64,
    /// What is odd about it.
    pub(crate) findings: Vec<Finding>,
}

impl Archive {
    /// Reads the structure: end record, central directory, names and local headers.
    pub(crate) fn open(source: &dyn ReadAt, limits: &Limits) -> Result<Self, ArchiveError> {
        let end = end::read(source)?;
        let records = directory::read(source, &end, limits)?;
        let offsets = verify::data_offsets(source, &records, end.directory_offset)?;
        Self::of(source, &end, &records, &offsets, limits)
    }

    /// Reads the structure of an archive that was opened before, without its local headers: the
    /// offset of an entry is that of its header.
    pub(crate) fn list(source: &dyn ReadAt, limits: &Limits) -> Result<Self, ArchiveError> {
        let end = end::read(source)?;
        let records = directory::read(source, &end, limits)?;
        let headers: Vec<u64> = records.iter().map(|record| record.header_offset).collect();
        Self::of(source, &end, &records, &headers, limits)
    }

    fn of(
        source: &dyn ReadAt,
        end: &end::End,
        records: &[Record],
        offsets: &[u64],
        limits: &Limits,
    ) -> Result<Self, ArchiveError> {
        let bytes = source.size().map_err(|source| ArchiveError::Read { offset: 0, source })?;
        let names = names::decode(records, || manifest_names(source, records, limits));
        let mut findings = around(end);
        if let Some(page) = names.code_page {
            findings.push(Finding::new(
                &codes::CODE_PAGE_NAME,
                format!("{} names are not in UTF-8 and were read as {page}", names.guessed),
            ));
        }
        let mut archive = Self { files: Vec::new(), others: Vec::new(), bytes, findings };
        archive.sort_in(records, offsets, &names.names)?;
        archive.check_names()?;
        Ok(archive)
    }

    /// Makes entries of records, files apart from folders and junk.
    fn sort_in(
        &mut self,
        records: &[Record],
        offsets: &[u64],
        names: &[String],
    ) -> Result<(), ArchiveError> {
        let mut backslashes = Vec::new();
        let mut junk = 0;
        for ((record, offset), name) in records.iter().zip(offsets).zip(names) {
            let path = names::to_path(name)?;
            if path.backslash {
                backslashes.push(name);
            }
            let is_junk = names::is_junk(&path.path);
            junk += usize::from(is_junk && !path.folder);
            let list = if path.folder || is_junk { &mut self.others } else { &mut self.files };
            list.push(entry(record, *offset, path.path));
        }
        if let Some(first) = backslashes.first() {
            let message = format!(
                "{} entries have backslashes in their names, the first is {first:?}",
                backslashes.len(),
            );
            self.findings.push(Finding::new(&codes::BACKSLASH_NAME, message));
        }
        if junk > 0 {
            let message = format!("{junk} files of an operating system were ignored");
            self.findings.push(Finding::new(&codes::SYSTEM_JUNK, message));
        }
        Ok(())
    }

    /// Refuses names that are one on some systems; tells of files that are folders too.
    fn check_names(&mut self) -> Result<(), ArchiveError> {
        let mut seen: HashMap<String, &str> = HashMap::with_capacity(self.files.len());
        for file in &self.files {
            if let Some(other) = seen.insert(folded(&file.path), &file.path) {
                let (one, other) = (other.to_owned(), file.path.clone());
                return Err(if one == other {
                    ArchiveError::DuplicateName { name: one }
                } else {
                    ArchiveError::CaseCollision { one, other }
                });
            }
        }
        let parents = self.files.iter().flat_map(|file| ancestors(&file.path));
        let folders = self.others.iter().map(|folder| folder.path.as_str());
        let clash = parents.chain(folders).find(|folder| seen.contains_key(&folded(folder)));
        if let Some(clash) = clash {
            let message = format!("{clash:?} is a file and a folder");
            self.findings.push(Finding::new(&codes::FILE_AND_FOLDER, message).in_file(clash));
        }
        Ok(())
    }

    /// Bytes of all entries together when unpacked.
    pub(crate) fn unpacked_bytes(&self) -> u64 {
        self.entries().map(|entry| entry.length).sum()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.files.iter().chain(&self.others)
    }

    /// Inflates every entry and compares length and CRC-32 with what is stated.
    /// `mentions` reads along.
    pub(crate) fn verify(
        &self,
        source: &dyn ReadAt,
        mentions: &mut Mentions,
    ) -> Result<(), ArchiveError> {
        self.entries().try_for_each(|entry| {
            mentions.open(&entry.path);
            verify::copy(source, entry, mentions)
        })
    }
}

fn entry(record: &Record, offset: u64, path: String) -> Entry {
    Entry {
        path,
        offset,
        packed: record.packed,
        length: record.unpacked,
        deflated: record.method == 8,
        crc32: record.crc32,
    }
}

/// The folders a path lies in, nearest last.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

fn around(end: &end::End) -> Vec<Finding> {
    let mut findings = Vec::new();
    if end.leading_bytes > 0 {
        let message = format!("{} bytes before the archive were skipped", end.leading_bytes);
        findings.push(Finding::new(&codes::LEADING_BYTES, message));
    }
    if end.trailing_bytes > 0 {
        let message = format!("{} bytes behind the archive were ignored", end.trailing_bytes);
        findings.push(Finding::new(&codes::TRAILING_BYTES, message));
    }
    findings
}

/// The file names that the manifests in the archive mention, to guess a code page by. Whatever
/// goes wrong here is found again, and told, when the manifest is read in earnest.
fn manifest_names(source: &dyn ReadAt, records: &[Record], limits: &Limits) -> Vec<String> {
    let is_manifest = |record: &Record| {
        record.name.to_ascii_lowercase().ends_with(b"imsmanifest.xml")
            && record.unpacked <= limits.manifest_bytes_max
    };
    let manifests = records.iter().filter(|record| is_manifest(record)).take(4);
    let texts = manifests.filter_map(|record| {
        let header = entry(record, record.header_offset, record.shown());
        let offset = data_offset(source, &header).ok()?;
        let bytes = read_whole(source, &Entry { offset, ..header }, limits.manifest_bytes_max);
        Some(xml::decode(&bytes.ok()?).text)
    });
    texts.flat_map(|text| xml::quoted_values(&text, "href")).collect()
}

/// All bytes of a small entry, verified; `max` bounds what is held.
pub(crate) fn read_whole(
    source: &dyn ReadAt,
    entry: &Entry,
    max: u64,
) -> Result<Vec<u8>, ArchiveError> {
    if entry.length > max {
        return Err(ArchiveError::TooManyBytes { bytes: entry.length, max });
    }
    let mut bytes = Vec::new();
    verify::copy(source, entry, &mut bytes)?;
    Ok(bytes)
}
