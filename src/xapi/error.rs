//! The one error of validation: what is wrong, where, and by which rule.

use crate::json::{Document, JsonError};

/// A statement, agent, activity or other value breaks a rule of the specification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at {pointer:?}, line {line}, column {column} ({rule})")]
pub struct ValidationError {
    /// JSON pointer (RFC 6901) of the value that breaks it, or of the object that lacks one.
    pub pointer: String,
    /// Requirement id (`XAPI-…`) of the ADL requirements document, or a section of a standard.
    pub rule: &'static str,
    /// What is wrong, in words for the sender.
    pub message: String,
    /// Line in the text that was sent, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl From<JsonError> for ValidationError {
    fn from(error: JsonError) -> Self {
        let JsonError { rule, message, at } = error;
        Self { pointer: at.pointer, rule, message, line: at.line, column: at.column }
    }
}

/// A broken rule before its place is worked out, which only an error that gets out needs.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) rule: &'static str,
    pub(crate) message: String,
}

pub(crate) type Checked<T> = Result<T, Fault>;

/// Refuses what is at `offset`.
pub(crate) fn refuse<T>(
    offset: usize,
    rule: &'static str,
    message: impl Into<String>,
) -> Checked<T> {
    Err(Fault { offset, rule, message: message.into() })
}

impl Fault {
    pub(crate) fn locate(self, document: &Document) -> ValidationError {
        let at = document.locate(self.offset);
        ValidationError {
            pointer: at.pointer,
            rule: self.rule,
            message: self.message,
            line: at.line,
            column: at.column,
        }
    }
}
