//! CSV as people export it (RFC 4180, UTF-8, commas), with the line of every record.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The most lines of a file, without its header.
pub const LINES_MAX: u64 = 100_000;
/// The most characters of a cell.
pub const CELL_CHARS_MAX: usize = 500;

/// A file is not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// It is not in UTF-8.
    #[error("line {line}: not UTF-8; export the file as CSV in UTF-8")]
    NotUtf8 {
        /// The first line that is not.
        line: u64,
    },
    /// It has nothing in it.
    #[error("the file is empty: its first line must name the columns")]
    Empty,
    /// Its cells are not parted by commas.
    #[error("the cells are parted by {0}; export the file with commas between them")]
    Separator(&'static str),
    /// Its first line names columns that mean nothing here.
    #[error("line 1: no such column: {unknown}; there are {known}")]
    UnknownColumns {
        /// Those.
        unknown: String,
        /// All that there are.
        known: String,
    },
    /// Its first line lacks columns.
    #[error("line 1: the column {0} is missing")]
    MissingColumn(String),
    /// Its first line names a column twice.
    #[error("line 1: the column {0} is there twice")]
    RepeatedColumn(String),
    /// It is too long.
    #[error("the file has more than {LINES_MAX} lines; send it in parts")]
    TooLong,
    /// It is not CSV.
    #[error("line {line}: {problem}")]
    NotCsv {
        /// Where.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineFault {
    /// The line of the file, from 1; the first one names the columns.
    pub line: u64,
    /// The column; empty is the whole line.
    pub column: String,
    /// What is wrong.
    #[serde(rename = "detail")]
    pub problem: String,
}

/// A record of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The line of the file on which it starts, from 1.
    pub(super) number: u64,
    /// Its cells in the order of the kind's columns; `None` where the file lacks the column.
    cells: Vec<Option<String>>,
    columns: &'static [(&'static str, bool)],
}

impl Line {
    /// A cell, without blanks around it; empty when the file lacks the column.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.given(column).unwrap_or_default()
    }

    /// A cell; `None` when the file lacks the column.
    pub(super) fn given(&self, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|(name, _)| *name == column)?;
        self.cells.get(at)?.as_deref()
    }
}

/// The records of a file.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) lines: Vec<Line>,
    pub(super) faults: Vec<LineFault>,
    /// How many records there are, sound or not.
    pub(super) count: u64,
}

impl Table {
    /// Reads a file. Lines that have another number of cells than the first, or a cell that is too
    /// long, are faults; blank lines are passed over.
    pub(super) fn read(
        bytes: &[u8],
        columns: &'static [(&'static str, bool)],
    ) -> Result<Self, FileFault> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if let Err(error) = std::str::from_utf8(bytes) {
            let before = &bytes[..error.valid_up_to()];
            return Err(FileFault::NotUtf8 { line: 1 + line_feeds(before) });
        }
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
        let mut record = csv::StringRecord::new();
        if !reader.read_record(&mut record).map_err(|error| not_csv(&error))? {
            return Err(FileFault::Empty);
        }
        let places = places(&record, columns)?;
        let width = record.len();
        let mut table = Self { lines: Vec::new(), faults: Vec::new(), count: 0 };
        let mut lines = LineCount { bytes, offset: 0, line: 1 };
        while reader.read_record(&mut record).map_err(|error| not_csv(&error))? {
            let start = record.position().map_or(0, csv::Position::byte);
            let number = lines.line_at(start);
            if table.count >= LINES_MAX {
                return Err(FileFault::TooLong);
            }
            table.count += 1;
            let fault = if record.len() == width {
                let long = record.iter().position(|cell| cell.chars().count() > CELL_CHARS_MAX);
                long.map(|at| format!("cell {} has more than {CELL_CHARS_MAX} characters", at + 1))
            } else {
                Some(format!("has {} cells, the first line {width}", record.len()))
            };
            if let Some(problem) = fault {
                table.faults.push(LineFault { line: number, column: String::new(), problem });
                continue;
            }
            let cell = |place: &Option<usize>| {
                place.map(|place| record.get(place).unwrap_or_default().trim().to_owned())
            };
            table.lines.push(Line { number, cells: places.iter().map(cell).collect(), columns });
        }
        Ok(table)
    }
}

/// Where each of the kind's columns is in the file.
fn places(
    header: &csv::StringRecord,
    columns: &[(&'static str, bool)],
) -> Result<Vec<Option<usize>>, FileFault> {
    if header.len() == 1 {
        for (separator, name) in [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")] {
            if header[0].contains(separator) {
                return Err(FileFault::Separator(name));
            }
        }
    }
    let names: Vec<String> = header.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    let known = |name: &String| columns.iter().any(|(column, _)| column == name);
    let unknown: Vec<String> =
        names.iter().filter(|name| !known(name)).map(|name| format!("{name:?}")).collect();
    if !unknown.is_empty() {
        let all: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
        return Err(FileFault::UnknownColumns {
            unknown: unknown.join(", "),
            known: all.join(", "),
        });
    }
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(*name)) {
        return Err(FileFault::RepeatedColumn(twice.clone()));
    }
    let place = |(column, is_required): &(&'static str, bool)| {
        let found = names.iter().position(|name| name == column);
        if found.is_none() && *is_required {
            return Err(FileFault::MissingColumn((*column).to_owned()));
        }
        Ok(found)
    };
    columns.iter().map(place).collect()
}

fn not_csv(error: &csv::Error) -> FileFault {
    let line = error.position().map_or(1, csv::Position::line);
    FileFault::NotCsv { line, problem: error.to_string() }
}

#[expect(clippy::naive_bytecount, reason = "a file is read once, and is small")]
fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Counts lines up to places that come in order. The reader's own count stands before the line end
/// and the blank lines that a record is preceded by.
struct LineCount<'b> {
    bytes: &'b [u8],
    offset: usize,
    line: u64,
}

impl LineCount<'_> {
    fn line_at(&mut self, byte: u64) -> u64 {
        let mut end = usize::try_from(byte).unwrap_or(usize::MAX).min(self.bytes.len());
        while matches!(self.bytes.get(end), Some(b'\r' | b'\n')) {
            end += 1;
        }
        self.line += line_feeds(self.bytes.get(self.offset..end).unwrap_or_default());
        self.offset = end;
        self.line
    }
}
