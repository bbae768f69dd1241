//! What layout says and the writer draws: pages of things at places, and what they are.

use crate::drawing::{Shape, Tone};
use crate::fonts::Face;

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) face: Face,
    /// In points.
    pub(crate) size: f32,
    pub(crate) tone: Tone,
}

impl Style {
    pub(crate) const fn new(face: Face, size: f32, tone: Tone) -> Self {
        Self { face, size, tone }
    }
}

/// What a part of the document is, for who reads it with other means than eyes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Role {
    /// A heading of a level from 1, with its text and where it stands on the page.
    Heading {
        level: u16,
        text: String,
        y: f32,
    },
    Paragraph,
    /// A picture, with what it shows in words, and its left, upper, right and lower edge.
    Figure {
        said: String,
        place: [f32; 4],
    },
    Table,
    Head,
    Body,
    Row,
    HeadCell,
    Cell,
    /// The head of a page, repeated headers of tables.
    PageHead,
    PageFoot,
    /// Rules and bands.
    Ornament,
}

impl Role {
    /// What is no part of the text, and left out when it is read aloud.
    pub(crate) fn is_artifact(&self) -> bool {
        matches!(self, Self::PageHead | Self::PageFoot | Self::Ornament)
    }
}

/// One thing on a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    Open(Role),
    Close,
    /// A line of cleaned text, its baseline at y.
    Text {
        x: f32,
        y: f32,
        style: Style,
        text: String,
    },
    /// A line, an area or a circle.
    Shape(Shape),
}

/// Takes the pages of a document, one after the other.
pub(crate) trait Pages {
    fn page(&mut self, ops: Vec<Op>);
}

/// Counts them.
#[derive(Debug, Default)]
pub(crate) struct Count(pub(crate) u32);

impl Pages for Count {
    fn page(&mut self, _: Vec<Op>) {
        self.0 += 1;
    }
}
