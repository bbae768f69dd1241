//! Strict JSON (RFC 8259) as a flat tree over the exact text.
//!
//! A [`Document`] keeps the bytes as they came and a list of nodes that point into them, in the
//! order of the text. Nothing is copied or converted: a number stays the text it was, a string is
//! decoded when asked for. Duplicate keys, deep nesting, and what is not UTF-8 are refused here, so
//! that every reader of the tree can forget about them.

mod number;
mod parse;

pub use number::Decimal;
pub use parse::{JsonError, Limits};

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

/// What kind of JSON value a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`
    True,
    /// `false`
    False,
    /// A number, kept as its text.
    Number,
    /// A string without escapes: its content is the text between the quotes.
    PlainString,
    /// A string with escapes, to be decoded.
    EscapedString,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The kind as an error message names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::True | Self::False => "a boolean",
            Self::Number => "a number",
            Self::PlainString | Self::EscapedString => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// One value or key: where its text is, and where the node after its subtree is.
#[derive(Debug, Clone, Copy)]
struct Node {
    start: u32,
    /// Just past the text; zero while a container is still open during parsing.
    end: u32,
    next: u32,
    kind: Kind,
}

/// A parsed JSON text with its exact bytes.
#[derive(Debug, Clone)]
pub struct Document {
    text: Box<str>,
    nodes: Vec<Node>,
}

/// A value in a [`Document`].
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    document: &'a Document,
    index: usize,
}

/// Where an offset is, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// JSON pointer (RFC 6901) of the innermost value there.
    pub pointer: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl Document {
    /// Parses `bytes`; see [`Limits`] for what is too much.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, JsonError> {
        parse::parse(bytes, limits)
    }

    /// The text, exactly as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, index: 0 }
    }

    /// Where the byte at `offset` is.
    pub fn locate(&self, offset: usize) -> Location {
        parse::locate(&self.text, &self.nodes, offset)
    }

    fn slice(&self, node: Node) -> &str {
        &self.text[node.start as usize..node.end as usize]
    }

    fn string(&self, node: Node) -> Option<Cow<'_, str>> {
        let token = self.slice(node);
        match node.kind {
            Kind::PlainString => Some(Cow::Borrowed(&token[1..token.len() - 1])),
            Kind::EscapedString => Some(Cow::Owned(parse::unescape(&token[1..token.len() - 1]))),
            _ => None,
        }
    }
}

impl<'a> Value<'a> {
    fn node(self) -> Node {
        self.document.nodes[self.index]
    }

    /// What kind of value it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Its exact text.
    pub fn text(self) -> &'a str {
        self.document.slice(self.node())
    }

    /// Where its text is in the document's.
    pub fn range(self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// Offset of its first byte, for error reports.
    pub fn offset(self) -> usize {
        self.node().start as usize
    }

    /// The decoded string, if it is one.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        self.document.string(self.node())
    }

    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// The number as an exact decimal, if it is one.
    pub fn as_decimal(self) -> Option<Decimal<'a>> {
        (self.kind() == Kind::Number).then(|| Decimal::of_json(self.text()))
    }

    /// The keys and values of an object in their order; nothing for other kinds.
    pub fn members(self) -> Members<'a> {
        Members(self.children(Kind::Object))
    }

    /// The values of an array; nothing for other kinds.
    pub fn elements(self) -> Elements<'a> {
        self.children(Kind::Array)
    }

    /// The value of `key`, if this is an object that has it.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.members().find(|(name, _)| name.text() == key).map(|(_, value)| value)
    }

    /// The members by key, for many look-ups in one object.
    pub fn to_map(self) -> BTreeMap<Cow<'a, str>, Value<'a>> {
        self.members().map(|(key, value)| (key.text(), value)).collect()
    }

    /// A document of this value alone, its text exactly as it is here.
    pub fn to_document(self) -> Document {
        let root = self.node();
        let rebased = self.document.nodes[self.index..root.next as usize].iter().map(|node| Node {
            start: node.start - root.start,
            end: node.end - root.start,
            next: node.next - u32::try_from(self.index).unwrap_or(u32::MAX),
            kind: node.kind,
        });
        Document { text: self.text().into(), nodes: rebased.collect() }
    }

    /// Whether both are the same value: objects without order, numbers by their exact value.
    pub fn same(self, other: Value<'_>) -> bool {
        match (self.kind(), other.kind()) {
            (Kind::Object, Kind::Object) => {
                let (ours, theirs) = (self.to_map(), other.to_map());
                ours.len() == theirs.len()
                    && ours.into_iter().zip(theirs).all(|((key, value), (other_key, other))| {
                        key == other_key && value.same(other)
                    })
            }
            (Kind::Array, Kind::Array) => {
                let (mut ours, mut theirs) = (self.elements(), other.elements());
                loop {
                    match (ours.next(), theirs.next()) {
                        (None, None) => return true,
                        (Some(one), Some(two)) if one.same(two) => {}
                        _ => return false,
                    }
                }
            }
            (Kind::Number, Kind::Number) => self.as_decimal() == other.as_decimal(),
            (Kind::PlainString | Kind::EscapedString, Kind::PlainString | Kind::EscapedString) => {
                self.as_str() == other.as_str()
            }
            (ours, theirs) => ours == theirs,
        }
    }

    fn children(self, kind: Kind) -> Elements<'a> {
        let node = self.node();
        let end = if node.kind == kind { node.next as usize } else { 0 };
        Elements { document: self.document, index: self.index + 1, end }
    }
}

/// A key of an object.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a>(Value<'a>);

impl<'a> Key<'a> {
    /// The decoded key.
    pub fn text(self) -> Cow<'a, str> {
        self.0.as_str().unwrap_or_default()
    }

    /// Offset of its opening quote, for error reports.
    pub fn offset(self) -> usize {
        self.0.offset()
    }
}

/// The values of an array.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    document: &'a Document,
    index: usize,
    end: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.index >= self.end {
            return None;
        }
        let value = Value { document: self.document, index: self.index };
        self.index = value.node().next as usize;
        Some(value)
    }
}

/// The keys and values of an object.
#[derive(Debug, Clone)]
pub struct Members<'a>(Elements<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Key<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((Key(self.0.next()?), self.0.next()?))
    }
}

/// Appends `text` to `out` as a JSON string.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                out.push_str("\\u00");
                out.push(if u32::from(c) < 0x10 { '0' } else { '1' });
                out.push(char::from_digit(u32::from(c) & 0xf, 16).unwrap_or('0'));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
