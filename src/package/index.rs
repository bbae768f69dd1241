//! The files of a package and where their bytes are inside the zip.

use crate::{
    archive::folded,
    media::media_type,
    source::{ReadAt, Section},
};
use flate2::bufread::DeflateDecoder;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    io::{self, Read},
};

/// One file inside the zip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Path relative to the manifest's folder, `/` between segments.
    pub path: String,
    /// Where its bytes begin in the archive.
    pub offset: u64,
    /// Bytes in the archive.
    pub packed: u64,
    /// Bytes when unpacked.
    pub length: u64,
    /// Whether the bytes in the archive are a raw Deflate stream (RFC 1951); else they are the
    /// file itself.
    pub deflated: bool,
    /// CRC-32 of the unpacked bytes.
    pub crc32: u32,
}

impl Entry {
    /// The file's media type by its ending.
    pub fn media_type(&self) -> &'static str {
        media_type(&self.path)
    }

    /// The bytes as they are in the archive.
    pub fn raw<R: ReadAt>(&self, source: R) -> Section<R> {
        Section::new(source, self.offset, self.packed)
    }

    /// The unpacked bytes; what a hostile archive would make of it is bounded by the caller.
    pub fn unpack<R: ReadAt>(&self, source: R) -> Unpacked<R> {
        let section = self.raw(source);
        if self.deflated {
            Unpacked::Deflated(Box::new(DeflateDecoder::new(section)), self.packed)
        } else {
            Unpacked::Stored(section)
        }
    }

    /// The unpacked bytes from `start` on, `length` of them at most. What lies before is inflated
    /// and thrown away, so this costs time proportional to `start` for a deflated entry.
    pub fn unpack_range<R: ReadAt>(
        &self,
        source: R,
        start: u64,
        length: u64,
    ) -> io::Result<io::Take<Unpacked<R>>> {
        let (start, length) = (start.min(self.length), length.min(self.length));
        if !self.deflated {
            let length = length.min(self.length - start);
            let section = Section::new(source, self.offset + start, length);
            return Ok(Unpacked::Stored(section).take(length));
        }
        let mut unpacked = self.unpack(source);
        io::copy(&mut (&mut unpacked).take(start), &mut io::sink())?;
        Ok(unpacked.take(length))
    }

    /// Where the bytes `start..start + length` of a stored file lie in the archive; `None` for a
    /// deflated file and for a range that leaves the file.
    pub fn stored_range(&self, start: u64, length: u64) -> Option<(u64, u64)> {
        let fits = start.checked_add(length)? <= self.length;
        (!self.deflated && fits).then(|| (self.offset + start, length))
    }

    /// The ten bytes that make a gzip file (RFC 1952) of a deflated entry, with
    /// [`gzip_trailer`](Self::gzip_trailer) behind the archive's bytes.
    pub const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

    /// The eight bytes that end the gzip file: CRC-32 and length modulo 2³².
    pub fn gzip_trailer(&self) -> [u8; 8] {
        let mut trailer = [0; 8];
        let (crc32, length) = trailer.split_at_mut(4);
        crc32.copy_from_slice(&self.crc32.to_le_bytes());
        let low = u32::try_from(self.length & u64::from(u32::MAX));
        length.copy_from_slice(&low.expect("it was cut to 32 bits").to_le_bytes());
        trailer
    }

    /// Bytes of the gzip file that a deflated entry makes.
    pub const fn gzip_length(&self) -> u64 {
        self.packed + 18
    }
}

/// Reads an entry's unpacked bytes.
pub enum Unpacked<R> {
    /// As they are.
    Stored(Section<R>),
    /// Through inflate; with how many bytes the stream should have.
    Deflated(Box<DeflateDecoder<Section<R>>>, u64),
}

impl<R: ReadAt> Unpacked<R> {
    /// Whether every byte of the archive's run was needed: there is none behind the end of the
    /// Deflate stream.
    pub(crate) fn is_consumed(&self) -> bool {
        match self {
            Self::Stored(_) => true,
            Self::Deflated(decoder, packed) => decoder.total_in() == *packed,
        }
    }
}

impl<R: ReadAt> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(section) => section.read(buffer),
            Self::Deflated(decoder, _) => decoder.read(buffer),
        }
    }
}

/// The files of a package by path, the manifest's folder as root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// In the order of the central directory.
    entries: Vec<Entry>,
    /// By exact path.
    exact: HashMap<String, usize>,
    /// By path without letter case and Unicode composition; no two files share one.
    folded: HashMap<String, usize>,
}

/// How a path was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// As written.
    Exact,
    /// After decoding percent signs once more.
    Decoded,
    /// In another letter case or Unicode composition.
    Folded,
}

impl Index {
    /// The index of the files beneath `root`, which is empty or ends in a slash.
    pub(crate) fn beneath(files: Vec<Entry>, root: &str) -> Self {
        let strip = |mut file: Entry| {
            file.path = file.path.strip_prefix(root)?.to_owned();
            Some(file)
        };
        let entries: Vec<Entry> = files.into_iter().filter_map(strip).collect();
        let by = |key: fn(&Entry) -> String| {
            entries.iter().enumerate().map(|(at, entry)| (key(entry), at)).collect()
        };
        let exact = by(|entry| entry.path.clone());
        let folded = by(|entry| folded(&entry.path));
        Self { entries, exact, folded }
    }

    /// Every file, in the order of the central directory.
    pub const fn entries(&self) -> &[Entry] {
        self.entries.as_slice()
    }

    /// The file at this path, as written.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.exact.get(path).and_then(|at| self.entries.get(*at))
    }

    /// The file that a request or an href means: as written, else with percent signs decoded,
    /// else in any letter case and Unicode composition.
    ///
    /// A request's path was decoded once by the HTTP layer; content that encodes twice, or whose
    /// file names hold percent signs, is found all the same.
    pub fn find(&self, path: &str) -> Option<(&Entry, Match)> {
        let (at, how) = self.find_at(path)?;
        Some((self.entries.get(at)?, how))
    }

    /// As [`Self::find`], by the place among [`Self::entries`].
    pub(crate) fn find_at(&self, path: &str) -> Option<(usize, Match)> {
        let path = path.trim_start_matches('/');
        if let Some(at) = self.exact.get(path) {
            return Some((*at, Match::Exact));
        }
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok();
        if let Some(at) = decoded.as_deref().and_then(|path| self.exact.get(path)) {
            return Some((*at, Match::Decoded));
        }
        let by_folded = |path: &str| self.folded.get(&folded(path));
        let at = by_folded(path).or_else(|| by_folded(decoded.as_deref()?))?;
        Some((*at, Match::Folded))
    }
}
