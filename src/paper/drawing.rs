//! Pictures: a few shapes on a plane of points, drawn alike on paper and as SVG.

use crate::fonts::{Face, Fonts};
use crate::text;

/// An ink, by what it means; named as the console's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Text and strong lines.
    Ink,
    /// Labels and notes.
    Quiet,
    /// Thin rules.
    Rule,
    /// Rules that close something.
    RuleStrong,
    /// The one accent.
    Accent,
    /// What is as it should be.
    Good,
    /// What is not.
    Bad,
    /// What was, or waits.
    Wait,
    /// Bands behind something.
    Tint,
    /// The sheet itself.
    Sheet,
}

impl Tone {
    /// Red, green and blue on paper, the console's light colours.
    pub(crate) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Ink => [0x1b, 0x1d, 0x20],
            Self::Quiet => [0x5b, 0x5f, 0x66],
            Self::Rule => [0xde, 0xda, 0xd1],
            Self::RuleStrong => [0x8d, 0x88, 0x7c],
            Self::Accent => [0x0b, 0x5a, 0x56],
            Self::Good => [0x1c, 0x64, 0x34],
            Self::Bad => [0x9c, 0x21, 0x21],
            Self::Wait => [0x77, 0x50, 0x00],
            Self::Tint => [0xf1, 0xee, 0xe6],
            Self::Sheet => [0xff, 0xff, 0xff],
        }
    }
}

/// A status: a colour and a shape; the word stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Done in time: a filled circle.
    OnTime,
    /// Done late: a triangle.
    Late,
    /// Not done, and due: a square.
    Open,
    /// Not done, and why is known: a diamond.
    Explained,
    /// Not due yet: an empty circle.
    Pending,
}

impl Status {
    /// Its colour.
    pub fn tone(self) -> Tone {
        match self {
            Self::OnTime => Tone::Good,
            Self::Late => Tone::Wait,
            Self::Open => Tone::Bad,
            Self::Explained => Tone::Accent,
            Self::Pending => Tone::Quiet,
        }
    }

    /// Its shape, in a square of `size` around a point.
    pub(crate) fn shape(self, x: f32, y: f32, size: f32) -> Shape {
        let tone = self.tone();
        let half = size / 2.0;
        let polygon = |points: &[(f32, f32)]| Shape::Area {
            points: points.iter().map(|(dx, dy)| (x + dx * half, y + dy * half)).collect(),
            tone,
        };
        match self {
            Self::OnTime => Shape::Circle { x, y, radius: half * 0.9, line: None, tone },
            Self::Pending => {
                let line = size / 7.0;
                Shape::Circle { x, y, radius: half * 0.9 - line / 2.0, line: Some(line), tone }
            }
            Self::Late => polygon(&[(0.0, -0.95), (1.0, 0.8), (-1.0, 0.8)]),
            Self::Open => polygon(&[(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)]),
            Self::Explained => polygon(&[(0.0, -1.1), (1.1, 0.0), (0.0, 1.1), (-1.1, 0.0)]),
        }
    }
}

/// Which part of a text stands at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anchor {
    /// Its beginning.
    #[default]
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// What a picture is made of; lengths in points, y downwards.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A line through points.
    Line { points: Vec<(f32, f32)>, width: f32, dashed: bool, tone: Tone },
    /// A filled polygon.
    Area { points: Vec<(f32, f32)>, tone: Tone },
    /// A circle, filled or drawn with a line of a width.
    Circle { x: f32, y: f32, radius: f32, line: Option<f32>, tone: Tone },
    /// A text in one line, its baseline at y.
    Text { x: f32, y: f32, size: f32, anchor: Anchor, bold: bool, tone: Tone, text: String },
}

/// A picture of lines, areas, status shapes and texts. The origin is the upper left corner, a unit
/// is a point (1/72 inch) on paper and a CSS pixel in SVG.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) title: String,
    pub(crate) shapes: Vec<Shape>,
}

/// Lengths that are not numbers are 0, and none leads further than this from the origin.
const REACH: f32 = 20_000.0;

fn tame(length: f32) -> f32 {
    if length.is_nan() { 0.0 } else { length.clamp(-REACH, REACH) }
}

impl Drawing {
    /// An empty picture. The title says in words what it shows, for who cannot see it.
    pub fn new(width: f32, height: f32, title: impl Into<String>) -> Self {
        let (width, height) = (tame(width).max(1.0), tame(height).max(1.0));
        Self { width, height, title: title.into(), shapes: Vec::new() }
    }

    /// How wide a text is at a size, in points: for labels that must not meet.
    pub fn width_of(text: &str, size: f32) -> f32 {
        Fonts::shared().width(Face::Sans, size, &text::clean(text))
    }

    /// A line through points.
    pub fn line(
        &mut self,
        points: impl IntoIterator<Item = (f32, f32)>,
        width: f32,
        tone: Tone,
    ) -> &mut Self {
        self.push_line(points, width, false, tone)
    }

    /// A dashed line through points.
    pub fn dashed(
        &mut self,
        points: impl IntoIterator<Item = (f32, f32)>,
        width: f32,
        tone: Tone,
    ) -> &mut Self {
        self.push_line(points, width, true, tone)
    }

    fn push_line(
        &mut self,
        points: impl IntoIterator<Item = (f32, f32)>,
        width: f32,
        dashed: bool,
        tone: Tone,
    ) -> &mut Self {
        let points = points.into_iter().map(|(x, y)| (tame(x), tame(y))).collect();
        self.shapes.push(Shape::Line { points, width: tame(width).max(0.1), dashed, tone });
        self
    }

    /// A filled polygon.
    pub fn area(&mut self, points: impl IntoIterator<Item = (f32, f32)>, tone: Tone) -> &mut Self {
        let points = points.into_iter().map(|(x, y)| (tame(x), tame(y))).collect();
        self.shapes.push(Shape::Area { points, tone });
        self
    }

    /// A filled rectangle.
    pub fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, tone: Tone) -> &mut Self {
        let (right, bottom) = (x + width, y + height);
        self.area([(x, y), (right, y), (right, bottom), (x, bottom)], tone)
    }

    /// A rectangle filled with slanting lines: an area that must be told apart without colour.
    pub fn hatch(&mut self, x: f32, y: f32, width: f32, height: f32, tone: Tone) -> &mut Self {
        let (x, y, width, height) = (tame(x), tame(y), tame(width), tame(height));
        let step = (3.0_f32).max((width + height) / 2_000.0);
        let mut at = step;
        while at < width + height {
            let from = if at <= height { (x, y + at) } else { (x + at - height, y + height) };
            let to = if at <= width { (x + at, y) } else { (x + width, y + at - width) };
            self.line([from, to], 0.7, tone);
            at += step;
        }
        let (right, bottom) = (x + width, y + height);
        self.line([(x, y), (right, y), (right, bottom), (x, bottom), (x, y)], 0.7, tone)
    }

    /// The shape of a status, around a point.
    pub fn mark(&mut self, x: f32, y: f32, size: f32, status: Status) -> &mut Self {
        self.shapes.push(status.shape(tame(x), tame(y), tame(size).max(0.5)));
        self
    }

    /// A text in one line with its baseline at y.
    pub fn text(
        &mut self,
        (x, y): (f32, f32),
        size: f32,
        anchor: Anchor,
        tone: Tone,
        text: &str,
    ) -> &mut Self {
        self.push_text((x, y), size, anchor, false, tone, text::fit(Face::Sans, size, REACH, text))
    }

    /// A bold text in one line with its baseline at y.
    pub fn bold(
        &mut self,
        (x, y): (f32, f32),
        size: f32,
        anchor: Anchor,
        tone: Tone,
        text: &str,
    ) -> &mut Self {
        self.push_text((x, y), size, anchor, true, tone, text::fit(Face::Bold, size, REACH, text))
    }

    /// A text that is cut with an ellipsis where it would be wider than `width`.
    pub fn fitted(
        &mut self,
        (x, y): (f32, f32),
        size: f32,
        width: f32,
        tone: Tone,
        text: &str,
    ) -> &mut Self {
        let text = text::fit(Face::Sans, size, width, text);
        self.push_text((x, y), size, Anchor::Start, false, tone, text)
    }

    fn push_text(
        &mut self,
        (x, y): (f32, f32),
        size: f32,
        anchor: Anchor,
        bold: bool,
        tone: Tone,
        text: String,
    ) -> &mut Self {
        let (x, y, size) = (tame(x), tame(y), tame(size).max(0.5));
        self.shapes.push(Shape::Text { x, y, size, anchor, bold, tone, text });
        self
    }
}
