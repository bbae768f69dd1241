//! A store as rows that no database owns: what a backup holds and a restore reads.
//!
//! The tables and columns are those that the database says it has, so that none is forgotten.

use crate::StoreError;
use async_trait::async_trait;
use std::collections::BTreeSet;

/// A value of a row. Booleans are 0 and 1, UUIDs their 16 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveValue {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A row: one value for each column of its table.
pub type ArchiveRow = Vec<ArchiveValue>;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveTable {
    /// Its name.
    pub name: String,
    /// The names of its columns, in alphabetical order.
    pub columns: Vec<String>,
}

impl ArchiveTable {
    /// Where a column stands in a row.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// Takes rows one after the other.
pub trait RowSink: Send {
    /// Takes a row; false when it cannot take any more.
    fn take(&mut self, row: ArchiveRow) -> bool;
}

/// A snapshot of a whole store: what is written meanwhile is not in it.
#[async_trait]
pub trait ArchiveSource: Send {
    /// The tables, each after those that it refers to.
    fn tables(&self) -> &[ArchiveTable];

    /// Gives the rows of a table to `sink`, in the order of its primary key, text by its bytes,
    /// until it takes no more.
    async fn read(
        &mut self,
        table: &ArchiveTable,
        sink: &mut dyn RowSink,
    ) -> Result<(), StoreError>;
}

/// An empty store that is being filled: nothing is there until [`ArchiveTarget::commit`].
#[async_trait]
pub trait ArchiveTarget: Send {
    /// The tables, each after those that it refers to.
    fn tables(&self) -> &[ArchiveTable];

    /// Whether every table is empty.
    async fn is_empty(&mut self) -> Result<bool, StoreError>;

    /// Adds rows to a table.
    async fn insert(
        &mut self,
        table: &ArchiveTable,
        rows: Vec<ArchiveRow>,
    ) -> Result<(), StoreError>;

    /// Makes all that was added stay.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Orders tables so that each comes after those that it refers to; `references` are pairs of a
/// table and one that it refers to. Tables without an order between them are sorted by name.
pub fn parents_first(
    mut tables: Vec<ArchiveTable>,
    references: &BTreeSet<(String, String)>,
) -> Vec<ArchiveTable> {
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    let mut ordered: Vec<ArchiveTable> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let is_free = |table: &ArchiveTable| {
            !tables.iter().any(|other| {
                other.name != table.name
                    && references.contains(&(table.name.clone(), other.name.clone()))
            })
        };
        // A circle has no order; its first table goes first.
        let next = tables.iter().position(is_free).unwrap_or(0);
        ordered.push(tables.remove(next));
    }
    ordered
}

const NULL: u8 = 0;
const INT: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

/// Appends a row in the form of a backup: each value a byte for its kind and, unless it is null, a
/// number in LEB128: the value itself, sign in the lowest bit, or the length of the bytes behind it.
pub fn encode_row(row: &[ArchiveValue], out: &mut Vec<u8>) {
    for value in row {
        match value {
            ArchiveValue::Null => out.push(NULL),
            ArchiveValue::Int(number) => {
                out.push(INT);
                push_number(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
            }
            ArchiveValue::Text(text) => push_bytes(TEXT, text.as_bytes(), out),
            ArchiveValue::Bytes(bytes) => push_bytes(BYTES, bytes, out),
        }
    }
}

fn push_bytes(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(kind);
    push_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

pub(crate) fn push_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

/// Why bytes are not rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They end within a row.
    #[error("the rows end too early")]
    Short,
    /// A value is of no kind there is, or a text is not UTF-8.
    #[error("a value is not one")]
    Value,
}

/// Reads a row of `columns` values from the front of `bytes`, and leaves the rest.
pub fn decode_row(bytes: &mut &[u8], columns: usize) -> Result<ArchiveRow, DecodeError> {
    let mut row = Vec::with_capacity(columns);
    for _ in 0..columns {
        let (&kind, rest) = bytes.split_first().ok_or(DecodeError::Short)?;
        *bytes = rest;
        row.push(match kind {
            NULL => ArchiveValue::Null,
            INT => {
                let number = take_number(bytes)?;
                ArchiveValue::Int((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
            }
            TEXT => {
                let text = String::from_utf8(take_bytes(bytes)?.to_vec());
                ArchiveValue::Text(text.map_err(|_| DecodeError::Value)?)
            }
            BYTES => ArchiveValue::Bytes(take_bytes(bytes)?.to_vec()),
            _ => return Err(DecodeError::Value),
        });
    }
    Ok(row)
}

pub(crate) fn take_number(bytes: &mut &[u8]) -> Result<u64, DecodeError> {
    let mut number = 0_u64;
    for shift in (0..70).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(DecodeError::Short)?;
        *bytes = rest;
        if shift == 63 && byte > 1 {
            return Err(DecodeError::Value);
        }
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(DecodeError::Value)
}

pub(crate) fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], DecodeError> {
    let length = usize::try_from(take_number(bytes)?).map_err(|_| DecodeError::Value)?;
    let (value, rest) = bytes.split_at_checked(length).ok_or(DecodeError::Short)?;
    *bytes = rest;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_decode_to_what_was_encoded() {
        let row = vec![
            ArchiveValue::Null,
            ArchiveValue::Int(0),
            ArchiveValue::Int(-1),
            ArchiveValue::Int(i64::MAX),
            ArchiveValue::Int(i64::MIN),
            ArchiveValue::Text("Zoë".to_owned()),
            ArchiveValue::Bytes(vec![0; 300]),
        ];
        let mut bytes = Vec::new();
        encode_row(&row, &mut bytes);
        encode_row(&row, &mut bytes);
        let mut rest = &*bytes;
        assert_eq!(decode_row(&mut rest, 7), Ok(row.clone()));
        assert_eq!(decode_row(&mut rest, 7), Ok(row));
        assert!(rest.is_empty());
        for end in 0..bytes.len() / 2 {
            assert_eq!(decode_row(&mut &bytes[..end], 7), Err(DecodeError::Short));
        }
        assert_eq!(decode_row(&mut &[9][..], 1), Err(DecodeError::Value));
        assert_eq!(decode_row(&mut &[TEXT, 1, 0xff][..], 1), Err(DecodeError::Value));
        assert_eq!(decode_row(&mut &[INT; 12][..], 1), Ok(vec![ArchiveValue::Int(-1)]));
        assert_eq!(
            decode_row(&mut &[&[INT][..], &[0xff; 11]].concat()[..], 1),
            Err(DecodeError::Value)
        );
    }

    #[test]
    fn a_table_comes_after_what_it_refers_to() {
        let table = |name: &str| ArchiveTable { name: name.to_owned(), columns: Vec::new() };
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let references = BTreeSet::from([pair("a", "b"), pair("b", "c"), pair("d", "d")]);
        let ordered = parents_first(["a", "b", "c", "d"].map(table).to_vec(), &references);
        let names: Vec<_> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["c", "b", "a", "d"]);
    }
}
