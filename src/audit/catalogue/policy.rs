//! The training policy to fill in.
//!
//! A blank stands in double braces: `{{owner}}` has to be filled in, and `{{pass mark = 80 %}}` says
//! 80 % until something else is given for `pass mark`. A blank may be there several times.

use std::collections::BTreeMap;

/// The policy as it is shipped, in Markdown.
pub const TEMPLATE: &str = include_str!("../../../content/catalogue/training-policy.md");

/// A place to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blank<'t> {
    /// What belongs there.
    pub name: &'t str,
    /// What stands there until something else is given.
    pub proposed: Option<&'t str>,
}

/// A policy with what was given in its blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The policy, in Markdown; what is still open stands there as `{{name}}`.
    pub text: String,
    /// The blanks that are still open, each once, in the order of the text.
    pub open: Vec<String>,
}

/// Something was given for a blank that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy has no blank {0:?}")]
pub struct NoSuchBlank(pub String);

/// A piece of a template.
enum Piece<'t> {
    Text(&'t str),
    Blank(Blank<'t>),
}

/// The pieces of a template in their order. A brace that is not closed is text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((blank, behind)) = after.split_once("}}") else { break };
        let (name, proposed) = match blank.split_once('=') {
            Some((name, proposed)) => (name.trim(), Some(proposed.trim())),
            None => (blank.trim(), None),
        };
        pieces.extend([Piece::Text(before), Piece::Blank(Blank { name, proposed })]);
        rest = behind;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The blanks of a template, each once, in its order.
pub fn blanks(template: &str) -> Vec<Blank<'_>> {
    let mut found: Vec<Blank<'_>> = Vec::new();
    for piece in pieces(template) {
        if let Piece::Blank(blank) = piece
            && found.iter().all(|known| known.name != blank.name)
        {
            found.push(blank);
        }
    }
    found
}

/// The template with `values` in its blanks, by their names. What is not given is as proposed; a
/// blank text counts as not given. Values are one line each and cannot break a table.
pub fn filled(template: &str, values: &BTreeMap<String, String>) -> Result<Filled, NoSuchBlank> {
    let blanks = blanks(template);
    if let Some(name) = values.keys().find(|name| blanks.iter().all(|blank| blank.name != **name)) {
        return Err(NoSuchBlank(name.clone()));
    }
    let mut filled = Filled { text: String::with_capacity(template.len()), open: Vec::new() };
    for piece in pieces(template) {
        let blank = match piece {
            Piece::Text(text) => {
                filled.text.push_str(text);
                continue;
            }
            Piece::Blank(blank) => blank,
        };
        let given = values.get(blank.name).map(|value| one_line(value));
        let given = given.filter(|value| !value.is_empty());
        if let Some(value) = given.or_else(|| blank.proposed.map(str::to_owned)) {
            filled.text.push_str(&value);
        } else {
            filled.text.extend(["{{", blank.name, "}}"]);
            if !filled.open.iter().any(|open| open == blank.name) {
                filled.open.push(blank.name.to_owned());
            }
        }
    }
    Ok(filled)
}

/// A value with its blanks made single spaces, and what Markdown would read as markup made text.
fn one_line(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    let mut line = String::new();
    for letter in words.join(" ").chars() {
        if "\\`*_[]<>|#".contains(letter) {
            line.push('\\');
        }
        line.push(letter);
    }
    line
}
