//! What a document is made of.

use chrono::{DateTime, Utc};

use crate::{Drawing, Table};

/// A document for people: the question's answer, its frame, and what lies behind it.
#[derive(Debug, Clone)]
pub struct Document {
    /// What was asked, as in "Register of obligations": above the answer, at the head of each
    /// page, in the file's metadata.
    pub title: String,
    /// The answer in a sentence: the heading of the document.
    pub answer: String,
    /// The instant that the file bears as its date (the answer's as-of, not the clock's).
    pub made: DateTime<Utc>,
    /// What made the file, with its version; empty says nothing.
    pub software: String,
    /// The language of the text (RFC 3066), `en` when nothing else is said.
    pub language: String,
    /// What was asked of which data.
    pub frame: Frame,
    /// The sheet that it is set on.
    pub format: Format,
    /// What stands below the frame, in order.
    pub blocks: Vec<Block>,
}

/// One part of a document, from margin to margin.
#[derive(Debug, Clone)]
pub enum Block {
    /// The heading of a section: in the outline of the file, too.
    Heading(String),
    /// The heading of a part of a section.
    Subheading(String),
    /// Running text; a line feed begins a new line.
    Paragraph(String),
    /// A small note in quiet ink.
    Note(String),
    /// Key figures, side by side.
    Figures(Vec<Figure>),
    /// A table, its header on every page that it runs over.
    Table(Table),
    /// A picture, made smaller where it is wider than the sheet.
    Picture(Drawing),
}

/// A key figure: the number large, what it counts below.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    /// The number as it is read, as in "228 of 240".
    pub value: String,
    /// What it counts.
    pub label: String,
    /// What qualifies it, as its denominator; empty says nothing.
    pub note: String,
}

impl Figure {
    /// A figure without a note.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), note: String::new() }
    }

    /// The same figure with a note below.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// The frame of a report: everything that says which question of which data was answered.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Labels and their values, in reading order.
    pub pairs: Vec<(String, String)>,
    /// SHA-256 of the CSV's body, hexadecimal: last in the frame, and at the foot of every page.
    pub csv_sha256: Option<String>,
    /// The checkpoint that covers the data: the same places.
    pub checkpoint: Option<String>,
}

impl Frame {
    /// A frame that says nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same frame with one more pair.
    #[must_use]
    pub fn pair(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.pairs.push((label.into(), value.into()));
        self
    }

    /// The same frame with the hash of the CSV's body.
    #[must_use]
    pub fn csv_sha256(mut self, hash: impl Into<String>) -> Self {
        self.csv_sha256 = Some(hash.into());
        self
    }

    /// The same frame with the checkpoint.
    #[must_use]
    pub fn checkpoint(mut self, checkpoint: impl Into<String>) -> Self {
        self.checkpoint = Some(checkpoint.into());
        self
    }
}

/// The size of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// ISO 216 A4, 210 mm × 297 mm.
    #[default]
    A4,
    /// US Letter, 8.5 in × 11 in.
    Letter,
}

/// A sheet: its size, and which side is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Format {
    /// The size of the sheet.
    pub size: Size,
    /// The long side lies below: for tables of many columns.
    pub landscape: bool,
}

impl Format {
    /// Width and height in points (1/72 inch).
    pub(crate) fn points(self) -> (f32, f32) {
        let (short, long) = match self.size {
            Size::A4 => (595.28, 841.89),
            Size::Letter => (612.0, 792.0),
        };
        if self.landscape { (long, short) } else { (short, long) }
    }
}

impl Document {
    /// A document without frame and blocks, on upright A4.
    pub fn new(title: impl Into<String>, answer: impl Into<String>, made: DateTime<Utc>) -> Self {
        Self {
            title: title.into(),
            answer: answer.into(),
            made,
            software: String::new(),
            language: "en".to_owned(),
            frame: Frame::default(),
            format: Format::default(),
            blocks: Vec::new(),
        }
    }

    /// Puts a block below the others.
    pub fn push(&mut self, block: Block) -> &mut Self {
        self.blocks.push(block);
        self
    }

    /// Begins a section.
    pub fn heading(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Heading(text.into()))
    }

    /// Begins a part of a section.
    pub fn subheading(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Subheading(text.into()))
    }

    /// Adds running text.
    pub fn paragraph(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Paragraph(text.into()))
    }

    /// Adds a small note.
    pub fn note(&mut self, text: impl Into<String>) -> &mut Self {
        self.push(Block::Note(text.into()))
    }

    /// Adds key figures, side by side.
    pub fn figures(&mut self, figures: impl IntoIterator<Item = Figure>) -> &mut Self {
        self.push(Block::Figures(figures.into_iter().collect()))
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) -> &mut Self {
        self.push(Block::Table(table))
    }

    /// Adds a picture.
    pub fn picture(&mut self, drawing: Drawing) -> &mut Self {
        self.push(Block::Picture(drawing))
    }

    /// The bytes of the PDF. The same document always gives the same bytes.
    ///
    /// It is set twice, since page 1 says how many there are; memory is about the table's text
    /// and three times the file, which is held whole.
    pub fn to_pdf(&self) -> Result<Vec<u8>, PaperError> {
        crate::pdf::write(self)
    }

    /// Table cells of all tables together.
    pub(crate) fn cells(&self) -> usize {
        let cells = |block: &Block| match block {
            Block::Table(table) => table.cells(),
            _ => 0,
        };
        self.blocks.iter().map(cells).sum()
    }
}

/// Why a document cannot be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PaperError {
    /// A row does not have as many cells as the table has columns.
    #[error("row {row} has {found} cells, the table {expected} columns")]
    Columns {
        /// The row, from 1.
        row: usize,
        /// How many columns the table has.
        expected: usize,
        /// How many cells were given.
        found: usize,
    },
    /// A table has no columns, or more than [`crate::COLUMNS_MAX`].
    #[error("a table has 1 to {} columns, not {found}", crate::COLUMNS_MAX)]
    ColumnCount {
        /// How many columns the table has.
        found: usize,
    },
    /// The document has more table cells than [`crate::CELLS_MAX`], or a table more text than
    /// [`crate::TABLE_BYTES_MAX`]: narrow the question, or take the CSV.
    #[error(
        "the document is too long for paper: at most {} cells, {} bytes of text in a table",
        crate::CELLS_MAX,
        crate::TABLE_BYTES_MAX
    )]
    TooLong,
    /// The file could not be written so that it keeps its standard; a fault of ours.
    #[error("the PDF cannot be written: {0}")]
    Unwritable(String),
}
