//! What a package may ask of us at most.

use serde::{Deserialize, Serialize};

/// Limits of an archive and of the XML in it; every one is named in the refusal it causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Entries of the archive, folders included.
    pub entries_max: u64,
    /// Bytes of all entries together when unpacked.
    pub unpacked_bytes_max: u64,
    /// Unpacked bytes per compressed byte of one entry, and of the whole archive.
    pub ratio_max: u64,
    /// Unpacked bytes up to which `ratio_max` does not count: small texts compress very well.
    pub ratio_floor_bytes: u64,
    /// Bytes of one entry's name.
    pub path_bytes_max: usize,
    /// Bytes of the archive's central directory.
    pub directory_bytes_max: u64,
    /// Bytes of the manifest, or of another XML file that it names.
    pub manifest_bytes_max: u64,
    /// Depth of nested elements.
    pub xml_depth_max: usize,
    /// Elements of one document.
    pub xml_elements_max: usize,
    /// Attributes of one element.
    pub xml_attributes_max: usize,
    /// Findings kept of one kind; further ones are counted in a last one.
    pub findings_per_code_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries_max: 50_000,
            unpacked_bytes_max: 8 << 30,
            ratio_max: 250,
            ratio_floor_bytes: 16 << 20,
            path_bytes_max: 1_024,
            directory_bytes_max: 16 << 20,
            manifest_bytes_max: 8 << 20,
            xml_depth_max: 100,
            xml_elements_max: 100_000,
            xml_attributes_max: 100,
            findings_per_code_max: 20,
        }
    }
}
