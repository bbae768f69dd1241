//! Writes pages as a PDF file, with what each part is for who cannot see it.

use std::num::NonZeroU16;

use chrono::{Datelike, Timelike};
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, BBox, ContentTag, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{SerializeSettings, color::rgb};

use crate::drawing::{Shape, Tone};
use crate::fonts::{Face, Fonts};
use crate::layout;
use crate::model::{Block, Document, PaperError};
use crate::sheet::{Count, Op, Pages, Role, Style};
use crate::table::{CELLS_MAX, COLUMNS_MAX};
use crate::text;

/// The bytes of the document as PDF.
pub(crate) fn write(document: &Document) -> Result<Vec<u8>, PaperError> {
    for block in &document.blocks {
        if let Block::Table(table) = block
            && !(1..=COLUMNS_MAX).contains(&table.columns.len())
        {
            return Err(PaperError::ColumnCount { found: table.columns.len() });
        }
    }
    if document.cells() > CELLS_MAX {
        return Err(PaperError::TooLong);
    }
    let Count(total) = layout::set(document, 0, Count::default());
    layout::set(document, total, Writer::new(document)).finish()
}

/// A part of the document under way: its tag, or none for what is left out when read aloud.
struct Part {
    role: Role,
    tag: Option<TagGroup>,
}

struct Writer<'a> {
    model: &'a Document,
    document: krilla::Document,
    fonts: [Font; 3],
    structure: Structure,
}

/// What the parts of the document are, beside its pages.
struct Structure {
    tagged: bool,
    parts: Vec<Part>,
    tree: TagTree,
    /// Level, text and place of each heading.
    headings: Vec<(u16, String, XyzDestination)>,
    page: usize,
}

fn settings(tagged: bool) -> SerializeSettings {
    let standard = ConfigurationBuilder::new();
    let standard = if tagged {
        standard
            .with_archival_validator(Archival::A2_A)
            .with_accessibility_validator(Accessibility::UA1)
    } else {
        standard.with_archival_validator(Archival::A2_U)
    };
    let configuration = standard.finish().expect("both standards are of PDF 1.7");
    SerializeSettings { configuration, enable_tagging: tagged, ..SerializeSettings::default() }
}

impl<'a> Writer<'a> {
    fn new(model: &'a Document) -> Self {
        let tagged = model.cells() <= crate::TAGGED_CELLS_MAX;
        let font = |face: Face| {
            Font::new(face.bytes().into(), 0).expect("a font of the build can be read")
        };
        Self {
            model,
            document: krilla::Document::new_with(settings(tagged)),
            fonts: Face::ALL.map(font),
            structure: Structure {
                tagged,
                parts: Vec::new(),
                tree: TagTree::new(),
                headings: Vec::new(),
                page: 0,
            },
        }
    }

    fn finish(mut self) -> Result<Vec<u8>, PaperError> {
        self.document.set_outline(self.structure.outline(name(self.model)));
        self.document.set_metadata(metadata(self.model));
        if self.structure.tagged {
            self.document.set_tag_tree(self.structure.tree);
        }
        self.document.finish().map_err(|error| PaperError::Unwritable(format!("{error:?}")))
    }
}

impl Structure {
    /// The sections below the document's name.
    fn outline(&mut self, name: String) -> Outline {
        let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
        let mut root = OutlineNode::new(name, top).with_open(true);
        let mut section: Option<OutlineNode> = None;
        for (level, text, place) in self.headings.drain(..).filter(|(level, ..)| *level > 1) {
            let node = OutlineNode::new(text, place);
            match &mut section {
                Some(section) if level > 2 => section.push_child(node),
                _ => {
                    if let Some(done) = section.replace(node) {
                        root.push_child(done);
                    }
                }
            }
        }
        if let Some(done) = section {
            root.push_child(done);
        }
        let mut outline = Outline::new();
        outline.push_child(root);
        outline
    }

    fn open(&mut self, role: Role) {
        if let Role::Heading { level, text, y } = &role {
            let place = XyzDestination::new(self.page, Point::from_xy(0.0, (y - 8.0).max(0.0)));
            self.headings.push((*level, text.clone(), place));
        }
        let tag = tag(&role, self.page).filter(|_| self.tagged).map(TagGroup::new);
        self.parts.push(Part { role, tag });
    }

    fn close(&mut self) {
        let Some(Part { tag: Some(group), .. }) = self.parts.pop() else { return };
        match self.parts.iter_mut().rev().find_map(|part| part.tag.as_mut()) {
            Some(parent) => parent.push(group),
            None => self.tree.push(group),
        }
    }
}

/// The document's name in its metadata.
fn name(model: &Document) -> String {
    let said = [&model.title, &model.answer].map(|said| text::fit(Face::Sans, 1.0, 500.0, said));
    let found = said.into_iter().find(|said| !said.trim().is_empty());
    found.unwrap_or_else(|| "Report".to_owned())
}

fn metadata(model: &Document) -> Metadata {
    let short = |said: &str| text::fit(Face::Sans, 1.0, 2_000.0, said);
    let part = |value: u32| u8::try_from(value).unwrap_or_default();
    let made = &model.made;
    let date = DateTime::new(u16::try_from(made.year()).unwrap_or_default())
        .month(part(made.month()))
        .day(part(made.day()))
        .hour(part(made.hour()))
        .minute(part(made.minute()))
        .second(part(made.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let frame = &model.frame;
    // another answer, or another state of the data, is another document
    let id = format!(
        "{}\n{}\n{}\n{:?}\n{:?}",
        model.title, model.answer, made, frame.csv_sha256, frame.checkpoint
    );
    let language = if model.language.is_empty() { "en" } else { &model.language };
    Metadata::new()
        .title(name(model))
        .description(short(&model.answer))
        .creator(short(&model.software))
        .producer(short(&model.software))
        .language(language.to_owned())
        .creation_date(date)
        .document_id(id)
}

/// The tag of a part that begins on a page, from 0; none for what is no part of the text.
fn tag(role: &Role, page: usize) -> Option<TagKind> {
    Some(match role {
        Role::Heading { level, text, .. } => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(text.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Figure { said, place: [left, top, right, bottom] } => {
            let edges = Rect::from_ltrb(*left, *top, *right, *bottom);
            let place = edges.map(|edges| BBox::new(page, edges));
            Tag::Figure(Some(said.clone())).with_bbox(place).into()
        }
        Role::Table => Tag::Table.into(),
        Role::Head => Tag::THead.into(),
        Role::Body => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::HeadCell => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::PageHead | Role::PageFoot | Role::Ornament => return None,
    })
}

fn content(part: Option<&Part>) -> ContentTag<'static> {
    let kind = match part.map(|part| &part.role) {
        Some(Role::PageHead) => ArtifactType::Header,
        Some(Role::PageFoot) => ArtifactType::Footer,
        Some(role) if !role.is_artifact() => return ContentTag::Other,
        _ => ArtifactType::Layout,
    };
    ContentTag::Artifact(Artifact::with_kind(kind))
}

/// Begins content of the innermost part.
fn begin(surface: &mut Surface<'_>, parts: &mut [Part]) {
    let identifier = surface.start_tagged(content(parts.last()));
    if let Some(tag) = parts.last_mut().and_then(|part| part.tag.as_mut()) {
        tag.push(identifier);
    }
}

impl Pages for Writer<'_> {
    fn page(&mut self, ops: Vec<Op>) {
        let (width, height) = self.model.format.points();
        let format = PageSettings::from_wh(width, height).expect("a sheet has a size");
        let Self { document, fonts, structure, .. } = self;
        let mut page = document.start_page_with(format);
        let mut surface = page.surface();
        let mut marked = false;
        for op in ops {
            match op {
                Op::Open(_) | Op::Close if marked => {
                    surface.end_tagged();
                    marked = false;
                }
                Op::Text { .. } | Op::Shape(_) if !marked => {
                    begin(&mut surface, &mut structure.parts);
                    marked = true;
                }
                _ => {}
            }
            match op {
                Op::Open(role) => structure.open(role),
                Op::Close => {
                    let last = structure.parts.last();
                    if last.is_some_and(is_empty_cell) {
                        // a row has all its cells, those without text as well
                        begin(&mut surface, &mut structure.parts);
                        surface.end_tagged();
                    }
                    structure.close();
                }
                Op::Text { x, y, style, text } => {
                    draw_text(&mut surface, fonts, (x, y), style, &text);
                }
                Op::Shape(shape) => draw_shape(&mut surface, &shape),
            }
        }
        if marked {
            surface.end_tagged();
        }
        surface.finish();
        page.finish();
        structure.page += 1;
    }
}

fn is_empty_cell(part: &Part) -> bool {
    matches!(part.role, Role::Cell | Role::HeadCell)
        && part.tag.as_ref().is_some_and(|tag| tag.children.is_empty())
}

fn colour(tone: Tone) -> rgb::Color {
    let [red, green, blue] = tone.rgb();
    rgb::Color::new(red, green, blue)
}

fn fill(surface: &mut Surface<'_>, tone: Tone) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: colour(tone).into(), ..Fill::default() }));
}

fn stroke(surface: &mut Surface<'_>, tone: Tone, width: f32, dashed: bool) {
    let dash = dashed.then(|| StrokeDash { array: vec![3.0, 2.0], offset: 0.0 });
    surface.set_fill(None);
    let paint = colour(tone).into();
    surface.set_stroke(Some(Stroke { paint, width, dash, ..Stroke::default() }));
}

/// Draws a line of text, each run of one face after the other.
fn draw_text(
    surface: &mut Surface<'_>,
    faces: &[Font; 3],
    (mut x, y): (f32, f32),
    style: Style,
    text: &str,
) {
    let fonts = Fonts::shared();
    fill(surface, style.tone);
    let mut run: Vec<KrillaGlyph> = Vec::new();
    let mut face = style.face;
    let mut begin = x;
    for (at, character) in text.char_indices() {
        let glyph = fonts.glyph(style.face, character);
        if glyph.face != face && !run.is_empty() {
            let font = faces[face as usize].clone();
            surface.draw_glyphs(Point::from_xy(begin, y), &run, font, text, style.size, false);
            run.clear();
        }
        if run.is_empty() {
            (face, begin) = (glyph.face, x);
        }
        let range = at..at + character.len_utf8();
        let id = GlyphId::new(glyph.id);
        run.push(KrillaGlyph::new(id, glyph.advance, 0.0, 0.0, 0.0, range, None));
        x += glyph.advance * style.size;
    }
    if !run.is_empty() {
        let font = faces[face as usize].clone();
        surface.draw_glyphs(Point::from_xy(begin, y), &run, font, text, style.size, false);
    }
}

fn draw_shape(surface: &mut Surface<'_>, shape: &Shape) {
    let path = match shape {
        Shape::Line { points, width, dashed, tone } => {
            stroke(surface, *tone, *width, *dashed);
            through(points, false)
        }
        Shape::Area { points, tone } => {
            fill(surface, *tone);
            through(points, true)
        }
        Shape::Circle { x, y, radius, line, tone } => {
            match line {
                None => fill(surface, *tone),
                Some(line) => stroke(surface, *tone, *line, false),
            }
            circle(*x, *y, *radius)
        }
        // layout has made a text of it
        Shape::Text { .. } => None,
    };
    if let Some(path) = path {
        surface.draw_path(&path);
    }
}

fn through(points: &[(f32, f32)], closed: bool) -> Option<Path> {
    let ((x, y), rest) = points.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(*x, *y);
    for (x, y) in rest {
        path.line_to(*x, *y);
    }
    if closed {
        path.close();
    }
    path.finish()
}

fn circle(x: f32, y: f32, radius: f32) -> Option<Path> {
    /// How far the control points of a quarter lie from its ends, in radii.
    const REACH: f32 = 0.552_285;
    let reach = radius * REACH;
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.cubic_to(x + radius, y + reach, x + reach, y + radius, x, y + radius);
    path.cubic_to(x - reach, y + radius, x - radius, y + reach, x - radius, y);
    path.cubic_to(x - radius, y - reach, x - reach, y - radius, x, y - radius);
    path.cubic_to(x + reach, y - radius, x + radius, y - reach, x + radius, y);
    path.close();
    path.finish()
}
