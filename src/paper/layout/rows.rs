//! Tables on pages: a header on each, rows whole where they fit on one.

use super::{Flow, GAP, TOP};
use crate::drawing::{Status, Tone};
use crate::fonts::{Face, Fonts};
use crate::sheet::{Op, Pages, Role, Style};
use crate::table::Table;
use crate::text;

const CELL: Style = Style::new(Face::Sans, 8.0, Tone::Ink);
const CELL_MONO: Style = Style::new(Face::Mono, 7.2, Tone::Ink);
const HEADER: Style = Style::new(Face::Bold, 7.5, Tone::Quiet);
const LEADING: f32 = 11.0;
/// Above and below the lines of a row.
const PAD: f32 = 3.5;
/// Room for the shape of a status before its word.
const MARK: f32 = 11.0;

/// The place of a column.
#[derive(Debug, Clone, Copy)]
struct Place {
    x: f32,
    width: f32,
    right: bool,
    style: Style,
}

/// A cell as it is set.
struct Set {
    lines: Vec<String>,
    status: Option<Status>,
}

/// Rows that are looked at for how wide their column should be.
const SAMPLE: usize = 500;
/// A word up to this wide is not broken where its column can help it.
const WORD_MAX: f32 = 80.0;
/// The least width of a column, in points.
const NARROWEST: f32 = 14.0;

/// How wide a column must be for its words, and would be for its lines.
#[derive(Debug, Clone, Copy)]
struct Need {
    least: f32,
    most: f32,
}

impl Need {
    /// Takes a text into account that has `before` points of something else before it.
    fn add(&mut self, style: Style, before: f32, said: &str) {
        let fonts = Fonts::shared();
        let width = |said: &str| fonts.width(style.face, style.size, said) + before;
        for line in text::clean(said).lines() {
            self.most = self.most.max(width(line));
            let words = line.split(' ').map(width).filter(|width| *width <= WORD_MAX);
            self.least = words.fold(self.least, f32::max);
        }
    }
}

fn needs(table: &Table) -> Vec<Need> {
    let header = |column: &crate::Column| {
        let mut need = Need { least: NARROWEST, most: NARROWEST };
        need.add(HEADER, 0.0, &column.header);
        need
    };
    let mut needs: Vec<Need> = table.columns.iter().map(header).collect();
    for row in 0..table.rows().min(SAMPLE) {
        for ((cell, column), need) in table.cells_of(row).zip(&table.columns).zip(&mut needs) {
            let style = if column.mono { CELL_MONO } else { CELL };
            need.add(style, if cell.status.is_some() { MARK } else { 0.0 }, cell.text);
        }
    }
    // so that what just fits is not broken by the last bit of a sum
    needs.iter().map(|need| Need { least: need.least + 0.1, most: need.most + 0.1 }).collect()
}

/// Shares out a width by the columns' weights: none gets more than its lines need while others
/// lack, nor, where that is possible, less than its words.
fn widths(table: &Table, available: f32) -> Vec<f32> {
    let needs = needs(table);
    let mut given: Vec<Option<f32>> = vec![None; needs.len()];
    loop {
        let left = available - given.iter().flatten().sum::<f32>();
        let open = || given.iter().zip(&table.columns).filter(|(given, _)| given.is_none());
        let weights: f32 = open().map(|(_, column)| column.weight).sum();
        let share = |at: usize| (left * table.columns[at].weight / weights).max(0.0);
        let among: Vec<usize> = (0..needs.len()).filter(|at| given[*at].is_none()).collect();
        let lacking = among.iter().find(|at| share(**at) < needs[**at].least);
        let sated = || among.iter().find(|at| share(**at) > needs[**at].most);
        match (lacking, sated()) {
            (Some(at), _) => given[*at] = Some(needs[*at].least),
            (None, Some(at)) => given[*at] = Some(needs[*at].most),
            (None, None) => {
                let shared = (0..needs.len()).map(|at| given[at].unwrap_or_else(|| share(at)));
                break fill(shared.collect(), table, available);
            }
        }
    }
}

/// Makes the widths fill the sheet: what is left goes to all, what is too much is taken from all.
fn fill(widths: Vec<f32>, table: &Table, available: f32) -> Vec<f32> {
    let taken: f32 = widths.iter().sum();
    if taken > available {
        return widths.into_iter().map(|width| width * available / taken).collect();
    }
    let weights: f32 = table.columns.iter().map(|column| column.weight).sum();
    let more = |(width, column): (f32, &crate::Column)| {
        width + (available - taken) * column.weight / weights
    };
    widths.into_iter().zip(&table.columns).map(more).collect()
}

fn places(table: &Table, left: f32, width: f32) -> Vec<Place> {
    let gaps: f32 = table.columns.iter().skip(1).map(|_| GAP).sum();
    let mut x = left;
    let place = |(column, width): (&crate::Column, f32)| {
        let style = if column.mono { CELL_MONO } else { CELL };
        let place = Place { x, width, right: column.right, style };
        x += width + GAP;
        place
    };
    table.columns.iter().zip(widths(table, width - gaps)).map(place).collect()
}

fn wrapped(style: Style, width: f32, said: &str) -> Vec<String> {
    let said = text::clean(said);
    let lines = text::wrap(style.face, style.size, width, &said);
    lines.into_iter().map(|line| said[line].to_owned()).collect()
}

fn height(lines: usize) -> f32 {
    // no document has more lines in a cell than a float can count
    #[expect(clippy::cast_precision_loss)]
    let lines = lines as f32;
    lines * LEADING + 2.0 * PAD
}

/// Sets a table below what stands on the page.
pub(super) fn table<P: Pages>(flow: &mut Flow<'_, P>, table: &Table) {
    let places = places(table, flow.left, flow.width());
    let header: Vec<Vec<String>> = table
        .columns
        .iter()
        .zip(&places)
        .map(|(column, place)| wrapped(HEADER, place.width, &column.header))
        .collect();
    let header_height = height(header.iter().map(Vec::len).max().unwrap_or_default());
    flow.y += 8.0;
    flow.ensure(header_height + height(2));
    flow.ops.push(Op::Open(Role::Table));
    flow.ops.push(Op::Open(Role::Head));
    set_header(flow, &header, &places, false);
    flow.ops.push(Op::Close);
    flow.ops.push(Op::Open(Role::Body));
    let begin = |flow: &mut Flow<'_, P>| {
        flow.break_page();
        set_header(flow, &header, &places, true);
    };
    for row in 0..table.rows() {
        let cells: Vec<Set> = table
            .cells_of(row)
            .zip(&places)
            .map(|(cell, place)| {
                let room = place.width - if cell.status.is_some() { MARK } else { 0.0 };
                Set { lines: wrapped(place.style, room, cell.text), status: cell.status }
            })
            .collect();
        let lines = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or_default();
        let whole_page = flow.bottom - TOP - header_height;
        if flow.y + height(lines) > flow.bottom && height(lines) <= whole_page {
            begin(flow);
        }
        let mut done = 0;
        while done < lines {
            if flow.y + height(1) > flow.bottom {
                begin(flow);
            }
            let mut count = 1;
            while done + count < lines && flow.y + height(count + 1) <= flow.bottom {
                count += 1;
            }
            set_row(flow, &cells, &places, done, count);
            done += count;
        }
    }
    if table.rows() == 0 {
        set_empty(flow, &table.empty, places.len());
    }
    flow.ops.push(Op::Close);
    flow.ops.push(Op::Close);
    flow.rule(flow.y, 0.6, Tone::RuleStrong);
}

fn set_header<P: Pages>(
    flow: &mut Flow<'_, P>,
    header: &[Vec<String>],
    places: &[Place],
    repeated: bool,
) {
    flow.rule(flow.y, 1.2, Tone::Ink);
    let deepest = header.iter().map(Vec::len).max().unwrap_or_default();
    flow.ops.push(Op::Open(if repeated { Role::PageHead } else { Role::Row }));
    for (lines, place) in header.iter().zip(places) {
        if !repeated {
            flow.ops.push(Op::Open(Role::HeadCell));
        }
        // a header of fewer lines stands at the foot of the band
        let above = height(deepest - lines.len()) - 2.0 * PAD;
        set_lines(flow, lines, *place, HEADER, above);
        if !repeated {
            flow.ops.push(Op::Close);
        }
    }
    flow.ops.push(Op::Close);
    flow.y += height(deepest);
    flow.rule(flow.y, 0.6, Tone::RuleStrong);
}

/// Sets `count` lines of a row from the line `done` on.
fn set_row<P: Pages>(
    flow: &mut Flow<'_, P>,
    cells: &[Set],
    places: &[Place],
    done: usize,
    count: usize,
) {
    flow.ops.push(Op::Open(Role::Row));
    for (cell, place) in cells.iter().zip(places) {
        flow.ops.push(Op::Open(Role::Cell));
        let lines = cell.lines.get(done..).unwrap_or_default();
        let lines = &lines[..count.min(lines.len())];
        let mut place = *place;
        if let Some(status) = cell.status {
            if done == 0 {
                let middle = flow.y + PAD + LEADING / 2.0;
                let shape = status.shape(place.x + 3.5, middle, 6.0);
                flow.ops.push(Op::Shape(shape));
            }
            place.x += MARK;
            place.width -= MARK;
            place.style.tone = status.tone();
        }
        set_lines(flow, lines, place, place.style, 0.0);
        flow.ops.push(Op::Close);
    }
    flow.ops.push(Op::Close);
    flow.y += height(count);
    flow.rule(flow.y, 0.4, Tone::Rule);
}

fn set_lines<P: Pages>(
    flow: &mut Flow<'_, P>,
    lines: &[String],
    place: Place,
    style: Style,
    above: f32,
) {
    let mut baseline = flow.y + above + PAD + LEADING * 0.76;
    for line in lines {
        if place.right {
            flow.put_right(place.x + place.width, baseline, style, line);
        } else {
            flow.put(place.x, baseline, style, line);
        }
        baseline += LEADING;
    }
}

/// A row that says that there is none.
fn set_empty<P: Pages>(flow: &mut Flow<'_, P>, said: &str, columns: usize) {
    flow.ops.push(Op::Open(Role::Row));
    let line = text::fit(CELL.face, CELL.size, flow.width(), said);
    let baseline = flow.y + PAD + LEADING * 0.76;
    for column in 0..columns {
        flow.ops.push(Op::Open(Role::Cell));
        if column == 0 {
            flow.put(flow.left, baseline, Style { tone: Tone::Quiet, ..CELL }, &line);
        }
        flow.ops.push(Op::Close);
    }
    flow.ops.push(Op::Close);
    flow.y += height(1);
}
