//! The run-time data models and API semantics of SCORM 1.2 (RTE) and SCORM 2004 (RTE, 2nd to 4th
//! edition).
//!
//! [`RunTimeData`] holds the data of one attempt on one SCO, [`ApiSession`] executes API calls on
//! it, and one declarative table says what each element is. [`table_json`] hands the same table to
//! the browser, whose twin in `content/player/api/` answers content synchronously; the server
//! executes the browser's call log again and is the authority.

mod data;
mod delivery;
mod fault;
mod finish;
mod format;
mod response;
mod session;
mod status;
mod table;
mod table_12;
mod table_2004;
mod timespan;

pub use data::{Comment, Interaction, Objective, RunTimeData, Score, SharedData};
pub use delivery::{
    Delivery, LmsComment, NavigationValidity, ObjectiveState, Preferences, SharedDataState,
};
pub use fault::Fault;
pub use format::Note;
pub use session::{ApiSession, DATA_CHARS_MAX, ENTRIES_MAX, Reply, State};
pub use status::{Completion, CreditMode, Exit, Success};
pub use table::{Access, table_json};
pub use timespan::Timespan;

use serde::{Deserialize, Serialize};

/// How strictly values are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strictness {
    /// To the letter of the specification, its smallest permitted maxima taken as maxima.
    Strict,
    /// As most LMSs do: longer texts and, in SCORM 1.2, some malformed ones are accepted, with a
    /// [`Note`] for the author. Nothing that a conformance test refuses in SCORM 2004 is accepted.
    #[default]
    Lenient,
}

#[cfg(test)]
mod tests;
