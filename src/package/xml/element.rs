//! The tree of a document: elements with their places.

use std::{borrow::Cow, collections::HashSet};

/// Whose element it is, as far as the namespace or, failing that, the prefix tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Vocabulary {
    /// IMS Content Packaging.
    Packaging,
    /// ADL Content Packaging extensions.
    Adlcp,
    /// ADL Sequencing extensions.
    Adlseq,
    /// ADL Navigation.
    Adlnav,
    /// IMS Simple Sequencing.
    Sequencing,
    /// Learning Object Metadata, any binding.
    Lom,
    /// Someone else's.
    Foreign,
    /// No namespace and no prefix.
    Unqualified,
}

impl Vocabulary {
    /// By namespace name or prefix: both hold the schema's short name in practice.
    pub(crate) fn guess(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let table = [
            ("adlcp", Self::Adlcp),
            ("adlseq", Self::Adlseq),
            ("adlnav", Self::Adlnav),
            ("imsss", Self::Sequencing),
            ("imscp", Self::Packaging),
            ("imsmd", Self::Lom),
            ("lom", Self::Lom),
        ];
        table.into_iter().find(|(short, _)| text.contains(short)).map(|(_, found)| found)
    }
}

/// A namespace declaration in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Namespace {
    /// The prefix; empty for the default namespace.
    pub(crate) prefix: String,
    /// The namespace name.
    pub(crate) uri: String,
    /// Where it is declared.
    pub(crate) offset: usize,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute<'a> {
    /// As written, with its prefix.
    pub(crate) name: &'a str,
    /// Entities resolved, white space normalized.
    pub(crate) value: Cow<'a, str>,
    /// Where it begins in the text.
    pub(crate) offset: usize,
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// As written, with its prefix.
    pub(crate) name: &'a str,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) children: Vec<Element<'a>>,
    /// Character data directly in it, joined.
    pub(crate) text: Cow<'a, str>,
    /// Where its start tag begins in the text.
    pub(crate) offset: usize,
}

impl<'a> Element<'a> {
    /// The name without its prefix.
    pub(crate) fn local(&self) -> &'a str {
        local(self.name)
    }

    /// Whether this is the element of that name, in any letter case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.local().eq_ignore_ascii_case(name)
    }

    /// Children of that name.
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter(move |child| child.is(name))
    }

    /// The identifiers of all elements of this name in it.
    pub(crate) fn identifiers_of(&self, name: &str) -> HashSet<&str> {
        let mut found = HashSet::new();
        // A stack instead of recursion: the document decides how deep it is.
        let mut waiting = vec![self];
        while let Some(element) = waiting.pop() {
            if element.is(name) {
                found.extend(element.value("identifier"));
            }
            waiting.extend(&element.children);
        }
        found
    }

    /// The element that begins at this place of the text: this one, or one in it.
    pub(crate) fn at(&self, offset: usize) -> Option<&Element<'a>> {
        let mut element = self;
        while element.offset != offset {
            // Elements lie in the order of the text.
            let after = element.children.partition_point(|child| child.offset <= offset);
            element = element.children.get(after.checked_sub(1)?)?;
        }
        Some(element)
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|child| child.is(name))
    }

    /// The attribute of that name: as written if there is one, else in any letter case and with
    /// any prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        let loose = |one: &&Attribute<'_>| local(one.name).eq_ignore_ascii_case(name);
        let exact = self.attributes.iter().find(|one| one.name == name);
        exact.or_else(|| self.attributes.iter().find(loose))
    }

    /// The value of an attribute, trimmed.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name).map(|attribute| attribute.value.trim())
    }

    /// The trimmed character data; `None` when there is none.
    pub(crate) fn content(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// The trimmed character data of the first child of that name.
    pub(crate) fn child_content(&self, name: &str) -> Option<&str> {
        self.child(name)?.content()
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// A parsed document.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) root: Element<'a>,
    /// Namespaces declared, each once.
    pub(crate) namespaces: Vec<Namespace>,
    /// Prefixes in use that are declared nowhere, with one place each.
    pub(crate) undeclared: Vec<(String, usize)>,
    lines: Lines<'a>,
}

impl<'a> Document<'a> {
    pub(super) fn new(
        root: Element<'a>,
        namespaces: Vec<Namespace>,
        undeclared: Vec<(String, usize)>,
        lines: Lines<'a>,
    ) -> Self {
        Self { root, namespaces, undeclared, lines }
    }

    /// Line and column of a place.
    pub(crate) fn position(&self, offset: usize) -> (u32, u32) {
        self.lines.position(offset)
    }
}

/// Where lines begin.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(starts).collect() }
    }

    /// Line and column in characters, both from 1.
    pub(super) fn position(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(before.chars().count() + 1))
    }
}
