//! Writing packages: deterministic zips of small sets of files.

use flate2::{Compression, write::DeflateEncoder};
use std::io::Write;

/// 1 January 1980 00:00, the earliest that a zip can state.
const DATE: u32 = 0x0021_0000;
/// Names are in UTF-8 (APPNOTE 4.4.4, bit 11).
const FLAG_UTF8: u16 = 1 << 11;
const VERSION: u16 = 20;
const DEFLATED: u16 = 8;

/// A zip of these files in this order: the same files give the same bytes. Everything is deflated,
/// names are in UTF-8, and no time of day is in it.
///
/// Meant for courses of megabytes; sizes beyond what a zip without zip64 can state are cut.
pub fn zip_of<P: AsRef<str>, B: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, B)>) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    let mut count = 0_u16;
    for (path, bytes) in files {
        let (path, bytes) = (path.as_ref().as_bytes(), bytes.as_ref());
        let packed = deflate(bytes);
        let offset = narrow(archive.len());
        let mut common = Vec::new();
        for field in [VERSION, FLAG_UTF8, DEFLATED] {
            common.extend(field.to_le_bytes());
        }
        for field in [DATE, crc32fast::hash(bytes), narrow(packed.len()), narrow(bytes.len())] {
            common.extend(field.to_le_bytes());
        }
        let name_bytes = u16::try_from(path.len()).unwrap_or(u16::MAX);
        common.extend(name_bytes.to_le_bytes());
        common.extend([0; 2]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(path);
        archive.extend(packed);
        directory.extend(b"PK\x01\x02");
        directory.extend(VERSION.to_le_bytes());
        directory.extend(common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(path);
        count = count.saturating_add(1);
    }
    let offset = narrow(archive.len());
    let bytes = narrow(directory.len());
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].map(u16::to_le_bytes).as_flattened());
    archive.extend([bytes, offset].map(u32::to_le_bytes).as_flattened());
    archive.extend([0; 2]);
    archive
}

/// The raw Deflate stream of some bytes.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
