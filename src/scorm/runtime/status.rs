//! The vocabularies that decide something, as enums shared by the editions.

use serde::{Deserialize, Serialize};
use std::fmt;

/// `cmi.completion_status` (SCORM 2004 RTE 4.2.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// All was experienced that the SCO asks for.
    Completed,
    /// Not enough was experienced.
    Incomplete,
    /// The learner has not made a significant attempt.
    NotAttempted,
    /// No assertion.
    #[default]
    Unknown,
}

impl Completion {
    /// Reads the vocabulary; any other text asserts nothing.
    pub fn parse(text: &str) -> Self {
        match text {
            "completed" => Self::Completed,
            "incomplete" => Self::Incomplete,
            "not attempted" => Self::NotAttempted,
            _ => Self::Unknown,
        }
    }

    /// What a SCORM 1.2 status says of completion: `passed` implies completed; `failed` does not
    /// (a course is completed when its SCOs are completed or passed); `browsed` asserts nothing.
    pub fn of_lesson_status(status: &str) -> Self {
        match status {
            "passed" | "completed" => Self::Completed,
            "failed" | "incomplete" => Self::Incomplete,
            "not attempted" => Self::NotAttempted,
            _ => Self::Unknown,
        }
    }

    /// The word of the vocabulary.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::NotAttempted => "not attempted",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `cmi.success_status` (SCORM 2004 RTE 4.2.22).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Success {
    /// Mastered.
    Passed,
    /// Not mastered.
    Failed,
    /// No assertion.
    #[default]
    Unknown,
}

impl Success {
    /// Reads the vocabulary; any other text asserts nothing.
    pub fn parse(text: &str) -> Self {
        match text {
            "passed" => Self::Passed,
            "failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }

    /// What a SCORM 1.2 status says of success.
    pub fn of_lesson_status(status: &str) -> Self {
        Self::parse(status)
    }

    /// The word of the vocabulary.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Success {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `cmi.exit` and SCORM 1.2 `cmi.core.exit`: how the learner leaves the SCO.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// A time limit ran out; the whole session ends (SCORM 2004 RTE 4.2.8).
    TimeOut,
    /// The learner comes back to this attempt.
    Suspend,
    /// The learner wants to leave the course; the whole session ends.
    Logout,
    /// The attempt ends: `normal`, or empty as SCORM 1.2 writes it.
    #[default]
    Normal,
}

impl Exit {
    /// Reads either vocabulary; any other text is a normal exit.
    pub fn parse(text: &str) -> Self {
        match text {
            "time-out" => Self::TimeOut,
            "suspend" => Self::Suspend,
            "logout" => Self::Logout,
            _ => Self::Normal,
        }
    }
}

/// Whether the attempt counts, and what it is for: `credit` with `mode`
/// (SCORM 1.2 RTE 3.4.4, SCORM 2004 RTE 4.2.5 and 4.2.14).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CreditMode {
    /// Taken for credit.
    #[default]
    Normal,
    /// Taken normally, but for no credit.
    NoCredit,
    /// A preview, for no credit.
    Browse,
    /// A look back, for no credit.
    Review,
}

impl CreditMode {
    pub(super) fn parse(credit: &str, mode: &str) -> Self {
        match (mode, credit) {
            ("browse", _) => Self::Browse,
            ("review", _) => Self::Review,
            (_, "no-credit") => Self::NoCredit,
            _ => Self::Normal,
        }
    }

    /// `credit` or `no-credit`.
    pub const fn credit(self) -> &'static str {
        if matches!(self, Self::Normal) { "credit" } else { "no-credit" }
    }

    /// `normal`, `browse` or `review`.
    pub const fn mode(self) -> &'static str {
        match self {
            Self::Normal | Self::NoCredit => "normal",
            Self::Browse => "browse",
            Self::Review => "review",
        }
    }

    /// Whether results of the attempt are kept: a browsing or reviewing learner leaves none.
    pub const fn keeps_results(self) -> bool {
        matches!(self, Self::Normal | Self::NoCredit)
    }
}
