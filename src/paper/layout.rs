//! Sets a document on pages: what stands where.

mod rows;

use crate::drawing::{Drawing, Shape, Tone};
use crate::fonts::{Face, Fonts};
use crate::model::{Block, Document, Figure};
use crate::picture;
use crate::sheet::{Op, Pages, Role, Style};
use crate::text;

/// Points from the edge of the sheet to the text.
const SIDE: f32 = 42.0;
const TOP: f32 = 48.0;
const BOTTOM: f32 = 60.0;
/// A line of running text is no wider: about 80 characters.
const MEASURE: f32 = 400.0;
/// Between columns.
const GAP: f32 = 10.0;

const TITLE: Style = Style::new(Face::Bold, 9.0, Tone::Accent);
const ANSWER: Style = Style::new(Face::Bold, 18.0, Tone::Ink);
const HEADING: Style = Style::new(Face::Bold, 13.0, Tone::Ink);
const SUBHEADING: Style = Style::new(Face::Bold, 10.5, Tone::Ink);
const BODY: Style = Style::new(Face::Sans, 9.5, Tone::Ink);
const NOTE: Style = Style::new(Face::Sans, 8.0, Tone::Quiet);
const LABEL: Style = Style::new(Face::Sans, 7.5, Tone::Quiet);
const VALUE: Style = Style::new(Face::Sans, 8.5, Tone::Ink);
const HASH: Style = Style::new(Face::Mono, 7.5, Tone::Ink);
const NUMBER: Style = Style::new(Face::Bold, 18.0, Tone::Ink);
const FOOT: Style = Style::new(Face::Sans, 7.0, Tone::Quiet);
const FOOT_HASH: Style = Style::new(Face::Mono, 6.5, Tone::Quiet);

/// What is said at the end where a character could not be shown.
const REPLACED: &str = "□ stands for a character that this document's fonts do not have (they have \
    Latin, Greek and Cyrillic), or that has no shape of its own. The CSV has the text as it is.";

/// Sets the document on pages and hands each over when it is full. `total` stands in the feet.
pub(crate) fn set<P: Pages>(document: &Document, total: u32, pages: P) -> P {
    let (width, height) = document.format.points();
    let mut flow = Flow {
        document,
        total,
        pages,
        ops: Vec::new(),
        number: 1,
        y: TOP,
        left: SIDE,
        right: width - SIDE,
        bottom: height - BOTTOM,
        replaced: false,
    };
    flow.opening();
    for block in &document.blocks {
        flow.block(block);
    }
    if flow.replaced {
        flow.y += 12.0;
        flow.running(NOTE, 11.5, REPLACED);
    }
    flow.finish()
}

/// The pages under way.
struct Flow<'a, P> {
    document: &'a Document,
    total: u32,
    pages: P,
    /// What stands on the present page.
    ops: Vec<Op>,
    number: u32,
    /// Where the next thing begins.
    y: f32,
    left: f32,
    right: f32,
    bottom: f32,
    /// A character of the text has no glyph.
    replaced: bool,
}

impl<P: Pages> Flow<'_, P> {
    fn width(&self) -> f32 {
        self.right - self.left
    }

    /// Puts a line of cleaned text on the page.
    fn put(&mut self, x: f32, baseline: f32, style: Style, text: &str) {
        if text.is_empty() {
            return;
        }
        let fonts = Fonts::shared();
        self.replaced = self.replaced
            || text.chars().any(|character| fonts.glyph(style.face, character).replaced);
        self.ops.push(Op::Text { x, y: baseline, style, text: text.to_owned() });
    }

    fn put_right(&mut self, right: f32, baseline: f32, style: Style, text: &str) {
        let width = Fonts::shared().width(style.face, style.size, text.trim_end_matches(' '));
        self.put(right - width, baseline, style, text);
    }

    /// A rule over the whole width.
    fn rule(&mut self, y: f32, width: f32, tone: Tone) {
        let points = vec![(self.left, y), (self.right, y)];
        self.ops.push(Op::Open(Role::Ornament));
        self.ops.push(Op::Shape(Shape::Line { points, width, dashed: false, tone }));
        self.ops.push(Op::Close);
    }

    /// Begins a new page where less than `height` is left.
    fn ensure(&mut self, height: f32) {
        if self.y + height > self.bottom && self.y > TOP {
            self.break_page();
        }
    }

    fn break_page(&mut self) {
        self.end_page();
        self.number += 1;
        self.y = TOP;
        self.page_head();
    }

    fn page_head(&mut self) {
        let title = text::clean(&self.document.title);
        let room = self.width() - 20.0;
        let title = text::fit(Face::Bold, FOOT.size, room * 0.4, &title);
        let title_width = Fonts::shared().width(Face::Bold, FOOT.size, &title);
        let answer = text::fit(FOOT.face, FOOT.size, room - title_width, &self.document.answer);
        self.ops.push(Op::Open(Role::PageHead));
        self.put(self.left, 29.0, Style { face: Face::Bold, ..FOOT }, &title);
        self.put_right(self.right, 29.0, FOOT, &answer);
        self.ops.push(Op::Close);
        self.rule(35.0, 0.5, Tone::Rule);
    }

    fn end_page(&mut self) {
        self.rule(self.bottom + 14.0, 0.5, Tone::RuleStrong);
        self.ops.push(Op::Open(Role::PageFoot));
        let frame = &self.document.frame;
        let page = format!("Page {} of {}", self.number, self.total);
        let room = self.width() - 100.0;
        let mut baseline = self.bottom + 26.0;
        self.put_right(self.right, baseline, FOOT, &page);
        for (label, value) in
            [("CSV SHA-256", &frame.csv_sha256), ("Checkpoint", &frame.checkpoint)]
        {
            let Some(value) = value else { continue };
            let value = text::fit(FOOT_HASH.face, FOOT_HASH.size, room - 50.0, value);
            self.put(self.left, baseline, FOOT, label);
            self.put(self.left + 50.0, baseline, FOOT_HASH, &value);
            baseline += 10.0;
        }
        self.ops.push(Op::Close);
        self.pages.page(std::mem::take(&mut self.ops));
    }

    fn finish(mut self) -> P {
        self.end_page();
        self.pages
    }

    /// Lines of text below each other, each on the page where it fits.
    fn lines(&mut self, style: Style, leading: f32, width: f32, text: &str) {
        let text = text::clean(text);
        for line in text::wrap(style.face, style.size, width, &text) {
            self.ensure(leading);
            self.y += leading;
            let baseline = self.y - (leading - style.size) / 2.0 - style.size * 0.14;
            self.put(self.left, baseline, style, &text[line]);
        }
    }

    fn running(&mut self, style: Style, leading: f32, text: &str) {
        self.ops.push(Op::Open(Role::Paragraph));
        self.lines(style, leading, MEASURE.min(self.width()), text);
        self.ops.push(Op::Close);
    }

    fn heading(&mut self, level: u16, style: Style, leading: f32, width: f32, text: &str) {
        let said = text::fit(style.face, 1.0, 500.0, text);
        if said.trim().is_empty() {
            return;
        }
        self.ops.push(Op::Open(Role::Heading { level, text: said, y: self.y }));
        self.lines(style, leading, width, text);
        self.ops.push(Op::Close);
    }

    /// The head of the first page: the title, the answer, the frame.
    fn opening(&mut self) {
        self.running(TITLE, 14.0, &self.document.title);
        self.y += 2.0;
        let width = self.width().min(520.0);
        self.heading(1, ANSWER, 24.0, width, &self.document.answer);
        self.y += 10.0;
        self.frame();
    }

    fn frame(&mut self) {
        let frame = &self.document.frame;
        let hashes = [("SHA-256 of the CSV", &frame.csv_sha256), ("Checkpoint", &frame.checkpoint)];
        if frame.pairs.is_empty() && hashes.iter().all(|(_, value)| value.is_none()) {
            return;
        }
        self.rule(self.y, 1.2, Tone::Ink);
        self.y += 6.0;
        let columns: u8 = if self.width() > 600.0 { 4 } else { 3 };
        let cell = (self.width() - GAP * f32::from(columns - 1)) / f32::from(columns);
        let mut row = Vec::new();
        for (label, value) in &frame.pairs {
            let wide =
                Fonts::shared().width(VALUE.face, VALUE.size, &text::clean(value)) > cell * 2.0;
            if wide || row.len() == usize::from(columns) {
                self.pairs(&std::mem::take(&mut row), cell);
            }
            row.push((label.as_str(), value.as_str(), VALUE));
            if wide {
                self.pairs(&std::mem::take(&mut row), self.width());
            }
        }
        self.pairs(&row, cell);
        for (label, value) in hashes {
            if let Some(value) = value {
                self.pairs(&[(label, value, HASH)], self.width());
            }
        }
        self.y += 1.0;
        self.rule(self.y, 0.5, Tone::RuleStrong);
    }

    /// Labels with their values below, side by side.
    fn pairs(&mut self, row: &[(&str, &str, Style)], width: f32) {
        const LEADING: f32 = 11.0;
        let set = |(_, value, style): &(&str, &str, Style)| {
            let value = text::clean(value).into_owned();
            let lines = text::wrap(style.face, style.size, width, &value);
            lines.into_iter().map(|line| value[line].to_owned()).collect::<Vec<_>>()
        };
        let values: Vec<Vec<String>> = row.iter().map(set).collect();
        let deepest = values.iter().map(Vec::len).max().unwrap_or_default();
        if deepest == 0 {
            return;
        }
        let whole = u8::try_from(deepest.min(40)).expect("at most 40");
        self.ensure(10.0 + LEADING * f32::from(whole));
        let labels = self.y + 8.0;
        let mut x = self.left;
        // a value that is deeper than a page stands alone in its row, and runs on
        for ((label, _, style), lines) in row.iter().zip(values) {
            self.ops.push(Op::Open(Role::Paragraph));
            let label = text::fit(LABEL.face, LABEL.size, width, label);
            self.put(x, labels, LABEL, &label);
            self.ops.push(Op::Close);
            self.ops.push(Op::Open(Role::Paragraph));
            let mut baseline = labels + LEADING;
            for line in lines {
                if baseline > self.bottom {
                    self.break_page();
                    baseline = self.y + LEADING;
                }
                self.put(x, baseline, *style, &line);
                baseline += LEADING;
            }
            self.ops.push(Op::Close);
            self.y = self.y.max(baseline - LEADING + 6.0);
            x += width + GAP;
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => {
                self.y += 22.0;
                self.ensure(90.0);
                self.heading(2, HEADING, 18.0, self.width(), text);
                self.y += 2.0;
            }
            Block::Subheading(text) => {
                self.y += 12.0;
                self.ensure(70.0);
                self.heading(3, SUBHEADING, 15.0, self.width(), text);
            }
            Block::Paragraph(text) => {
                self.y += 6.0;
                self.running(BODY, 14.0, text);
            }
            Block::Note(text) => {
                self.y += 4.0;
                self.running(NOTE, 11.5, text);
            }
            Block::Figures(figures) => self.figures(figures),
            Block::Table(table) => rows::table(self, table),
            Block::Picture(drawing) => self.picture(drawing),
        }
    }

    fn figures(&mut self, figures: &[Figure]) {
        // up to four stand in the columns of a wide frame
        let columns: u8 = if self.width() > 600.0 && figures.len() > 4 { 6 } else { 4 };
        let width = (self.width() - GAP * f32::from(columns - 1)) / f32::from(columns);
        self.y += 10.0;
        for row in figures.chunks(usize::from(columns)) {
            self.ensure(60.0);
            let (top, mut x) = (self.y, self.left);
            let mut lowest = top;
            for figure in row {
                self.ops.push(Op::Open(Role::Paragraph));
                let value = text::fit(NUMBER.face, NUMBER.size, width, &figure.value);
                self.put(x, top + 20.0, NUMBER, &value);
                self.ops.push(Op::Close);
                let mut baseline = top + 33.0;
                for (style, said) in [(NOTE, &figure.label), (LABEL, &figure.note)] {
                    let style =
                        if style == NOTE { Style { tone: Tone::Ink, ..NOTE } } else { style };
                    let said = text::clean(said);
                    let lines = text::wrap(style.face, style.size, width, &said);
                    self.ops.push(Op::Open(Role::Paragraph));
                    for line in lines.into_iter().filter(|line| !line.is_empty()).take(3) {
                        self.put(x, baseline, style, &said[line]);
                        baseline += 10.5;
                    }
                    self.ops.push(Op::Close);
                }
                lowest = lowest.max(baseline - 4.0);
                x += width + GAP;
            }
            self.y = lowest + 8.0;
        }
    }

    fn picture(&mut self, drawing: &Drawing) {
        self.y += 10.0;
        let scale =
            (self.width() / drawing.width).min((self.bottom - TOP) / drawing.height).min(1.0);
        let height = drawing.height * scale;
        self.ensure(height);
        let said = text::fit(Face::Sans, 1.0, 500.0, &drawing.title);
        let said = if said.trim().is_empty() { "Picture".to_owned() } else { said };
        let (left, top, right) = (self.left, self.y, self.left + drawing.width * scale);
        self.ops.push(Op::Open(Role::Figure { said, place: [left, top, right, top + height] }));
        self.ops.extend(picture::place(drawing, self.left, self.y, scale));
        self.ops.push(Op::Close);
        self.y += height;
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::{Cell, Column, Format, Frame, Size, Status, Table};

    /// Keeps the pages.
    #[derive(Default)]
    struct Kept(Vec<Vec<Op>>);

    impl Pages for Kept {
        fn page(&mut self, ops: Vec<Op>) {
            self.0.push(ops);
        }
    }

    /// The texts of a page: left, right, baseline, text.
    fn texts(page: &[Op]) -> Vec<(f32, f32, f32, &str)> {
        let mut found = Vec::new();
        for op in page {
            if let Op::Text { x, y, style, text } = op {
                let text = text.trim_end_matches(' ');
                let width = Fonts::shared().width(style.face, style.size, text);
                found.push((*x, x + width, *y, text));
            }
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn no_text_leaves_its_sheet_nor_meets_another(
            cells in proptest::collection::vec("[a-zA-Z0-9 ./-]{0,60}", 1..60),
            columns in 1_usize..=12,
            mono in 0_usize..12,
            landscape: bool,
        ) {
            let at = |index: usize| cells[index % cells.len()].as_str();
            let mut document = Document::new(at(0), at(1), DateTime::UNIX_EPOCH);
            document.format = Format { size: Size::Letter, landscape };
            document.frame = Frame::new().checkpoint("ab12".repeat(60));
            for pair in 0..7 {
                document.frame = document.frame.pair(at(pair), at(pair + 1));
            }
            let column = |index: usize| {
                let column = Column::new(at(index)).weight(1.0 + f32::from(index.is_multiple_of(3)) * 3.0);
                if index == mono { column.mono() } else if index % 2 == 1 { column.right() } else { column }
            };
            let mut table = Table::new((0..columns).map(column));
            for row in 0..50 {
                let cell = |index: usize| match index % 4 {
                    3 => Cell::status(Status::Open, at(row * columns + index)),
                    _ => Cell::from(at(row * columns + index)),
                };
                table.row((0..columns).map(cell)).expect("a row that fits");
            }
            document.table(table);
            let (width, height) = document.format.points();
            for page in set(&document, 9_999, Kept::default()).0 {
                let texts = texts(&page);
                for (index, (left, right, y, text)) in texts.iter().enumerate() {
                    prop_assert!(*left > SIDE - 0.1 && *right < width - SIDE + 0.1, "{text}: {left} {right}");
                    prop_assert!((20.0..height - 15.0).contains(y), "{text}: {y}");
                    for (other_left, other_right, other_y, other) in &texts[..index] {
                        let apart = right <= other_left || other_right <= left || (y - other_y).abs() > 5.0;
                        prop_assert!(apart || text.trim().is_empty() || other.trim().is_empty(), "{text} over {other}");
                    }
                }
            }
        }
    }

    #[test]
    fn words_stay_apart_when_the_text_is_taken_out_again() {
        let words = "Information security awareness, with an exam, ".repeat(6) + "and\nmore";
        let mut document = Document::new("Title", words.clone(), DateTime::UNIX_EPOCH);
        let mut table = Table::new([Column::new("A"), Column::new("B"), Column::new("C")]);
        table.row([words.as_str(), "b", "c"]).expect("a row that fits");
        document.paragraph(words.clone()).table(table);
        let pages = set(&document, 1, Kept::default()).0;
        let part = |op: &Op| match op {
            Op::Text { text, .. } => text.clone(),
            Op::Open(_) | Op::Close => "|".to_owned(),
            Op::Shape(_) => String::new(),
        };
        let said: String = pages.iter().flatten().map(part).collect();
        let expected = words.replace('\n', " ");
        assert_eq!(said.matches(&format!("|{expected}|")).count(), 3, "{said}");
    }

    #[test]
    fn a_row_that_fits_a_page_is_not_broken() {
        let mut table = Table::new([Column::new("Lines"), Column::new("End")]);
        for row in 0..40 {
            let lines = "line\n".repeat(row % 9) + "last";
            table.row([lines.as_str(), "one"]).expect("a row that fits");
        }
        let mut document = Document::new("Title", "Answer", DateTime::UNIX_EPOCH);
        document.table(table);
        let pages = set(&document, 9, Kept::default()).0;
        assert!(pages.len() > 2);
        let rows = |page: &Vec<Op>| page.iter().filter(|op| **op == Op::Open(Role::Row)).count();
        // the header's row on the first page, and forty
        assert_eq!(pages.iter().map(rows).sum::<usize>(), 41);
    }
}
