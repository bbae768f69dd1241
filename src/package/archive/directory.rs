//! The central directory (APPNOTE 4.3.12): what the archive says about its entries.

use super::{ArchiveError, end::End, fields::Fields, names};
use crate::{
    limits::Limits,
    source::{ReadAt, Section},
};
use std::io::Read;

const SIGNATURE: u32 = 0x0201_4b50;
/// Bytes of a record without name, extra fields and comment.
const RECORD_BYTES: usize = 46;
const FLAG_ENCRYPTED: u16 = 1 << 0;
const FLAG_PATCHED: u16 = 1 << 5;
const FLAG_STRONG_ENCRYPTION: u16 = 1 << 6;
const FLAG_MASKED_HEADER: u16 = 1 << 13;
const FLAG_UTF8: u16 = 1 << 11;
/// The extra field of zip64 sizes (APPNOTE 4.5.3).
const EXTRA_ZIP64: u16 = 0x0001;
/// The extra field of the name in UTF-8 (APPNOTE 4.6.9).
const EXTRA_UNICODE_PATH: u16 = 0x7075;

/// One record, checked as far as it can be alone.
#[derive(Debug)]
pub(super) struct Record {
    /// The name's bytes, in whichever encoding.
    pub(super) name: Vec<u8>,
    /// The name of the Unicode path extra field, when it belongs to `name`.
    pub(super) unicode_name: Option<String>,
    /// Whether the name is marked as UTF-8.
    pub(super) utf8: bool,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc32: u32,
    pub(super) packed: u64,
    pub(super) unpacked: u64,
    /// Offset of the local header, absolute.
    pub(super) header_offset: u64,
}

impl Record {
    /// The name for messages, before the archive's encoding is known.
    pub(super) fn shown(&self) -> String {
        self.unicode_name
            .clone()
            .unwrap_or_else(|| String::from_utf8_lossy(&self.name).into_owned())
    }
}

pub(super) fn read(
    source: &dyn ReadAt,
    end: &End,
    limits: &Limits,
) -> Result<Vec<Record>, ArchiveError> {
    let (count, max) = (end.entries, limits.entries_max);
    if count > max {
        return Err(ArchiveError::TooManyEntries { count, max });
    }
    let (bytes, max) = (end.directory_bytes, limits.directory_bytes_max);
    if bytes > max {
        return Err(ArchiveError::DirectoryTooLarge { bytes, max });
    }
    let mut section = Section::new(source, end.directory_offset, bytes);
    let mut records = Vec::new();
    let mut total = 0;
    for _ in 0..count {
        let record = read_record(&mut section, end, limits)?;
        total = judge_size(&record, total, limits)?;
        records.push(record);
    }
    let archive_bytes = end.directory_offset - end.leading_bytes;
    judge_ratio("the whole archive", archive_bytes, total, limits)?;
    let mut rest = [0; 4];
    if read_some(&mut section, &mut rest, end)? == 4 && u32::from_le_bytes(rest) == SIGNATURE {
        let what = format!("it holds more than the {count} entries it states");
        return Err(ArchiveError::DirectoryInvalid { what });
    }
    Ok(records)
}

fn read_record(
    section: &mut Section<&dyn ReadAt>,
    end: &End,
    limits: &Limits,
) -> Result<Record, ArchiveError> {
    let mut fixed = [0; RECORD_BYTES];
    fill(section, &mut fixed, end)?;
    let (mut record, lengths) = parse_fixed(&fixed).ok_or_else(|| broken("a record is damaged"))?;
    let mut variable = vec![0; lengths.iter().sum()];
    fill(section, &mut variable, end)?;
    let [name, extra, _comment] = lengths;
    let mut fields = Fields::new(&variable);
    record.entry.name = fields.bytes(name).unwrap_or_default().to_vec();
    if name > limits.path_bytes_max {
        let shown = record.entry.shown().chars().take(60).collect();
        let max = limits.path_bytes_max;
        return Err(ArchiveError::NameTooLong { name: shown, bytes: name, max });
    }
    read_extra(&mut record, fields.bytes(extra).unwrap_or_default())?;
    check(&record)?;
    let mut entry = record.entry;
    entry.header_offset = entry
        .header_offset
        .checked_add(end.leading_bytes)
        .filter(|offset| *offset < end.directory_offset)
        .ok_or_else(|| {
            broken(&format!("{:?} is stated to lie behind the entries", entry.shown()))
        })?;
    Ok(entry)
}

/// A record with the fields that are only checked.
struct Unchecked {
    entry: Record,
    disk: u16,
    unix_mode: u32,
    host: u8,
}

/// The fixed part, and the lengths of name, extra fields and comment.
fn parse_fixed(bytes: &[u8]) -> Option<(Unchecked, [usize; 3])> {
    let mut fields = Fields::new(bytes);
    if fields.u32()? != SIGNATURE {
        return None;
    }
    let _version = fields.u8()?;
    let host = fields.u8()?;
    let _version_needed = fields.u16()?;
    let flags = fields.u16()?;
    let method = fields.u16()?;
    let _modified = fields.u32()?;
    let crc32 = fields.u32()?;
    let packed = fields.u32()?.into();
    let unpacked = fields.u32()?.into();
    let lengths = [fields.u16()?, fields.u16()?, fields.u16()?].map(usize::from);
    let disk = fields.u16()?;
    let _internal = fields.u16()?;
    let unix_mode = fields.u32()? >> 16;
    let header_offset = fields.u32()?.into();
    let (name, unicode_name, utf8) = (Vec::new(), None, flags & FLAG_UTF8 != 0);
    let entry =
        Record { name, unicode_name, utf8, flags, method, crc32, packed, unpacked, header_offset };
    Some((Unchecked { entry, disk, unix_mode, host }, lengths))
}

fn read_extra(record: &mut Unchecked, extra: &[u8]) -> Result<(), ArchiveError> {
    let mut fields = Fields::new(extra);
    let mut zip64 = None;
    while let (Some(kind), Some(length)) = (fields.u16(), fields.u16()) {
        // Padding that is no extra field is met in the wild: stop at it.
        let Some(data) = fields.bytes(length.into()) else { break };
        match kind {
            EXTRA_ZIP64 => zip64 = Some(data),
            EXTRA_UNICODE_PATH => {
                record.entry.unicode_name = unicode_path(data, &record.entry.name);
            }
            _ => {}
        }
    }
    let narrow = u64::from(u32::MAX);
    let entry = &mut record.entry;
    let wide = [&mut entry.unpacked, &mut entry.packed, &mut entry.header_offset];
    let mut data = Fields::new(zip64.unwrap_or_default());
    for field in wide {
        if *field == narrow {
            *field = data.u64().ok_or_else(|| broken("a zip64 field is missing"))?;
        }
    }
    if record.disk == u16::MAX {
        match data.u32() {
            Some(0) => record.disk = 0,
            disk => return Err(ArchiveError::MultiDisk { disk: disk.unwrap_or(0xffff) }),
        }
    }
    Ok(())
}

/// APPNOTE 4.6.9: version 1, CRC-32 of the name in the header, name in UTF-8.
fn unicode_path(data: &[u8], name: &[u8]) -> Option<String> {
    let mut fields = Fields::new(data);
    let (version, crc32) = (fields.u8()?, fields.u32()?);
    let belongs = version == 1 && crc32 == crc32fast::hash(name);
    let text = str::from_utf8(fields.rest()).ok()?;
    (belongs && !text.is_empty()).then(|| text.to_owned())
}

fn check(record: &Unchecked) -> Result<(), ArchiveError> {
    let entry = &record.entry;
    let name = || entry.shown();
    if record.disk != 0 {
        return Err(ArchiveError::MultiDisk { disk: record.disk.into() });
    }
    let encrypted = FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION | FLAG_MASKED_HEADER;
    if entry.flags & encrypted != 0 || entry.method == 99 {
        return Err(ArchiveError::Encrypted { name: name() });
    }
    if !matches!(entry.method, 0 | 8) || entry.flags & FLAG_PATCHED != 0 {
        return Err(ArchiveError::UnsupportedMethod { name: name(), method: entry.method });
    }
    if let Some(kind) = special(record.unix_mode, record.host) {
        return Err(ArchiveError::SpecialFile { name: name(), kind });
    }
    if entry.method == 0 && entry.packed != entry.unpacked {
        return Err(ArchiveError::SizeMismatch { name: name(), stated: entry.unpacked });
    }
    names::check_bytes(&entry.name, &name)
}

/// What a Unix mode makes of an entry; other hosts use these bits otherwise, but a symbolic link
/// is one for every tool that looks at them.
fn special(unix_mode: u32, host: u8) -> Option<&'static str> {
    const UNIX: u8 = 3;
    const DARWIN: u8 = 19;
    let unix = host == UNIX || host == DARWIN;
    match unix_mode & 0o170_000 {
        0o120_000 => Some("a symbolic link"),
        0o020_000 | 0o060_000 if unix => Some("a device"),
        0o010_000 if unix => Some("a named pipe"),
        0o140_000 if unix => Some("a socket"),
        _ => None,
    }
}

/// Adds an entry's size to the total and refuses bombs by what they state about themselves.
fn judge_size(record: &Record, total: u64, limits: &Limits) -> Result<u64, ArchiveError> {
    let bytes = total.saturating_add(record.unpacked);
    let max = limits.unpacked_bytes_max;
    if bytes > max {
        return Err(ArchiveError::TooManyBytes { bytes, max });
    }
    judge_ratio(&record.shown(), record.packed, record.unpacked, limits)?;
    Ok(bytes)
}

fn judge_ratio(
    name: &str,
    packed: u64,
    unpacked: u64,
    limits: &Limits,
) -> Result<(), ArchiveError> {
    let max = limits.ratio_max;
    if unpacked > limits.ratio_floor_bytes && unpacked / packed.max(1) > max {
        return Err(ArchiveError::RatioTooHigh { name: name.to_owned(), packed, unpacked, max });
    }
    Ok(())
}

fn fill(
    section: &mut Section<&dyn ReadAt>,
    buffer: &mut [u8],
    end: &End,
) -> Result<(), ArchiveError> {
    if read_some(section, buffer, end)? == buffer.len() {
        Ok(())
    } else {
        Err(broken("it ends before its last entry"))
    }
}

/// Reads until the buffer is full or the directory ends.
fn read_some(
    section: &mut Section<&dyn ReadAt>,
    buffer: &mut [u8],
    end: &End,
) -> Result<usize, ArchiveError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let offset = end.directory_offset;
        match section.read(rest).map_err(|source| ArchiveError::Read { offset, source })? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

fn broken(what: &str) -> ArchiveError {
    ArchiveError::DirectoryInvalid { what: what.to_owned() }
}
