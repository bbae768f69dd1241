//! The parser: bytes to nodes, with every refusal told where it is.

use super::{Document, Kind, Location, Node};
use std::{borrow::Cow, collections::BTreeSet};

/// What is too much for one JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, in bytes.
    pub bytes_max: usize,
    /// Deepest nesting of arrays and objects.
    pub depth_max: usize,
}

impl Default for Limits {
    /// 64 MiB, and 64 levels.
    fn default() -> Self {
        Self { bytes_max: 64 << 20, depth_max: 64 }
    }
}

/// A text is not JSON as this server takes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {}, column {} ({rule})", at.line, at.column)]
pub struct JsonError {
    /// The rule that is broken.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub at: Location,
}

const WELL_FORMED: &str = "XAPI-00014";
const UTF8: &str = "XAPI-00015";
const DUPLICATE: &str = "XAPI-00021";
const LIMIT: &str = "RFC 8259 section 9";

/// Objects with more members than this are checked for duplicate keys with a set.
const MEMBERS_COMPARED_MAX: usize = 16;

/// How many bytes at the beginning stand for themselves in a string: neither quotes nor
/// backslashes nor control characters. Looks at eight at a time.
fn plain_prefix(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let repeated = |byte: u8| ONES * u64::from(byte);
    // The high bit of each byte that is less than `limit`, itself below 0x80; borrows can only
    // mark bytes after one that is truly less, and the first mark is what counts.
    let less = |word: u64, limit: u8| word.wrapping_sub(repeated(limit)) & !word & HIGH;
    let mut done = 0;
    for chunk in bytes.chunks_exact(8) {
        let Ok(chunk) = chunk.try_into() else { break };
        let word = u64::from_le_bytes(chunk);
        let quote = less(word ^ repeated(b'"'), 1);
        let backslash = less(word ^ repeated(b'\\'), 1);
        let special = less(word, 0x20) | quote | backslash;
        if special != 0 {
            return done + special.trailing_zeros() as usize / 8;
        }
        done += 8;
    }
    let is_plain = |byte: &&u8| **byte >= 0x20 && **byte != b'"' && **byte != b'\\';
    done + bytes[done..].iter().take_while(is_plain).count()
}

struct Fault {
    offset: usize,
    rule: &'static str,
    message: String,
}

fn fault<T>(offset: usize, rule: &'static str, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { offset, rule, message: message.into() })
}

pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Document, JsonError> {
    let bytes_max = limits.bytes_max.min(u32::MAX as usize - 1);
    if bytes.len() > bytes_max {
        let message = format!("{} bytes are more than bytes_max = {bytes_max}", bytes.len());
        let at = Location { pointer: String::new(), line: 1, column: 1 };
        return Err(JsonError { rule: LIMIT, message, at });
    }
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let message = "the text is not valid UTF-8 here".to_owned();
            let at = locate(&valid, &[], valid.len());
            return Err(JsonError { rule: UTF8, message, at });
        }
    };
    // Real statements have one node for each 12 to 20 bytes.
    let nodes = Vec::with_capacity(text.len() / 12 + 4);
    let mut parser = Parser { text, bytes, pos: 0, nodes, depth_max: limits.depth_max };
    match parser.document() {
        Ok(()) => Ok(Document { text: text.into(), nodes: parser.nodes }),
        Err(Fault { offset, rule, message }) => {
            Err(JsonError { rule, message, at: locate(text, &parser.nodes, offset) })
        }
    }
}

/// Finds an offset in a tree that may be unfinished: open containers reach to the end.
pub(super) fn locate(text: &str, nodes: &[Node], offset: usize) -> Location {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Location {
        pointer: pointer(text, nodes, offset),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

fn pointer(text: &str, nodes: &[Node], offset: usize) -> String {
    let holds = |node: &Node| {
        node.start as usize <= offset && (node.end == 0 || offset < node.end as usize)
    };
    let after = |index: usize| match nodes[index] {
        Node { end: 0, .. } => nodes.len(),
        node => node.next as usize,
    };
    let mut pointer = String::new();
    let mut index = 0;
    while let Some(parent) = nodes.get(index).filter(|node| holds(node)) {
        let end = after(index);
        let mut child = index + 1;
        let mut place = 0;
        let mut found = None;
        while child < end && found.is_none() {
            if parent.kind == Kind::Object {
                let value = child + 1;
                let key = nodes[child];
                let in_value = nodes.get(value).is_some_and(|node| value < end && holds(node));
                if in_value || holds(&key) {
                    let name = &text[key.start as usize + 1..key.end as usize - 1];
                    found = Some((unescape(name).replace('~', "~0").replace('/', "~1"), value));
                }
                child = if value < end { after(value) } else { end };
            } else {
                found = holds(&nodes[child]).then(|| (place.to_string(), child));
                child = after(child);
            }
            place += 1;
        }
        let Some((step, next)) = found else { break };
        pointer.push('/');
        pointer.push_str(&step);
        index = next;
    }
    pointer
}

/// Decodes the inside of a string that the parser has accepted.
pub(super) fn unescape(inside: &str) -> String {
    let mut out = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut taken = 1;
        match escape.as_bytes().first() {
            Some(b'n') => out.push('\n'),
            Some(b't') => out.push('\t'),
            Some(b'r') => out.push('\r'),
            Some(b'b') => out.push('\u{8}'),
            Some(b'f') => out.push('\u{c}'),
            Some(b'u') => {
                let high = hex4(escape.as_bytes(), 1).unwrap_or(0xfffd);
                taken = 5;
                let code = match high {
                    0xd800..=0xdbff => {
                        taken = 11;
                        let low = hex4(escape.as_bytes(), 7).unwrap_or(0xdc00);
                        0x10000 + ((high - 0xd800) << 10) + (low & 0x3ff)
                    }
                    _ => high,
                };
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(&other) => out.push(char::from(other)),
            None => {}
        }
        rest = escape.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |value, &digit| Some(value * 16 + char::from(digit).to_digit(16)?))
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    nodes: Vec<Node>,
    depth_max: usize,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), Fault> {
        if self.text.starts_with('\u{feff}') {
            return fault(0, WELL_FORMED, "JSON must not begin with a byte order mark");
        }
        self.space();
        self.value(0)?;
        self.space();
        if self.pos < self.bytes.len() {
            return fault(self.pos, WELL_FORMED, "nothing may follow the JSON value");
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.pos += 1;
        }
    }

    /// Adds a node that starts here; its end and next are set by [`Self::close`].
    fn open(&mut self, kind: Kind) -> usize {
        self.nodes.push(Node { start: offset32(self.pos), end: 0, next: 0, kind });
        self.nodes.len() - 1
    }

    fn close(&mut self, index: usize) {
        let next = offset32(self.nodes.len());
        let node = &mut self.nodes[index];
        node.end = offset32(self.pos);
        node.next = next;
    }

    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Kind::True),
            Some(b'f') => self.word("false", Kind::False),
            Some(b'n') => self.word("null", Kind::Null),
            Some(_) => self.unexpected("a value"),
            None => fault(self.pos, WELL_FORMED, "the text ends where a value is expected"),
        }
    }

    fn unexpected<T>(&self, wanted: &str) -> Result<T, Fault> {
        if let Some(c) = self.text.get(self.pos..).and_then(|rest| rest.chars().next()) {
            return fault(self.pos, WELL_FORMED, format!("expected {wanted}, found {c:?}"));
        }
        fault(self.pos, WELL_FORMED, format!("the text ends where {wanted} is expected"))
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), Fault> {
        if !self.bytes[self.pos..].starts_with(word.as_bytes()) {
            return self.unexpected("a value");
        }
        let index = self.open(kind);
        self.pos += word.len();
        self.close(index);
        Ok(())
    }

    fn deeper(&self, depth: usize) -> Result<(), Fault> {
        if depth > self.depth_max {
            let message = format!("nested deeper than depth_max = {}", self.depth_max);
            return fault(self.pos, LIMIT, message);
        }
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), Fault> {
        self.deeper(depth)?;
        let index = self.open(Kind::Array);
        self.pos += 1;
        self.space();
        if self.peek() != Some(b']') {
            loop {
                self.space();
                self.value(depth)?;
                self.space();
                match self.peek() {
                    Some(b',') => self.pos += 1,
                    Some(b']') => break,
                    _ => return self.unexpected("',' or ']'"),
                }
            }
        }
        self.pos += 1;
        self.close(index);
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), Fault> {
        self.deeper(depth)?;
        let index = self.open(Kind::Object);
        let mut members = 0;
        self.pos += 1;
        self.space();
        if self.peek() != Some(b'}') {
            loop {
                self.space();
                if self.peek() != Some(b'"') {
                    return self.unexpected("a key in double quotes");
                }
                self.string()?;
                self.space();
                if self.peek() != Some(b':') {
                    return self.unexpected("':'");
                }
                self.pos += 1;
                self.space();
                self.value(depth)?;
                members += 1;
                self.space();
                match self.peek() {
                    Some(b',') => self.pos += 1,
                    Some(b'}') => break,
                    _ => return self.unexpected("',' or '}'"),
                }
            }
        }
        self.pos += 1;
        self.close(index);
        self.refuse_duplicate_keys(index, members)
    }

    fn key(&self, index: usize) -> Cow<'_, str> {
        let node = self.nodes[index];
        let inside = &self.text[node.start as usize + 1..node.end as usize - 1];
        match node.kind {
            Kind::EscapedString => Cow::Owned(unescape(inside)),
            _ => Cow::Borrowed(inside),
        }
    }

    /// XAPI-00021: no object has a key twice, escapes decoded.
    fn refuse_duplicate_keys(&self, object: usize, members: usize) -> Result<(), Fault> {
        let end = self.nodes[object].next as usize;
        let keys = || {
            std::iter::successors((members > 0).then_some(object + 1), |key| {
                let following = self.nodes[key + 1].next as usize;
                (following < end).then_some(following)
            })
        };
        // Texts of keys without escapes are equal when their bytes are.
        let plain = |key: usize| self.nodes[key].kind == Kind::PlainString;
        let token =
            |key: usize| &self.bytes[self.nodes[key].start as usize..self.nodes[key].end as usize];
        let twice = if members <= MEMBERS_COMPARED_MAX && keys().all(plain) {
            keys().find(|&key| {
                let wanted = token(key);
                keys().take_while(|earlier| *earlier < key).any(|earlier| token(earlier) == wanted)
            })
        } else {
            let mut seen = BTreeSet::new();
            keys().find(|key| !seen.insert(self.key(*key)))
        };
        let Some(key) = twice else { return Ok(()) };
        let message = format!("the key {:?} occurs twice in one object", self.key(key));
        fault(self.nodes[key].start as usize, DUPLICATE, message)
    }

    fn string(&mut self) -> Result<(), Fault> {
        let index = self.open(Kind::PlainString);
        self.pos += 1;
        loop {
            self.pos += plain_prefix(&self.bytes[self.pos..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.nodes[index].kind = Kind::EscapedString;
                    self.escape()?;
                }
                Some(_) => {
                    let message = "a control character in a string must be escaped";
                    return self.string_fault(index, message);
                }
                None => return self.string_fault(index, "the text ends inside a string"),
            }
        }
        self.pos += 1;
        self.close(index);
        Ok(())
    }

    /// An unfinished string is no node that a pointer could name.
    fn string_fault<T>(&mut self, index: usize, message: &str) -> Result<T, Fault> {
        self.nodes.truncate(index);
        fault(self.pos, WELL_FORMED, message)
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let index = self.nodes.len() - 1;
        match self.bytes.get(self.pos + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.pos += 2,
            Some(b'u') => match hex4(self.bytes, self.pos + 2) {
                Some(0xd800..=0xdbff) => {
                    let low = (self.bytes.get(self.pos + 6..self.pos + 8) == Some(b"\\u"))
                        .then(|| hex4(self.bytes, self.pos + 8))
                        .flatten();
                    match low {
                        Some(0xdc00..=0xdfff) => self.pos += 12,
                        _ => return self.string_fault(index, "half of a surrogate pair"),
                    }
                }
                Some(0xdc00..=0xdfff) => {
                    return self.string_fault(index, "half of a surrogate pair");
                }
                Some(_) => self.pos += 6,
                None => return self.string_fault(index, "\\u needs four hexadecimal digits"),
            },
            _ => return self.string_fault(index, "unknown escape in a string"),
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return self.unexpected("a digit");
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.pos += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.pos;
        let index = self.open(Kind::Number);
        if self.peek() == Some(b'-') {
            self.pos += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let first = self.pos;
        self.digits()?;
        if leading_zero && self.pos > first + 1 {
            return fault(start, WELL_FORMED, "a number must not begin with a zero");
        }
        if self.peek() == Some(b'.') {
            self.pos += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.pos += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.pos += 1;
            }
            self.digits()?;
        }
        self.close(index);
        Ok(())
    }
}

/// Offsets fit: [`parse`] refuses longer texts, and there are fewer nodes than bytes.
fn offset32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
