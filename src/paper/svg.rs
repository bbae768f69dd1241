//! A picture as inline SVG, for pages.

use std::fmt::Write;

use crate::drawing::{Anchor, Drawing, Shape, Tone};

/// The colour of a tone: the page's own, so that dark pages have dark pictures, else that of paper.
fn colour(tone: Tone) -> String {
    let [red, green, blue] = tone.rgb();
    let name = match tone {
        Tone::Ink => "ink",
        Tone::Quiet => "quiet",
        Tone::Rule => "rule",
        Tone::RuleStrong => "rule-strong",
        Tone::Accent => "accent",
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Wait => "wait",
        Tone::Tint => "tint",
        Tone::Sheet => "sheet",
    };
    format!("var(--{name}, #{red:02x}{green:02x}{blue:02x})")
}

/// A length with at most two decimals.
fn length(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn points(points: &[(f32, f32)]) -> String {
    let pairs: Vec<String> =
        points.iter().map(|(x, y)| format!("{},{}", length(*x), length(*y))).collect();
    pairs.join(" ")
}

fn element(shape: &Shape) -> String {
    match shape {
        Shape::Line { points: line, width, dashed, tone } => format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}/>",
            points(line),
            colour(*tone),
            length(*width),
            if *dashed { " stroke-dasharray=\"3 2\"" } else { "" },
        ),
        Shape::Area { points: area, tone } => {
            format!("<polygon points=\"{}\" fill=\"{}\"/>", points(area), colour(*tone))
        }
        Shape::Circle { x, y, radius, line, tone } => {
            let (x, y, radius) = (length(*x), length(*y), length(*radius));
            let paint = match line {
                None => format!("fill=\"{}\"", colour(*tone)),
                Some(line) => format!(
                    "fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"",
                    colour(*tone),
                    length(*line)
                ),
            };
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {paint}/>")
        }
        Shape::Text { x, y, size, anchor, bold, tone, text } => format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{}{} fill=\"{}\">{}</text>",
            length(*x),
            length(*y),
            length(*size),
            match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            },
            if *bold { " font-weight=\"600\"" } else { "" },
            colour(*tone),
            escape(text),
        ),
    }
}

impl Drawing {
    /// The picture as an `svg` element for a page: no styles and scripts, so that any content
    /// security policy lets it stand; colours are the page's variables of the same names
    /// (`--ink`, `--bad`, …), the font is the page's.
    pub fn to_svg(&self) -> String {
        let (width, height) = (length(self.width), length(self.height));
        let title = escape(&crate::text::clean(&self.title));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">"
        );
        for shape in &self.shapes {
            write!(svg, "{}", element(shape)).expect("a string takes any text");
        }
        svg.push_str("</svg>");
        svg
    }
}
