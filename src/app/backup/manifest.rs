//! What a backup says of itself.

use domain::{OrganizationId, Sha256Digest};
use serde::{Deserialize, Serialize};

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the backup; 1.
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// When the snapshot was taken, RFC 3339.
    pub created_at: String,
    /// Its organizations, with their ledgers.
    pub organizations: Vec<BackedUpOrganization>,
    /// Its tables, each after those that it refers to.
    pub tables: Vec<ManifestTable>,
    /// Its packages.
    pub packages: Vec<ManifestPackage>,
    /// Whether the master key is in it.
    pub master_key: bool,
}

/// An organization and the state of its ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUpOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Entries in its ledger.
    pub size: u64,
    /// The root of its ledger's tree (RFC 6962).
    pub root: Sha256Digest,
    /// The last checkpoint that was signed, if any: a signed note.
    pub checkpoint: Option<String>,
}

/// A table of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestTable {
    /// Its name; the file is `tables/NAME.rows.gz`.
    pub name: String,
    /// Its columns, in the order of a row's values.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: Sha256Digest,
}

/// A package of the backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ManifestPackage {
    /// Whose.
    pub organization: OrganizationId,
    /// Its SHA-256; the file is `packages/ORGANIZATION/SHA-256`.
    pub sha256: Sha256Digest,
    /// Its size.
    pub bytes: u64,
}
