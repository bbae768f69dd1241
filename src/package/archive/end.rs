//! The end of a zip: where the central directory is (APPNOTE 4.3.14 to 4.3.16).

use super::{ArchiveError, fields::Fields};
use crate::source::ReadAt;

const END_SIGNATURE: [u8; 4] = *b"PK\x05\x06";
const LOCATOR_SIGNATURE: u32 = 0x0706_4b50;
const ZIP64_END_SIGNATURE: u32 = 0x0606_4b50;
const DIRECTORY_SIGNATURE: [u8; 4] = *b"PK\x01\x02";
/// Bytes of the end record without its comment.
const END_BYTES: u64 = 22;
const LOCATOR_BYTES: u64 = 20;
const ZIP64_END_BYTES: u64 = 56;
/// The longest comment that the end record can state.
const COMMENT_BYTES_MAX: u64 = 65_535;

/// Where the central directory is and what stands around the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Absolute offset of the first central directory record.
    pub(super) directory_offset: u64,
    pub(super) directory_bytes: u64,
    pub(super) entries: u64,
    /// Foreign bytes before the archive; every stated offset is relative to their end.
    pub(super) leading_bytes: u64,
    pub(super) trailing_bytes: u64,
}

/// What an end record states, before it is placed.
struct Stated {
    disk: u32,
    directory_disk: u32,
    entries: u64,
    entries_on_disk: u64,
    bytes: u64,
    offset: u64,
}

pub(super) fn read(source: &dyn ReadAt) -> Result<End, ArchiveError> {
    let size = source.size().map_err(|source| ArchiveError::Read { offset: 0, source })?;
    let tail_bytes = size.min(END_BYTES + COMMENT_BYTES_MAX);
    let tail = read_run(source, size - tail_bytes, tail_bytes)?;
    let Some((at, comment_bytes)) = find(&tail) else {
        return Err(missing_end(source, size));
    };
    let end_offset = size - tail_bytes + at as u64;
    let trailing_bytes = size - end_offset - END_BYTES - comment_bytes;
    let record = tail.get(at + 4..).unwrap_or_default();
    let narrow = stated(&mut Fields::new(record)).ok_or(cut("the end record"))?;
    let saturated = narrow.entries == 0xffff
        || narrow.entries_on_disk == 0xffff
        || narrow.disk == 0xffff
        || narrow.bytes == 0xffff_ffff
        || narrow.offset == 0xffff_ffff;
    let (stated, records_end) = match zip64(source, end_offset)? {
        Some((wide, offset)) if saturated => (wide, offset),
        Some((_, offset)) => (narrow, offset),
        None => (narrow, end_offset),
    };
    place(source, &stated, records_end, trailing_bytes)
}

/// The end record that fits the file's end best: the last whose comment reaches exactly the end
/// of the file, else the last one at all, with foreign bytes behind it.
fn find(tail: &[u8]) -> Option<(usize, u64)> {
    let candidate = |at: usize| {
        let record = tail.get(at..)?;
        let comment = record.get(20..22).and_then(|two| Fields::new(two).u16())?;
        let fits = record.len() as u64 >= END_BYTES + u64::from(comment);
        (record.starts_with(&END_SIGNATURE) && fits).then_some((at, u64::from(comment)))
    };
    let starts = || (0..tail.len().saturating_sub(21)).rev().filter_map(candidate);
    let exact =
        |(at, comment): &(usize, u64)| *at as u64 + END_BYTES + comment == tail.len() as u64;
    starts().find(exact).or_else(|| starts().next())
}

fn missing_end(source: &dyn ReadAt, size: u64) -> ArchiveError {
    let mut start = [0; 4];
    let begins = size >= 4 && source.read_exact_at(&mut start, 0).is_ok();
    if begins && (start == *b"PK\x03\x04" || start == *b"PK\x07\x08") {
        cut("the list of entries at its end")
    } else {
        ArchiveError::NotAZip
    }
}

fn stated(fields: &mut Fields<'_>) -> Option<Stated> {
    Some(Stated {
        disk: fields.u16()?.into(),
        directory_disk: fields.u16()?.into(),
        entries_on_disk: fields.u16()?.into(),
        entries: fields.u16()?.into(),
        bytes: fields.u32()?.into(),
        offset: fields.u32()?.into(),
    })
}

/// The zip64 end record and its offset, when a locator stands before the end record.
fn zip64(source: &dyn ReadAt, end_offset: u64) -> Result<Option<(Stated, u64)>, ArchiveError> {
    let Some(locator_offset) = end_offset.checked_sub(LOCATOR_BYTES) else { return Ok(None) };
    let locator = read_run(source, locator_offset, LOCATOR_BYTES)?;
    let mut fields = Fields::new(&locator);
    if fields.u32() != Some(LOCATOR_SIGNATURE) {
        return Ok(None);
    }
    let _disk = fields.u32();
    let record_offset = fields.u64().ok_or(cut("the zip64 locator"))?;
    let disks = fields.u32().unwrap_or_default();
    if disks > 1 {
        return Err(ArchiveError::MultiDisk { disk: disks - 1 });
    }
    // Bytes before the archive move the record from where the locator says it is.
    let beside = locator_offset.checked_sub(ZIP64_END_BYTES);
    for offset in [Some(record_offset), beside].into_iter().flatten() {
        if offset.checked_add(ZIP64_END_BYTES).is_none_or(|end| end > locator_offset) {
            continue;
        }
        let record = read_run(source, offset, ZIP64_END_BYTES)?;
        if let Some(wide) = zip64_stated(&mut Fields::new(&record)) {
            return Ok(Some((wide, offset)));
        }
    }
    Err(invalid("the zip64 end record is not where its locator says"))
}

fn zip64_stated(fields: &mut Fields<'_>) -> Option<Stated> {
    if fields.u32()? != ZIP64_END_SIGNATURE {
        return None;
    }
    fields.skip(8 + 2 + 2)?;
    let disk = fields.u32()?;
    let directory_disk = fields.u32()?;
    let entries_on_disk = fields.u64()?;
    let entries = fields.u64()?;
    let bytes = fields.u64()?;
    let offset = fields.u64()?;
    Some(Stated { disk, directory_disk, entries, entries_on_disk, bytes, offset })
}

/// Checks what is stated against the file and finds the leading bytes.
fn place(
    source: &dyn ReadAt,
    stated: &Stated,
    records_end: u64,
    trailing_bytes: u64,
) -> Result<End, ArchiveError> {
    if stated.disk != 0 || stated.directory_disk != 0 || stated.entries_on_disk != stated.entries {
        return Err(ArchiveError::MultiDisk { disk: stated.disk.max(stated.directory_disk) });
    }
    let (entries, directory_bytes) = (stated.entries, stated.bytes);
    let beyond = || invalid("it is stated to end behind the end of the archive");
    let stated_end = stated.offset.checked_add(directory_bytes).ok_or_else(beyond)?;
    let leading_bytes = records_end.checked_sub(stated_end).ok_or_else(beyond)?;
    let starts_at = |offset: u64| {
        let mut start = [0; 4];
        entries == 0
            || (source.read_exact_at(&mut start, offset).is_ok() && start == DIRECTORY_SIGNATURE)
    };
    if starts_at(stated.offset + leading_bytes) {
        let directory_offset = stated.offset + leading_bytes;
        Ok(End { directory_offset, directory_bytes, entries, leading_bytes, trailing_bytes })
    } else if starts_at(stated.offset) {
        let directory_offset = stated.offset;
        Ok(End { directory_offset, directory_bytes, entries, leading_bytes: 0, trailing_bytes })
    } else {
        Err(invalid("it is not where the end record says"))
    }
}

fn read_run(source: &dyn ReadAt, offset: u64, bytes: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut run = vec![0; usize::try_from(bytes).unwrap_or_default()];
    source
        .read_exact_at(&mut run, offset)
        .map_err(|source| ArchiveError::Read { offset, source })?;
    Ok(run)
}

fn invalid(what: &str) -> ArchiveError {
    ArchiveError::DirectoryInvalid { what: what.to_owned() }
}

fn cut(what: &'static str) -> ArchiveError {
    ArchiveError::Truncated { what }
}
