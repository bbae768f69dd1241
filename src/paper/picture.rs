//! A picture on a page: its shapes moved and scaled.

use crate::drawing::{Anchor, Drawing, Shape};
use crate::fonts::{Face, Fonts};
use crate::sheet::{Op, Style};

/// The shapes of a drawing with its upper left corner at a point, `scale` as large.
pub(crate) fn place(drawing: &Drawing, left: f32, top: f32, scale: f32) -> Vec<Op> {
    drawing.shapes.iter().map(|shape| placed(shape, left, top, scale)).collect()
}

fn placed(shape: &Shape, left: f32, top: f32, scale: f32) -> Op {
    let at = |x: f32, y: f32| (left + x * scale, top + y * scale);
    let all = |points: &[(f32, f32)]| points.iter().map(|(x, y)| at(*x, *y)).collect();
    match shape {
        Shape::Line { points, width, dashed, tone } => Op::Shape(Shape::Line {
            points: all(points),
            width: width * scale,
            dashed: *dashed,
            tone: *tone,
        }),
        Shape::Area { points, tone } => Op::Shape(Shape::Area { points: all(points), tone: *tone }),
        Shape::Circle { x, y, radius, line, tone } => {
            let (x, y) = at(*x, *y);
            let line = line.map(|line| line * scale);
            Op::Shape(Shape::Circle { x, y, radius: radius * scale, line, tone: *tone })
        }
        Shape::Text { x, y, size, anchor, bold, tone, text } => {
            let face = if *bold { Face::Bold } else { Face::Sans };
            let style = Style::new(face, size * scale, *tone);
            let width = Fonts::shared().width(face, style.size, text);
            let (x, y) = at(*x, *y);
            let x = match anchor {
                Anchor::Start => x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            };
            Op::Text { x, y, style, text: text.clone() }
        }
    }
}
