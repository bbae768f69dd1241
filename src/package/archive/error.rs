//! Why an archive is refused.

use crate::{
    codes::{self, Code},
    finding::Finding,
};

/// One named refusal for every way an archive can be hostile or broken.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The source itself failed.
    #[error("the archive could not be read at byte {offset}")]
    Read {
        /// Where reading failed.
        offset: u64,
        /// Why.
        source: std::io::Error,
    },
    /// Neither begins nor ends as a zip.
    #[error("the file is not a zip archive: it has no end of central directory record")]
    NotAZip,
    /// Begins as a zip, and its end is missing.
    #[error("the archive is cut off: {what} is missing")]
    Truncated {
        /// What should have been there.
        what: &'static str,
    },
    /// The list of entries contradicts itself or the archive.
    #[error("the archive's central directory is invalid: {what}")]
    DirectoryInvalid {
        /// What is wrong.
        what: String,
    },
    /// One part of a split archive.
    #[error("the archive is one part of several (disk {disk})")]
    MultiDisk {
        /// The disk number met, zero-based.
        disk: u32,
    },
    /// More entries than `entries_max`.
    #[error("the archive has {count} entries, more than the limit of {max} (entries_max)")]
    TooManyEntries {
        /// Entries stated.
        count: u64,
        /// The limit.
        max: u64,
    },
    /// The central directory is larger than `directory_bytes_max`.
    #[error(
        "the archive's list of entries has {bytes} bytes, more than the limit of {max} (directory_bytes_max)"
    )]
    DirectoryTooLarge {
        /// Bytes stated.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// More bytes than `unpacked_bytes_max`.
    #[error(
        "the archive unpacks to at least {bytes} bytes, more than the limit of {max} (unpacked_bytes_max)"
    )]
    TooManyBytes {
        /// Bytes stated up to the entry that broke the limit.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// A bomb by ratio.
    #[error(
        "{name:?} unpacks from {packed} to {unpacked} bytes, more than the limit of {max} to 1 (ratio_max)"
    )]
    RatioTooHigh {
        /// The entry.
        name: String,
        /// Bytes in the archive.
        packed: u64,
        /// Bytes stated unpacked.
        unpacked: u64,
        /// The limit.
        max: u64,
    },
    /// A name with `..`.
    #[error("the entry {name:?} leaves the package")]
    PathTraversal {
        /// The name as decoded.
        name: String,
    },
    /// A name that starts at a root, with a drive letter or a network share.
    #[error("the entry {name:?} has an absolute path")]
    AbsolutePath {
        /// The name as decoded.
        name: String,
    },
    /// A name that is empty or holds control characters.
    #[error("the entry {name:?} has an empty name or control characters in it")]
    InvalidName {
        /// The name as decoded.
        name: String,
    },
    /// Longer than `path_bytes_max`.
    #[error(
        "the entry {name:?}… has a name of {bytes} bytes, more than the limit of {max} (path_bytes_max)"
    )]
    NameTooLong {
        /// The beginning of the name.
        name: String,
        /// Bytes of the name.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A link, device, pipe or socket.
    #[error("the entry {name:?} is {kind}, not a file")]
    SpecialFile {
        /// The entry.
        name: String,
        /// What it is.
        kind: &'static str,
    },
    /// Two entries of one name.
    #[error("the entry {name:?} is in the archive twice")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Two entries whose names differ in letter case or Unicode composition only.
    #[error("the entries {one:?} and {other:?} differ only in letter case or accents' composition")]
    CaseCollision {
        /// One name.
        one: String,
        /// The other.
        other: String,
    },
    /// Two entries share bytes.
    #[error("the entries {one:?} and {other:?} overlap in the archive")]
    Overlapping {
        /// The one that starts earlier.
        one: String,
        /// What starts before it ends.
        other: String,
    },
    /// Needs a password.
    #[error("the entry {name:?} is encrypted")]
    Encrypted {
        /// The entry.
        name: String,
    },
    /// Neither stored nor deflated.
    #[error("the entry {name:?} is compressed by method {method} ({}); only stored and Deflate are supported", method_name(*method))]
    UnsupportedMethod {
        /// The entry.
        name: String,
        /// The method's number (APPNOTE 4.4.5).
        method: u16,
    },
    /// The local header says something else than the central directory.
    #[error(
        "the entry {name:?} has another {field} in its own header than in the central directory"
    )]
    HeaderMismatch {
        /// The entry.
        name: String,
        /// What differs.
        field: &'static str,
    },
    /// The data is longer or shorter than stated.
    #[error("the entry {name:?} does not have the {stated} bytes that the archive states")]
    SizeMismatch {
        /// The entry.
        name: String,
        /// Bytes stated.
        stated: u64,
    },
    /// The data has another checksum than stated.
    #[error(
        "the entry {name:?} has the checksum {actual:08x}, and the archive states {stated:08x}"
    )]
    CrcMismatch {
        /// The entry.
        name: String,
        /// CRC-32 stated.
        stated: u32,
        /// CRC-32 of the data.
        actual: u32,
    },
    /// The Deflate stream is broken.
    #[error("the entry {name:?} has damaged data")]
    DataInvalid {
        /// The entry.
        name: String,
        /// What the decoder said.
        source: std::io::Error,
    },
}

/// Names of the methods that are met in practice (APPNOTE 4.4.5).
fn method_name(method: u16) -> &'static str {
    match method {
        1 => "Shrink",
        6 => "Implode",
        9 => "Deflate64",
        12 => "BZIP2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "XZ",
        98 => "PPMd",
        99 => "AES",
        _ => "unknown",
    }
}

impl ArchiveError {
    /// The catalogue's entry for this refusal.
    pub fn code(&self) -> &'static Code {
        match self {
            Self::Read { .. } => &codes::READ_FAILED,
            Self::NotAZip => &codes::NOT_A_ZIP,
            Self::Truncated { .. } => &codes::ARCHIVE_TRUNCATED,
            Self::DirectoryInvalid { .. } => &codes::DIRECTORY_INVALID,
            Self::MultiDisk { .. } => &codes::MULTI_DISK,
            Self::TooManyEntries { .. } | Self::DirectoryTooLarge { .. } => {
                &codes::TOO_MANY_ENTRIES
            }
            Self::TooManyBytes { .. } => &codes::TOO_MANY_BYTES,
            Self::RatioTooHigh { .. } => &codes::RATIO_TOO_HIGH,
            Self::PathTraversal { .. } => &codes::PATH_TRAVERSAL,
            Self::AbsolutePath { .. } => &codes::ABSOLUTE_PATH,
            Self::InvalidName { .. } => &codes::INVALID_NAME,
            Self::NameTooLong { .. } => &codes::NAME_TOO_LONG,
            Self::SpecialFile { .. } => &codes::SPECIAL_FILE,
            Self::DuplicateName { .. } => &codes::DUPLICATE_NAME,
            Self::CaseCollision { .. } => &codes::CASE_COLLISION,
            Self::Overlapping { .. } => &codes::OVERLAPPING_ENTRIES,
            Self::Encrypted { .. } => &codes::ENCRYPTED,
            Self::UnsupportedMethod { .. } => &codes::UNSUPPORTED_METHOD,
            Self::HeaderMismatch { .. } => &codes::HEADER_MISMATCH,
            Self::SizeMismatch { .. } => &codes::SIZE_MISMATCH,
            Self::CrcMismatch { .. } => &codes::CRC_MISMATCH,
            Self::DataInvalid { .. } => &codes::DATA_INVALID,
        }
    }

    /// The refusal as a finding.
    pub fn finding(&self) -> Finding {
        let mut message = self.to_string();
        if let Some(source) = std::error::Error::source(self) {
            message = format!("{message}: {source}");
        }
        Finding::new(self.code(), message)
    }
}
