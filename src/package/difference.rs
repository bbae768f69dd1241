//! What one package has otherwise than another: files by their paths, the course by its parts.

use crate::{index::Entry, sizes::size_text};
use scorm::{
    difference::{CourseDifference, Listed, in_few_words},
    manifest::Manifest,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Files listed of one kind at most; what goes beyond is counted.
pub const FILES_LISTED_MAX: usize = 200;

/// What a package has otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The parts of the course, and what it says about itself.
    pub structure: CourseDifference,
    /// The files.
    pub files: FilesDifference,
}

/// Which files a package has otherwise than before. Two files with one length and CRC-32 are taken
/// for the same; both stand in the zip's directory, so that nothing is unpacked to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesDifference {
    /// Files that were not there, in the order of their paths.
    pub added: Listed<FileChange>,
    /// Files that are gone.
    pub removed: Listed<FileChange>,
    /// Files with other bytes.
    pub changed: Listed<FileChange>,
    /// How many files are as they were.
    pub unchanged: usize,
    /// Unpacked bytes of all files before.
    pub bytes_before: u64,
    /// Unpacked bytes of all files now.
    pub bytes_after: u64,
}

/// A file that is otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Its path, beneath the manifest's folder.
    pub path: String,
    /// Its unpacked bytes before; absent when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_before: Option<u64>,
    /// Its unpacked bytes now; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_after: Option<u64>,
}

/// A package as it is compared: its manifest and its files.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What the manifest says.
    pub manifest: &'a Manifest,
    /// The files, as an [`Index`](crate::Index) or a [`Listing`](crate::Listing) has them.
    pub files: &'a [Entry],
}

impl Difference {
    /// What `after` has otherwise than `before`.
    pub fn between(before: Side<'_>, after: Side<'_>) -> Self {
        Self {
            structure: CourseDifference::between(before.manifest, after.manifest),
            files: FilesDifference::between(before.files, after.files),
        }
    }

    /// Whether nothing is otherwise.
    pub const fn is_empty(&self) -> bool {
        self.structure.is_empty() && self.files.is_empty()
    }

    /// The difference in a line: `2 parts added; 3 files changed, 12.4 kB in all`.
    pub fn summary(&self) -> String {
        format!("{}; {}", self.structure.summary(), self.files.summary())
    }
}

impl FilesDifference {
    /// What the files of `after` have otherwise than those of `before`.
    pub fn between(before: &[Entry], after: &[Entry]) -> Self {
        let known: HashMap<&str, &Entry> =
            before.iter().map(|entry| (entry.path.as_str(), entry)).collect();
        let (mut added, mut changed, mut unchanged) = (Vec::new(), Vec::new(), 0);
        for entry in after {
            match known.get(entry.path.as_str()) {
                None => added.push(FileChange::of(None, Some(entry))),
                Some(was) if (was.length, was.crc32) == (entry.length, entry.crc32) => {
                    unchanged += 1;
                }
                Some(was) => changed.push(FileChange::of(Some(was), Some(entry))),
            }
        }
        let now: HashMap<&str, &Entry> =
            after.iter().map(|entry| (entry.path.as_str(), entry)).collect();
        let gone = before.iter().filter(|entry| !now.contains_key(entry.path.as_str()));
        let removed = gone.map(|entry| FileChange::of(Some(entry), None)).collect();
        let bytes = |entries: &[Entry]| {
            entries.iter().fold(0, |sum: u64, entry| sum.saturating_add(entry.length))
        };
        let listed = |mut changes: Vec<FileChange>| {
            changes.sort_unstable_by(|one, other| one.path.cmp(&other.path));
            Listed::of(changes, FILES_LISTED_MAX)
        };
        Self {
            added: listed(added),
            removed: listed(removed),
            changed: listed(changed),
            unchanged,
            bytes_before: bytes(before),
            bytes_after: bytes(after),
        }
    }

    /// Whether the files are the same.
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// The difference in a few words.
    pub fn summary(&self) -> String {
        let counts = [self.added.total, self.removed.total, self.changed.total];
        let told = in_few_words(["file", "files"], counts);
        format!("{told}, {} in all", size_text(self.bytes_after))
    }
}

impl FileChange {
    fn of(before: Option<&Entry>, after: Option<&Entry>) -> Self {
        let path = after.or(before).map(|entry| entry.path.clone()).unwrap_or_default();
        let bytes = |entry: &Entry| entry.length;
        Self { path, bytes_before: before.map(bytes), bytes_after: after.map(bytes) }
    }

    /// The path and its sizes: `a.js, 10 B to 12 B`.
    pub fn text(&self) -> String {
        match (self.bytes_before, self.bytes_after) {
            (Some(was), Some(is)) => {
                format!("{}, {} to {}", self.path, size_text(was), size_text(is))
            }
            (was, is) => format!("{}, {}", self.path, size_text(is.or(was).unwrap_or_default())),
        }
    }
}
