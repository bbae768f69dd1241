//! Why a call fails, and the error codes of both run-time specifications.

use crate::manifest::Edition;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $scorm12:literal $scorm2004:literal $text:literal;)*) => {
        /// Why a call fails. Each has its error code in either edition and a diagnostic text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            pub(super) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The error code (SCORM 1.2 RTE 3.3.3, SCORM 2004 RTE 3.1.7).
            pub const fn code(self, edition: Edition) -> u16 {
                match self {
                    $(Self::$name => if edition.is_2004() { $scorm2004 } else { $scorm12 },)*
                }
            }

            /// The text that `GetDiagnostic` answers after the failure; below 256 characters.
            pub const fn diagnostic(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

faults! {
    /// Initialize while the session runs.
    AlreadyInitialized 101 103 "the session is initialized already";
    /// Initialize after Terminate.
    AlreadyTerminated 101 104 "the session is terminated; a new launch starts another";
    /// Terminate before Initialize.
    TerminateBefore 301 112 "the session is not initialized";
    /// Terminate after Terminate.
    TerminateAfter 301 113 "the session is terminated already";
    /// `GetValue` before Initialize.
    GetBefore 301 122 "the session is not initialized";
    /// `GetValue` after Terminate.
    GetAfter 301 123 "the session is terminated";
    /// `SetValue` before Initialize.
    SetBefore 301 132 "the session is not initialized";
    /// `SetValue` after Terminate.
    SetAfter 301 133 "the session is terminated";
    /// Commit before Initialize.
    CommitBefore 301 142 "the session is not initialized";
    /// Commit after Terminate.
    CommitAfter 301 143 "the session is terminated";
    /// A parameter that must be an empty string is not.
    Argument 201 201 "the parameter must be an empty string";
    /// A function that the API does not have; a log that was not written by the API names one.
    NoFunction 101 101 "the API has no such function";
    /// `GetValue` without an element.
    GetNothing 201 301 "the call names no element";
    /// `SetValue` without an element.
    SetNothing 201 351 "the call names no element";
    /// No such element.
    Undefined 401 401 "the data model has no such element";
    /// `_children` of an element that has none.
    NoChildren 202 301 "the element has no children";
    /// `_count` of an element that is no collection.
    NoCount 203 301 "the element is no collection and has no count";
    /// `SetValue` on `_children`, `_count` or `_version`.
    Keyword 402 404 "the element is a keyword that only the LMS sets";
    /// `SetValue` on a read-only element.
    ReadOnly 403 404 "only the LMS sets the element";
    /// `GetValue` on a write-only element.
    WriteOnly 404 405 "the element can be set and not read";
    /// `GetValue` with an index at which there is nothing.
    GetIndex 201 301 "the collection has no entry of this index";
    /// `SetValue` with an index that would leave a gap, or is written with leading zeros.
    SetIndex 201 351 "an index is at most the count of the collection and has no leading zero";
    /// The interaction's type allows fewer correct responses.
    TooManyPatterns 201 351 "the type of the interaction allows no further correct response";
    /// The collection, or the data as a whole, is as large as this LMS keeps it.
    Full 201 351 "the collection or the data as a whole is full";
    /// `GetValue` before anything set the element; no error in SCORM 1.2.
    Unset 0 403 "nothing has set the element";
    /// The value is not of the element's type.
    Type 405 406 "the value is not of the type of the element";
    /// The value is longer than the specification lets content rely on, or than this LMS takes.
    /// SCORM 2004 has no such code among those of data types: a text of any length is a text, and
    /// exceeding a smallest permitted maximum fails as "SCORM extension error conditions" do (RTE).
    TooLong 405 351 "the value is longer than the element takes";
    /// The value is outside the range of the element.
    Range 405 407 "the value is outside the range of the element";
    /// An element that must be set first is not.
    Dependency 201 408 "an element that this one depends on is not set";
    /// The identifier is taken by another entry.
    NotUnique 201 351 "another entry of the collection holds this value";
    /// An identifier that can be set once only.
    Once 201 351 "the identifier of an objective cannot be changed";
}

/// Error code and text of SCORM 1.2 (RTE 3.3.3).
const ERRORS_12: &[(u16, &str)] = &[
    (0, "No error"),
    (101, "General exception"),
    (201, "Invalid argument error"),
    (202, "Element cannot have children"),
    (203, "Element not an array. Cannot have count"),
    (301, "Not initialized"),
    (401, "Not implemented error"),
    (402, "Invalid set value, element is a keyword"),
    (403, "Element is read only"),
    (404, "Element is write only"),
    (405, "Incorrect data type"),
];

/// Error code and text of SCORM 2004 (RTE 3.1.7).
const ERRORS_2004: &[(u16, &str)] = &[
    (0, "No error"),
    (101, "General exception"),
    (102, "General initialization failure"),
    (103, "Already initialized"),
    (104, "Content instance terminated"),
    (111, "General termination failure"),
    (112, "Termination before initialization"),
    (113, "Termination after termination"),
    (122, "Retrieve data before initialization"),
    (123, "Retrieve data after termination"),
    (132, "Store data before initialization"),
    (133, "Store data after termination"),
    (142, "Commit before initialization"),
    (143, "Commit after termination"),
    (201, "General argument error"),
    (301, "General get failure"),
    (351, "General set failure"),
    (391, "General commit failure"),
    (401, "Undefined data model element"),
    (402, "Unimplemented data model element"),
    (403, "Data model element value not initialized"),
    (404, "Data model element is read only"),
    (405, "Data model element is write only"),
    (406, "Data model element type mismatch"),
    (407, "Data model element value out of range"),
    (408, "Data model dependency not established"),
];

/// The text of an error code as content writes it; `None` for an unknown one.
pub(super) fn error_text(edition: Edition, code: &str) -> Option<&'static str> {
    errors(edition).iter().find(|(known, _)| known.to_string() == code).map(|(_, text)| *text)
}

const fn errors(edition: Edition) -> &'static [(u16, &'static str)] {
    if edition.is_2004() { ERRORS_2004 } else { ERRORS_12 }
}

pub(super) fn errors_json(edition: Edition) -> Value {
    errors(edition).iter().map(|(code, text)| (code.to_string(), Value::from(*text))).collect()
}

pub(super) fn faults_json(edition: Edition) -> Value {
    Fault::ALL
        .iter()
        .map(|fault| {
            let name = serde_json::to_value(fault).unwrap_or_default();
            let name = name.as_str().unwrap_or_default().to_owned();
            (name, json!([fault.code(edition), fault.diagnostic()]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_text_of_its_edition() {
        for edition in [Edition::Scorm12, Edition::Scorm2004Fourth] {
            for fault in Fault::ALL {
                let code = fault.code(edition).to_string();
                assert!(error_text(edition, &code).is_some(), "{fault:?} {code}");
                assert!(fault.diagnostic().len() < 256);
            }
        }
    }
}
