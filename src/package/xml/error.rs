//! Why a document is refused.

use crate::{
    codes::{self, Code},
    finding::Finding,
};

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (line {line}, column {column})")]
pub struct XmlError {
    /// What is wrong.
    pub kind: XmlErrorKind,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// What can be wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlErrorKind {
    /// Against the grammar of XML 1.0.
    #[error("not well-formed: {0}")]
    NotWellFormed(String),
    /// A `<!DOCTYPE`.
    #[error("a document type declaration is not accepted")]
    Doctype,
    /// A limit is reached.
    #[error("more than {max} {what}")]
    Limit {
        /// What there is too much of, with the limit's name.
        what: &'static str,
        /// The limit.
        max: usize,
    },
}

impl XmlError {
    /// The catalogue's entry for this refusal.
    pub fn code(&self) -> &'static Code {
        match self.kind {
            XmlErrorKind::NotWellFormed(_) => &codes::XML_NOT_WELL_FORMED,
            XmlErrorKind::Doctype => &codes::XML_DOCTYPE,
            XmlErrorKind::Limit { .. } => &codes::XML_LIMIT,
        }
    }

    /// The refusal as a finding.
    pub fn finding(&self) -> Finding {
        Finding::new(self.code(), self.kind.to_string()).at(self.line, self.column)
    }
}
