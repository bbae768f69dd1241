//! What an inspection found: findings, and the report that holds them.

use crate::{codes::Code, sizes::Sizes};
use domain::{ItemId, Sha256Digest};
use scorm::{manifest::Edition, outline::OutlineEntry};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know; nothing has to change.
    Note,
    /// Imported, but against a rule or likely not as meant.
    Warning,
    /// The package is refused.
    Error,
}

/// One thing an author should know, with the place it was found at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Stable name in kebab-case; [`crate::codes::codes`] explains each.
    pub code: &'static str,
    /// What was found, in plain words.
    pub message: String,
    /// Path in the archive, when one file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The item that is meant, when one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// The section of the specification that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
}

impl Finding {
    /// A finding without a place.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            severity: code.severity,
            code: code.id,
            message: message.into(),
            file: None,
            line: None,
            column: None,
            item: None,
            rule: code.rule,
        }
    }

    /// The same finding about a file of the package.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The same finding at a line and column.
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// The same finding about an item.
    #[must_use]
    pub fn about(mut self, item: &ItemId) -> Self {
        self.item = Some(item.clone());
        self
    }
}

/// Findings in the order they were made, few of each kind.
#[derive(Debug)]
pub(crate) struct Findings {
    kept: Vec<Finding>,
    /// How often each code was met, kept or not.
    met: HashMap<&'static str, usize>,
    per_code_max: usize,
}

impl Findings {
    pub(crate) fn new(per_code_max: usize) -> Self {
        Self { kept: Vec::new(), met: HashMap::new(), per_code_max }
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        let met = self.met.entry(finding.code).or_default();
        *met += 1;
        if *met <= self.per_code_max || finding.severity == Severity::Error {
            self.kept.push(finding);
        }
    }

    /// The findings; codes met too often end with one that counts the rest.
    pub(crate) fn into_vec(mut self) -> Vec<Finding> {
        let max = self.per_code_max;
        let last_of = |kept: &[Finding], code| kept.iter().rposition(|one| one.code == code);
        for (code, met) in self.met {
            let Some(last) = last_of(&self.kept, code) else { continue };
            let Some(finding) = self.kept.get(last) else { continue };
            if met > max && finding.severity != Severity::Error {
                let message = format!("and {} more findings of the kind {code:?}", met - max);
                let more = Finding { message, item: None, ..finding.clone() };
                self.kept.insert(last + 1, more);
            }
        }
        self.kept
    }
}

/// Which kind of package it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standard {
    /// SCORM, any edition.
    Scorm,
    /// cmi5 (`cmi5.xml`).
    Cmi5,
    /// An xAPI package (`tincan.xml`).
    TinCan,
}

/// The whole answer to "what is this package and what is wrong with it".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the package can be imported.
    pub accepted: bool,
    /// The kind of package, when it was recognized.
    pub standard: Option<Standard>,
    /// The SCORM edition it is read as.
    pub edition: Option<Edition>,
    /// Title of the course.
    pub title: Option<String>,
    /// Items of the played organization, without the organization itself.
    pub items: usize,
    /// Items that start something.
    pub launchable_items: usize,
    /// Organizations of the manifest.
    pub organizations: usize,
    /// Resources of the manifest.
    pub resources: usize,
    /// Files of the package, folders and system junk not counted.
    pub files: usize,
    /// Bytes of the archive itself.
    pub archive_bytes: u64,
    /// Bytes of all entries together when unpacked.
    pub unpacked_bytes: u64,
    /// Digest of the archive, set by whoever read it whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Digest>,
    /// What the files weigh, unpacked.
    pub sizes: Sizes,
    /// The activities of the played organization in document order, the course itself first, with
    /// what they launch and what sequencing does with them; empty when the package is refused.
    pub structure: Vec<OutlineEntry>,
    /// What was found: the gravest first, then in the order of the manifest.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
