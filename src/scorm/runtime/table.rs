//! The declarative table of a data model: every element with its type, access and rules.
//!
//! The same table drives the server ([`super::ApiSession`]) and, as JSON ([`table_json`]), the
//! browser. Nothing about a single element is decided outside it.

use super::format::Format;
use super::response::Responses;
use super::{RunTimeData, fault, format, table_12, table_2004};
use crate::manifest::Edition;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What the content may do with an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Get only.
    #[serde(rename = "r")]
    ReadOnly,
    /// Set only.
    #[serde(rename = "w")]
    WriteOnly,
    /// Both.
    #[serde(rename = "rw")]
    ReadWrite,
    /// Neither (a shared data store that is mapped without either right).
    #[serde(rename = "")]
    Neither,
}

impl Access {
    /// Whether the content may get the value.
    pub const fn can_read(self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadWrite)
    }

    /// Whether the content may set the value.
    pub const fn can_write(self) -> bool {
        matches!(self, Self::WriteOnly | Self::ReadWrite)
    }
}

/// How long a value lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Given anew at each delivery.
    Given,
    /// Lives for one communication session (`exit`, `session_time`, navigation requests).
    Session,
    /// Lives as long as the attempt: a resumed session finds it again.
    Attempt,
}

/// A threshold that decides a status when `GetValue` is called (SCORM 2004 RTE 4.2.4.1, 4.2.22.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Threshold {
    /// The element that holds the threshold; when it has no value, nothing is decided.
    pub(super) at: &'static str,
    /// The element that is measured.
    pub(super) measure: &'static str,
    /// The status at or above the threshold.
    pub(super) met: &'static str,
    /// The status below it.
    pub(super) unmet: &'static str,
    /// The status as long as nothing was measured.
    pub(super) unmeasured: &'static str,
}

/// One element of a data model; `n` in the name stands for an index.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own, absent from most")]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) format: Format,
    pub(super) access: Access,
    /// What `GetValue` answers before anything set it; without one the value is not initialized.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<&'static str>,
    #[serde(skip)]
    pub(super) keep: Keep,
    /// Elements that must have a value first (error 408).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) needs: &'static [&'static str],
    /// No two entries of the collection may hold the same value.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) unique: bool,
    /// Once set, it takes no other value.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) once: bool,
    /// What is set is added to what stands there (SCORM 1.2 `cmi.comments`).
    #[serde(skip_serializing_if = "is_false")]
    pub(super) appends: bool,
    /// Set to an empty text, it counts as not initialized.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) empty_is_unset: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decided_by: Option<Threshold>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Element {
    /// An element that content reads and writes and that lives as long as the attempt.
    pub(super) const fn new(name: &'static str, format: Format) -> Self {
        Self {
            name,
            format,
            access: Access::ReadWrite,
            default: None,
            keep: Keep::Attempt,
            needs: &[],
            unique: false,
            once: false,
            appends: false,
            empty_is_unset: false,
            decided_by: None,
        }
    }

    /// An element that the LMS gives at each delivery.
    pub(super) const fn given(name: &'static str, format: Format) -> Self {
        Self { access: Access::ReadOnly, keep: Keep::Given, ..Self::new(name, format) }
    }

    /// A `_children`, `_count` or `_version` keyword.
    pub(super) const fn keyword(name: &'static str, format: Format) -> Self {
        Self { access: Access::ReadOnly, ..Self::new(name, format) }
    }

    pub(super) const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    pub(super) const fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    pub(super) const fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    pub(super) const fn needs(mut self, elements: &'static [&'static str]) -> Self {
        self.needs = elements;
        self
    }

    pub(super) const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    pub(super) const fn once(mut self) -> Self {
        self.once = true;
        self
    }

    pub(super) const fn appends(mut self) -> Self {
        self.appends = true;
        self
    }

    pub(super) const fn empty_is_unset(mut self) -> Self {
        self.empty_is_unset = true;
        self
    }

    pub(super) const fn decided_by(mut self, threshold: Threshold) -> Self {
        self.decided_by = Some(threshold);
        self
    }

    /// The status that a threshold decides; `None` when there is no threshold.
    pub(super) fn evaluate(&self, data: &RunTimeData) -> Option<&'static str> {
        let rule = self.decided_by?;
        let threshold = data.get(rule.at).and_then(format::parse_real)?;
        Some(match data.get(rule.measure).and_then(format::parse_real) {
            Some(measure) if measure >= threshold => rule.met,
            Some(_) => rule.unmet,
            None => rule.unmeasured,
        })
    }
}

/// The data model of one edition.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) elements: Vec<Element>,
    pub(super) responses: &'static [Responses],
    by_name: HashMap<&'static str, usize>,
}

/// An element found by the name that content uses.
#[derive(Debug, Clone)]
pub(super) struct Found<'t> {
    pub(super) element: &'t Element,
    /// The indices in the name; one that is not written as a number is lies beyond any collection.
    pub(super) indices: Vec<usize>,
}

/// Why a name is not an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotFound {
    /// There is no such element.
    Undefined,
    /// `_children` of an element that is no record.
    NoChildren,
    /// `_count` of an element that is no collection.
    NoCount,
}

/// Stands in a name for the target of a navigation request.
pub(super) const TARGET: &str = "{target}";

impl Table {
    fn new(elements: Vec<Element>, responses: &'static [Responses]) -> Self {
        let by_name = elements.iter().enumerate().map(|(at, e)| (e.name, at)).collect();
        Self { elements, responses, by_name }
    }

    /// The element of exactly this name, `n` for indices.
    pub(super) fn find(&self, name: &str) -> Option<&Element> {
        self.by_name.get(name).and_then(|&at| self.elements.get(at))
    }

    /// The element that content means by `name`.
    pub(super) fn resolve(&self, name: &str) -> Result<Found<'_>, NotFound> {
        if let Some(at) = name.find(".{target=") {
            let pattern = format!("{}.{TARGET}", &name[..at]);
            let element = self.find(&pattern).filter(|_| name.ends_with('}'));
            return element
                .map(|element| Found { element, indices: Vec::new() })
                .ok_or(NotFound::Undefined);
        }
        let mut indices = Vec::new();
        let mut pattern = String::with_capacity(name.len());
        for (at, segment) in name.split('.').enumerate() {
            if at > 0 {
                pattern.push('.');
            }
            match index(segment) {
                Some(number) => {
                    indices.push(number);
                    pattern.push('n');
                }
                // a literal "n" must not pass for an index
                None if segment == "n" => return Err(NotFound::Undefined),
                None => pattern.push_str(segment),
            }
        }
        match self.find(&pattern) {
            Some(element) => Ok(Found { element, indices }),
            None => Err(self.why_not(&pattern)),
        }
    }

    fn why_not(&self, pattern: &str) -> NotFound {
        let known = |parent: &str| {
            let below = format!("{parent}.");
            self.elements.iter().any(|e| e.name == parent || e.name.starts_with(&below))
        };
        match pattern.rsplit_once('.') {
            Some((parent, "_children")) if known(parent) => NotFound::NoChildren,
            Some((parent, "_count")) if known(parent) => NotFound::NoCount,
            _ => NotFound::Undefined,
        }
    }

    /// Whether content may add entries to a collection, named with its indices.
    pub(super) fn grows(&self, collection: &str) -> bool {
        self.resolve(&format!("{collection}._count"))
            .is_ok_and(|found| found.element.format == Format::Count { grows: true })
    }

    /// The names of the children of a record, in the table's order (`_children`).
    pub(super) fn children(&self, record: &str) -> String {
        let below = format!("{record}.");
        let mut children: Vec<&str> = Vec::new();
        for element in &self.elements {
            let Some(rest) = element.name.strip_prefix(&below) else { continue };
            let child = rest.strip_prefix("n.").unwrap_or(rest);
            let child = child.split('.').next().unwrap_or(child);
            if !child.starts_with('_') && !children.contains(&child) {
                children.push(child);
            }
        }
        children.join(",")
    }
}

/// Reads a segment that is meant as an index: digits only. One with a leading zero, or too large a
/// number, lies beyond any collection.
fn index(segment: &str) -> Option<usize> {
    if segment.is_empty() || !segment.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let canonical = segment == "0" || !segment.starts_with('0');
    Some(segment.parse().ok().filter(|_| canonical).unwrap_or(usize::MAX))
}

/// Puts `indices` into the place of the `n`s of a table name.
pub(super) fn fill(name: &str, indices: &[usize]) -> String {
    let mut indices = indices.iter();
    let segments = name.split('.').map(|segment| match segment {
        "n" => indices.next().map_or_else(|| segment.to_owned(), usize::to_string),
        _ => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join(".")
}

/// The table of an edition.
pub(super) fn of(edition: Edition) -> &'static Table {
    static SCORM_12: LazyLock<Table> =
        LazyLock::new(|| Table::new(table_12::elements(), table_12::RESPONSES));
    static SECOND: LazyLock<Table> = LazyLock::new(|| scorm_2004(Edition::Scorm2004Second));
    static THIRD: LazyLock<Table> = LazyLock::new(|| scorm_2004(Edition::Scorm2004Third));
    static FOURTH: LazyLock<Table> = LazyLock::new(|| scorm_2004(Edition::Scorm2004Fourth));
    match edition {
        Edition::Scorm12 => &SCORM_12,
        Edition::Scorm2004Second => &SECOND,
        Edition::Scorm2004Third => &THIRD,
        Edition::Scorm2004Fourth => &FOURTH,
    }
}

fn scorm_2004(edition: Edition) -> Table {
    Table::new(table_2004::elements(edition), table_2004::RESPONSES)
}

/// The table of an edition for the browser's interpreter (`content/player/api/data_model.js`).
///
/// Same edition, same bytes.
pub fn table_json(edition: Edition) -> Value {
    let table = of(edition);
    json!({
        "edition": edition,
        "scorm_2004": edition.is_2004(),
        "elements": table.elements,
        "children": children_json(table),
        "responses": table.responses,
        "faults": fault::faults_json(edition),
        "errors": fault::errors_json(edition),
        "notes": format::Note::texts(),
        "entries_max": super::ENTRIES_MAX,
        "data_chars_max": super::DATA_CHARS_MAX,
        "languages": if edition.is_2004() { format::LANGUAGES } else { "" },
    })
}

fn children_json(table: &Table) -> Value {
    let keywords = table.elements.iter().filter_map(|e| e.name.strip_suffix("._children"));
    keywords.map(|record| (record.to_owned(), Value::from(table.children(record)))).collect()
}
