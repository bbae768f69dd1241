//! What every part of the reading needs: the document, the package, and where to tell findings.

use super::Surroundings;
use crate::{
    codes::{self, Code},
    finding::{Finding, Findings},
    xml::{Decoded, Document, Element, Vocabulary},
};
use domain::ItemId;
use scorm::manifest::Edition;
use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
};

/// Metadata files read at most, so that a manifest cannot make us read one file forever.
const EXTERNAL_FILES_MAX: usize = 100;

pub(super) struct Context<'d, 's> {
    pub(super) document: &'d Document<'d>,
    pub(super) around: &'s Surroundings<'s>,
    /// Which SCORM it is read as; a guess until it was detected.
    pub(super) edition: Edition,
    /// The item being read, for findings.
    pub(super) item: Option<ItemId>,
    pub(super) external_left: usize,
    items: OnceCell<HashSet<&'d str>>,
    /// Where the elements of organizations and items begin.
    places: HashMap<ItemId, usize>,
    findings: &'s mut Findings,
}

impl<'d, 's> Context<'d, 's> {
    pub(super) fn new(
        document: &'d Document<'d>,
        around: &'s Surroundings<'s>,
        findings: &'s mut Findings,
    ) -> Self {
        let (edition, item) = (Edition::Scorm12, None);
        let (items, places) = (OnceCell::new(), HashMap::new());
        let external_left = EXTERNAL_FILES_MAX;
        Self { document, around, edition, item, external_left, items, places, findings }
    }

    /// Remembers where the element of an item or organization begins.
    pub(super) fn remember(&mut self, item: &ItemId, offset: usize) {
        self.places.insert(item.clone(), offset);
    }

    /// Tells a finding about an item or organization that was read before: at the element that
    /// `steps` lead to from its own, each the name of a child and which one of that name, as far
    /// as there is one.
    pub(super) fn tell_about(
        &mut self,
        item: &ItemId,
        steps: &[(&'static str, usize)],
        code: &'static Code,
        message: impl Into<String>,
    ) {
        let own = self.places.get(item).and_then(|offset| self.document.root.at(*offset));
        let Some(own) = own else {
            self.findings.push(Finding::new(code, message).about(item));
            return;
        };
        let mut element = own;
        for (name, nth) in steps {
            let Some(child) = element.all(name).nth(*nth) else { break };
            element = child;
        }
        let finding = self.finding(code, element.offset, message).about(item);
        self.findings.push(finding);
    }

    /// Whether an item of the document has this identifier.
    pub(super) fn has_item(&self, identifier: &str) -> bool {
        self.items.get_or_init(|| self.document.root.identifiers_of("item")).contains(identifier)
    }

    /// A finding at a place of the manifest.
    pub(super) fn finding(
        &self,
        code: &'static Code,
        offset: usize,
        message: impl Into<String>,
    ) -> Finding {
        let (line, column) = self.document.position(offset);
        let finding = Finding::new(code, message).in_file(self.around.file).at(line, column);
        match &self.item {
            Some(item) => finding.about(item),
            None => finding,
        }
    }

    /// Tells a finding at a place of the manifest.
    pub(super) fn tell(&mut self, code: &'static Code, offset: usize, message: impl Into<String>) {
        let finding = self.finding(code, offset, message);
        self.findings.push(finding);
    }

    /// Tells a finding about the package, without a place in the manifest.
    pub(super) fn tell_of_package(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn tell_encoding(&mut self, decoded: &Decoded) {
        if let Some(contradiction) = &decoded.contradiction {
            self.tell(&codes::XML_ENCODING, 0, contradiction.clone());
        }
        let text = decoded.text.as_str();
        if text.starts_with(char::is_whitespace) && text.trim_start().starts_with("<?xml") {
            let message = "there is white space before the XML declaration";
            self.tell(&codes::XML_LEADING_SPACE, 0, message);
        }
    }

    /// One finding for each namespace that is missing, undeclared or unknown.
    pub(super) fn tell_namespaces(&mut self) {
        let document = self.document;
        let root = &document.root;
        if root.vocabulary == Vocabulary::Unqualified {
            let message = "the manifest has no namespace; its elements were read by their names";
            self.tell(&codes::XML_NAMESPACE, root.offset, message);
        } else if root.vocabulary != Vocabulary::Packaging {
            let message = "the manifest's namespace is not the one of IMS Content Packaging";
            self.tell(&codes::XML_NAMESPACE, root.offset, message);
        }
        for (prefix, offset) in &document.undeclared {
            let message = format!("the prefix {prefix:?} is used and not declared");
            self.tell(&codes::XML_NAMESPACE, *offset, message);
        }
        for namespace in &document.namespaces {
            if Vocabulary::guess(&namespace.uri).is_none()
                && Vocabulary::guess(&namespace.prefix).is_some()
            {
                let (prefix, uri) = (&namespace.prefix, &namespace.uri);
                let message = format!("{uri:?} is not the namespace that {prefix:?} stands for");
                self.tell(&codes::XML_NAMESPACE, namespace.offset, message);
            }
        }
    }

    /// An element's identifier with white space collapsed (xs:ID), told when it had to be.
    pub(super) fn identifier(&mut self, element: &Element<'_>) -> Option<String> {
        let attribute = element.attribute("identifier")?;
        let collapsed = collapse(&attribute.value);
        if collapsed != attribute.value {
            let message = format!("the identifier {:?} has white space in excess", attribute.value);
            self.tell(&codes::IDENTIFIER_SPACE, attribute.offset, message);
        }
        if collapsed.is_empty() {
            return None;
        }
        if !is_name(&collapsed) {
            let message = format!("{collapsed:?} is not an xs:ID");
            self.tell(&codes::IDENTIFIER_INVALID, attribute.offset, message);
        }
        Some(collapsed)
    }
}

/// Collapses white space as XML Schema does for `xs:ID` and `xs:token`.
pub(super) fn collapse(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text is an `NCName`, near enough.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || "._-".contains(c) || c == '\u{b7}')
}
