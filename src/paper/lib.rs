//! PDF for people: a neutral model of a document in, the bytes of a PDF out, and the same pictures as
//! inline SVG for pages.
//!
//! A [`Document`] is a title, an answer in a sentence, the frame (what was asked of which data) and
//! blocks. Nothing here reads a clock, a file or a random number: the same model gives the same
//! bytes. What comes out is PDF/A-2a and PDF/UA-1 (tagged, archivable), or PDF/A-2u without tags
//! above [`TAGGED_CELLS_MAX`] table cells.
//!
//! ```
//! use paper::{Column, Document, Frame, Table};
//!
//! let mut people = Table::new([Column::new("Person").weight(2.0), Column::new("Due").mono()]);
//! people.row(["Ørsted, Zoë", "2025-03-10"])?;
//! let made = chrono::DateTime::UNIX_EPOCH;
//! let mut document = Document::new("Open gaps", "1 of 240 people has an open gap", made);
//! document.frame = Frame::new().pair("Period", "2025").csv_sha256("9f86d081…");
//! document.heading("People").table(people);
//! let pdf: Vec<u8> = document.to_pdf()?;
//! # assert!(pdf.starts_with(b"%PDF-1.7"));
//! # Ok::<(), paper::PaperError>(())
//! ```

mod drawing;
mod fonts;
mod layout;
mod model;
mod pdf;
mod picture;
mod sheet;
mod svg;
mod table;
mod text;

pub use drawing::{Anchor, Drawing, Status, Tone};
pub use model::{Block, Document, Figure, Format, Frame, PaperError, Size};
pub use table::{CELLS_MAX, COLUMNS_MAX, Cell, Column, TABLE_BYTES_MAX, Table};

/// The most table cells that a document has tags for (PDF/UA-1): each costs about a kilobyte of
/// memory while the file is made and 150 bytes of the file, so that a longer one is written as
/// PDF/A-2u, without tags.
pub const TAGGED_CELLS_MAX: usize = 50_000;
