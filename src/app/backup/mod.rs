//! Backup and restore: one consistent copy of everything, in a form that neither database owns.
//!
//! A backup is a folder: `tables/NAME.rows.gz` for each table, `packages/ORGANIZATION/SHA-256` for
//! each package, `master.key`, and `manifest.json`, which is written last and names the others with
//! their hashes. A folder without it is no backup.

mod chain;
mod file;
mod manifest;
mod restore;
mod write;

pub use manifest::{BackedUpOrganization, Manifest, ManifestPackage, ManifestTable};
pub use restore::{check, read_manifest, restore};
pub use write::{BackupOptions, backup};

use blob::BlobError;
use std::{io, path::PathBuf};
use store::StoreError;

/// The form of backups that this version writes.
pub const FORMAT: u32 = 1;

/// A backup could not be written or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file of the backup could not be read or written.
    #[error("{doing} {}", path.display())]
    File {
        /// What was tried, for instance `write`.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it did not work.
        source: io::Error,
    },
    /// The folder is not empty, so that it could hold another backup.
    #[error("{} is not empty", path.display())]
    Occupied {
        /// Which folder.
        path: PathBuf,
    },
    /// The store to restore into holds something already.
    #[error("the store is not empty: restore into a new one")]
    NotEmpty,
    /// The backup is not whole, or was changed.
    #[error("the backup cannot be trusted: {problem}")]
    Damaged {
        /// What is wrong.
        problem: String,
    },
    /// The backup is of another version of the program.
    #[error("the backup does not fit this version: {problem}")]
    Unfit {
        /// What differs.
        problem: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The package store failed.
    #[error("package store failed")]
    Blob(#[from] BlobError),
}

impl BackupError {
    fn damaged(problem: impl Into<String>) -> Self {
        Self::Damaged { problem: problem.into() }
    }
}

fn failed(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.into();
    move |source| BackupError::File { doing, path, source }
}

/// Told what is done, and how many bytes of it.
pub type BackupProgress<'a> = &'a (dyn Fn(&str, u64) + Send + Sync);
