//! Local headers and data against the central directory.

use super::{ArchiveError, directory::Record, fields::Fields};
use crate::{index::Entry, source::ReadAt};
use std::io::{self, Read, Write};

const SIGNATURE: u32 = 0x0403_4b50;
/// Bytes of a local header without name and extra fields.
const HEADER_BYTES: usize = 30;
/// Where the lengths of name and extra fields stand in it.
const NAME_LENGTH_AT: usize = 26;
const FLAG_DESCRIPTOR: u16 = 1 << 3;

/// Where each record's data starts; refuses headers that disagree and entries that overlap.
pub(super) fn data_offsets(
    source: &dyn ReadAt,
    records: &[Record],
    directory_offset: u64,
) -> Result<Vec<u64>, ArchiveError> {
    let offsets: Vec<u64> =
        records.iter().map(|record| checked_offset(source, record)).collect::<Result<_, _>>()?;
    let mut runs: Vec<_> = records
        .iter()
        .zip(&offsets)
        .map(|(record, offset)| {
            (record.header_offset, offset.saturating_add(record.packed), record)
        })
        .collect();
    runs.sort_by_key(|(start, ..)| *start);
    for (at, (_, end, record)) in runs.iter().enumerate() {
        if *end > directory_offset {
            let (name, stated) = (record.shown(), record.packed);
            return Err(ArchiveError::SizeMismatch { name, stated });
        }
        if let Some((_, _, next)) = runs.get(at + 1).filter(|(start, ..)| start < end) {
            return Err(ArchiveError::Overlapping { one: record.shown(), other: next.shown() });
        }
    }
    Ok(offsets)
}

/// Checks one local header and gives the offset behind it.
fn checked_offset(source: &dyn ReadAt, record: &Record) -> Result<u64, ArchiveError> {
    let offset = record.header_offset;
    let length = HEADER_BYTES + record.name.len();
    let header = read_header(source, offset, length)?;
    let differs = |field| ArchiveError::HeaderMismatch { name: record.shown(), field };
    let local = Local::parse(&header).ok_or_else(|| differs("signature"))?;
    if local.name != record.name {
        return Err(differs("name"));
    }
    if local.method != record.method {
        return Err(differs("method"));
    }
    let same_flags = (local.flags ^ record.flags) & 1 == 0;
    if !same_flags {
        return Err(differs("encryption flag"));
    }
    // A header written before the data may leave these open; then the descriptor has them.
    let open = (local.flags | record.flags) & FLAG_DESCRIPTOR != 0;
    let narrow = u32::MAX;
    let size_fits = |local: u32, stated: u64| {
        u64::from(local) == stated || local == narrow || (open && local == 0)
    };
    if local.crc32 != record.crc32 && !(open && local.crc32 == 0) {
        return Err(differs("checksum"));
    }
    if !size_fits(local.packed, record.packed) || !size_fits(local.unpacked, record.unpacked) {
        return Err(differs("size"));
    }
    Ok(offset + length as u64 + u64::from(local.extra_bytes))
}

/// Where the data of an entry begins whose offset is that of its local header. The header was
/// compared with the directory when the archive was accepted.
pub(crate) fn data_offset(source: &dyn ReadAt, entry: &Entry) -> Result<u64, ArchiveError> {
    let header = read_header(source, entry.offset, HEADER_BYTES)?;
    let mut lengths = Fields::new(header.get(NAME_LENGTH_AT..).unwrap_or_default());
    let is_header = header.starts_with(&SIGNATURE.to_le_bytes());
    if let (true, Some(name), Some(extra)) = (is_header, lengths.u16(), lengths.u16()) {
        return Ok(entry.offset + HEADER_BYTES as u64 + u64::from(name) + u64::from(extra));
    }
    Err(ArchiveError::HeaderMismatch { name: entry.path.clone(), field: "signature" })
}

fn read_header(source: &dyn ReadAt, offset: u64, length: usize) -> Result<Vec<u8>, ArchiveError> {
    let mut header = vec![0; length];
    source.read_exact_at(&mut header, offset).map_err(|source| match source.kind() {
        io::ErrorKind::UnexpectedEof => ArchiveError::Truncated { what: "an entry's header" },
        _ => ArchiveError::Read { offset, source },
    })?;
    Ok(header)
}

struct Local<'a> {
    flags: u16,
    method: u16,
    crc32: u32,
    packed: u32,
    unpacked: u32,
    name: &'a [u8],
    extra_bytes: u16,
}

impl<'a> Local<'a> {
    fn parse(header: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::new(header);
        if fields.u32()? != SIGNATURE {
            return None;
        }
        let _version_needed = fields.u16()?;
        let flags = fields.u16()?;
        let method = fields.u16()?;
        let _modified = fields.u32()?;
        let crc32 = fields.u32()?;
        let packed = fields.u32()?;
        let unpacked = fields.u32()?;
        let name_bytes = fields.u16()?;
        let extra_bytes = fields.u16()?;
        // Another length of the name makes it another name.
        let name = fields.bytes(name_bytes.into()).unwrap_or_default();
        let name = if fields.rest().is_empty() { name } else { &[] };
        Some(Self { flags, method, crc32, packed, unpacked, name, extra_bytes })
    }
}

/// Inflates an entry into `sink` and checks length and checksum; writes at most the length stated.
pub(super) fn copy(
    source: &dyn ReadAt,
    entry: &Entry,
    sink: &mut dyn Write,
) -> Result<(), ArchiveError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            ArchiveError::DataInvalid { name: entry.path.clone(), source }
        }
        _ => ArchiveError::Read { offset: entry.offset, source },
    };
    let size = || ArchiveError::SizeMismatch { name: entry.path.clone(), stated: entry.length };
    let mut reader = entry.unpack(source);
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut left = entry.length;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        left = left.checked_sub(count as u64).ok_or_else(size)?;
        let run = buffer.get(..count).unwrap_or_default();
        hasher.update(run);
        sink.write_all(run).map_err(failed)?;
    }
    if left != 0 || !reader.is_consumed() {
        return Err(size());
    }
    let (stated, actual) = (entry.crc32, hasher.finalize());
    if stated != actual {
        return Err(ArchiveError::CrcMismatch { name: entry.path.clone(), stated, actual });
    }
    Ok(())
}
