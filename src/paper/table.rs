//! Tables: rows arrive one by one and are kept as one text with marks in it, so that tens of
//! thousands take little more memory than their letters.

use crate::drawing::Status;
use crate::model::PaperError;

/// The most columns of a table: more are not readable on a sheet.
pub const COLUMNS_MAX: usize = 24;
/// The most cells of all tables of a document.
pub const CELLS_MAX: usize = 1_500_000;
/// The most text that one table holds, in bytes.
pub const TABLE_BYTES_MAX: usize = 64 << 20;

/// A column: what stands in its header, and how its cells are set.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub(crate) header: String,
    pub(crate) weight: f32,
    pub(crate) right: bool,
    pub(crate) mono: bool,
}

impl Column {
    /// A column of text, set to the left, of weight 1.
    pub fn new(header: impl Into<String>) -> Self {
        Self { header: header.into(), weight: 1.0, right: false, mono: false }
    }

    /// Its share of the width, beside the other columns' (0.1 to 20). A column gets no more than its
    /// lines need while others lack, and no less than its words, so that many tables need none.
    #[must_use]
    pub fn weight(mut self, weight: f32) -> Self {
        self.weight = if weight.is_finite() { weight.clamp(0.1, 20.0) } else { 1.0 };
        self
    }

    /// Set to the right: numbers.
    #[must_use]
    pub fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Set in the mono face: ids and hashes.
    #[must_use]
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }
}

/// What stands in one place of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The text; a line feed begins a new line.
    pub text: &'a str,
    /// A shape and a colour before the text.
    pub status: Option<Status>,
}

impl<'a> Cell<'a> {
    /// A cell whose word has a shape and a colour before it.
    pub fn status(status: Status, text: &'a str) -> Self {
        Self { text, status: Some(status) }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self { text, status: None }
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self { text, status: None }
    }
}

/// A table: its columns, and its rows as they came.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) empty: String,
    text: String,
    /// Where each cell's text ends, and its status.
    marks: Vec<(u32, Option<Status>)>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            empty: "No rows".to_owned(),
            ..Self::default()
        }
    }

    /// The same table with what it says when it has no rows.
    #[must_use]
    pub fn empty(mut self, text: impl Into<String>) -> Self {
        self.empty = text.into();
        self
    }

    /// Adds a row: texts, or [`Cell`]s. A refused row leaves the table as it was.
    pub fn row<'a, C: Into<Cell<'a>>>(
        &mut self,
        cells: impl IntoIterator<Item = C>,
    ) -> Result<(), PaperError> {
        let expected = self.columns.len();
        if !(1..=COLUMNS_MAX).contains(&expected) {
            return Err(PaperError::ColumnCount { found: expected });
        }
        let (bytes, marks) = (self.text.len(), self.marks.len());
        let mut found = 0;
        let mut fits = true;
        for cell in cells {
            let cell: Cell<'a> = cell.into();
            found += 1;
            fits &= self.text.len() + cell.text.len() <= TABLE_BYTES_MAX;
            fits &= self.marks.len() < CELLS_MAX;
            if fits && found <= expected {
                self.text.push_str(cell.text);
                let end = u32::try_from(self.text.len()).expect("a table has at most 64 MiB");
                self.marks.push((end, cell.status));
            }
        }
        if fits && found == expected {
            return Ok(());
        }
        self.text.truncate(bytes);
        self.marks.truncate(marks);
        let row = self.rows() + 1;
        Err(if fits { PaperError::Columns { row, expected, found } } else { PaperError::TooLong })
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.marks.len() / self.columns.len().max(1)
    }

    /// How many cells its rows have.
    pub(crate) fn cells(&self) -> usize {
        self.marks.len()
    }

    /// The cells of a row, from 0.
    pub(crate) fn cells_of(&self, row: usize) -> impl Iterator<Item = Cell<'_>> {
        let first = row * self.columns.len();
        (first..first + self.columns.len()).map(|at| {
            let begin = at.checked_sub(1).map_or(0, |before| self.marks[before].0 as usize);
            let (end, status) = self.marks[at];
            Cell { text: &self.text[begin..end as usize], status }
        })
    }
}
