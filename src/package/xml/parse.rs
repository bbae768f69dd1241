//! From text to tree, within limits.

use super::{
    element::{Attribute, Document, Element, Lines, Namespace, Vocabulary},
    error::{XmlError, XmlErrorKind},
};
use crate::limits::Limits;
use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, Event, attributes::Attributes},
};
use std::borrow::Cow;

/// Parses a document. A document type declaration is refused, so the only entities are the five
/// predefined ones.
pub(crate) fn parse<'a>(text: &'a str, limits: &Limits) -> Result<Document<'a>, XmlError> {
    let mut parser = Parser {
        text,
        lines: Lines::new(text),
        limits,
        open: Vec::new(),
        root: None,
        elements: 0,
        scopes: vec![("xml", "http://www.w3.org/XML/1998/namespace")],
        namespaces: Vec::new(),
        undeclared: Vec::new(),
    };
    parser.check_characters()?;
    parser.run()?;
    let Parser { text, lines, root, namespaces, undeclared, .. } = parser;
    match root {
        Some(root) => Ok(Document::new(root, namespaces, undeclared, lines)),
        None => Err(error(&lines, text.len(), not_well_formed("there is no element in it"))),
    }
}

/// An element that is not closed yet, and how many namespaces were in scope before it.
struct Open<'a> {
    element: Element<'a>,
    scopes: usize,
}

struct Parser<'a, 'l> {
    text: &'a str,
    lines: Lines<'a>,
    limits: &'l Limits,
    open: Vec<Open<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
    /// Prefixes and their namespaces, innermost last.
    scopes: Vec<(&'a str, &'a str)>,
    namespaces: Vec<Namespace>,
    undeclared: Vec<(String, usize)>,
}

impl<'a> Parser<'a, '_> {
    /// XML 1.0, production 2: a NUL or another control character is nowhere allowed.
    fn check_characters(&self) -> Result<(), XmlError> {
        let allowed = |c: char| c >= ' ' || matches!(c, '\t' | '\n' | '\r');
        let wrong = |c: char| !allowed(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
        match self.text.char_indices().find(|(_, c)| wrong(*c)) {
            Some((offset, c)) => {
                Err(self.fail(offset, &format!("U+{:04X} is not allowed", u32::from(c))))
            }
            None => Ok(()),
        }
    }

    fn run(&mut self) -> Result<(), XmlError> {
        let mut reader = Reader::from_str(self.text);
        loop {
            let start = position(reader.buffer_position());
            let event = reader.read_event().map_err(|failed| {
                self.fail(position(reader.error_position()), &failed.to_string())
            })?;
            let end = position(reader.buffer_position());
            match event {
                Event::Start(_) => self.start(start, end)?,
                Event::Empty(_) => {
                    self.start(start, end)?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(text) => self.characters(text.xml10_content(), start)?,
                Event::CData(text) => self.characters(text.xml10_content(), start)?,
                Event::GeneralRef(reference) => self.reference(&reference, start)?,
                Event::DocType(_) => return Err(self.error(start, XmlErrorKind::Doctype)),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        match self.open.last() {
            Some(open) => {
                let what = format!("<{}> is not closed", open.element.name);
                Err(self.fail(open.element.offset, &what))
            }
            None => Ok(()),
        }
    }

    /// Opens the element whose start tag is at `start..end` of the text.
    fn start(&mut self, start: usize, end: usize) -> Result<(), XmlError> {
        if self.root.is_some() && self.open.is_empty() {
            return Err(self.fail(start, "there is an element behind the root element"));
        }
        if self.open.len() >= self.limits.xml_depth_max {
            return Err(self.limit(
                start,
                "nested elements (xml_depth_max)",
                self.limits.xml_depth_max,
            ));
        }
        self.elements += 1;
        if self.elements > self.limits.xml_elements_max {
            return Err(self.limit(
                start,
                "elements (xml_elements_max)",
                self.limits.xml_elements_max,
            ));
        }
        let tag = self.text.get(start..end).unwrap_or_default();
        let tag = tag.trim_start_matches('<').trim_end_matches('>');
        let tag = tag.strip_suffix('/').unwrap_or(tag);
        let name = tag.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
        if name.is_empty() {
            return Err(self.fail(start, "a tag has no name"));
        }
        let attributes = self.attributes(tag, name, start)?;
        let scopes = self.scopes.len();
        self.declare(&attributes);
        for attribute in &attributes {
            let prefix = attribute.name.split_once(':').map(|(prefix, _)| prefix);
            let known = |prefix: &&str| *prefix == "xmlns" || self.namespace(prefix).is_some();
            if let Some(prefix) = prefix.filter(|prefix| !known(prefix)) {
                self.note_undeclared(prefix, attribute.offset);
            }
        }
        let vocabulary = self.vocabulary(name, start);
        let (children, text) = (Vec::new(), Cow::Borrowed(""));
        let element = Element { name, vocabulary, attributes, children, text, offset: start };
        self.open.push(Open { element, scopes });
        Ok(())
    }

    fn attributes(
        &self,
        tag: &'a str,
        name: &str,
        start: usize,
    ) -> Result<Vec<Attribute<'a>>, XmlError> {
        let mut attributes = Vec::new();
        for attribute in Attributes::new(tag, name.len()) {
            let attribute = attribute.map_err(|failed| self.fail(start, &failed.to_string()))?;
            let name = attribute.key.0;
            let offset = offset_in(self.text, name);
            let max = self.limits.xml_attributes_max;
            if attributes.len() >= max {
                return Err(self.limit(
                    offset,
                    "attributes of an element (xml_attributes_max)",
                    max,
                ));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|failed| self.fail(offset, &format!("attribute {name}: {failed}")))?;
            if value.contains('\0') {
                return Err(self.fail(offset, "U+0000 is not allowed"));
            }
            attributes.push(Attribute { name, value, offset });
        }
        Ok(attributes)
    }

    /// Brings an element's namespaces into scope.
    fn declare(&mut self, attributes: &[Attribute<'a>]) {
        for attribute in attributes {
            let prefix = match attribute.name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => rest.trim_start_matches(':'),
                _ => continue,
            };
            // A namespace name with entities in it is none we know.
            let uri = match &attribute.value {
                Cow::Borrowed(uri) => uri.trim(),
                Cow::Owned(_) => "",
            };
            self.scopes.push((prefix, uri));
            let known = |one: &Namespace| one.prefix == prefix && one.uri == uri;
            if !self.namespaces.iter().any(known) && self.namespaces.len() < 100 {
                let (prefix, uri) = (prefix.to_owned(), uri.to_owned());
                self.namespaces.push(Namespace { prefix, uri, offset: attribute.offset });
            }
        }
    }

    fn vocabulary(&mut self, name: &str, offset: usize) -> Vocabulary {
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        match self.namespace(prefix) {
            Some(uri) => Vocabulary::guess(uri)
                .or_else(|| Vocabulary::guess(prefix))
                .unwrap_or(Vocabulary::Foreign),
            None if prefix.is_empty() => Vocabulary::Unqualified,
            None => {
                self.note_undeclared(prefix, offset);
                Vocabulary::guess(prefix).unwrap_or(Vocabulary::Foreign)
            }
        }
    }

    fn namespace(&self, prefix: &str) -> Option<&'a str> {
        self.scopes.iter().rev().find(|(known, _)| *known == prefix).map(|(_, uri)| *uri)
    }

    fn note_undeclared(&mut self, prefix: &str, offset: usize) {
        let known = self.undeclared.iter().any(|(known, _)| known == prefix);
        if !known && self.undeclared.len() < 20 {
            self.undeclared.push((prefix.to_owned(), offset));
        }
    }

    fn close(&mut self) {
        let Some(Open { element, scopes }) = self.open.pop() else { return };
        self.scopes.truncate(scopes);
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn characters(&mut self, text: Cow<'a, str>, offset: usize) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(Open { element, .. }) if element.text.trim().is_empty() => element.text = text,
            Some(Open { element, .. }) => element.text.to_mut().push_str(&text),
            None if text.trim().is_empty() => {}
            None => return Err(self.fail(offset, "there is text outside the root element")),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'a>, offset: usize) -> Result<(), XmlError> {
        let name: &str = reference;
        let character = reference
            .resolve_char_ref()
            .map_err(|failed| self.fail(offset, &failed.to_string()))?;
        let text = match character {
            Some(c) => Cow::Owned(c.to_string()),
            None => match resolve_predefined_entity(name) {
                Some(text) => Cow::Borrowed(text),
                None => return Err(self.fail(offset, &format!("&{name}; is not defined"))),
            },
        };
        self.characters(text, offset)
    }

    fn limit(&self, offset: usize, what: &'static str, max: usize) -> XmlError {
        self.error(offset, XmlErrorKind::Limit { what, max })
    }

    fn fail(&self, offset: usize, what: &str) -> XmlError {
        self.error(offset, not_well_formed(what))
    }

    fn error(&self, offset: usize, kind: XmlErrorKind) -> XmlError {
        error(&self.lines, offset, kind)
    }
}

fn not_well_formed(what: &str) -> XmlErrorKind {
    XmlErrorKind::NotWellFormed(what.to_owned())
}

fn error(lines: &Lines<'_>, offset: usize, kind: XmlErrorKind) -> XmlError {
    let (line, column) = lines.position(offset);
    XmlError { kind, line, column }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Where a part of a text begins in it.
fn offset_in(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}
