//! Which statements are evidence: the verbs that an audit knows, and what it takes from them.

use serde::{Deserialize, Serialize};

/// The cmi5 extension in which a `waived` statement gives its reason (cmi5 9.5.5.2).
pub const WAIVER_REASON: &str = "https://w3id.org/xapi/cmi5/result/extensions/reason";

/// Most bytes that are taken of a waiver's reason; the standard ones have less than 30.
pub const REASON_BYTES_MAX: usize = 1_024;

/// A longer `result.duration` is taken for none. It has room for every unit with nine digits.
pub const DURATION_BYTES_MAX: usize = 96;

/// The reasons that cmi5 gives a waiver (9.5.5.2). They name nobody, so an erasure leaves them.
pub const STANDARD_REASONS: [&str; 4] =
    ["Tested Out", "Equivalent AU", "Equivalent Outside Activity", "Administrative"];

/// The verbs that an audit knows. Numbers are what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceVerb {
    /// The test was passed.
    Passed = 1,
    /// The test was failed.
    Failed = 2,
    /// All of it was seen.
    Completed = 3,
    /// An administrator let somebody off.
    Waived = 4,
    /// What was to be done is done; alone it is evidence of nothing (audit rules, 1.4.3).
    Satisfied = 5,
    /// It was left.
    Abandoned = 6,
    /// Another statement is void.
    Voided = 7,
    /// It was signed that a version of a course is completed; a verb of our own.
    Attested = 8,
    /// It was signed that a version of a policy is read; a verb of our own.
    Acknowledged = 9,
}

impl EvidenceVerb {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Passed,
        Self::Failed,
        Self::Completed,
        Self::Waived,
        Self::Satisfied,
        Self::Abandoned,
        Self::Voided,
        Self::Attested,
        Self::Acknowledged,
    ];

    /// The verb's IRI.
    pub const fn iri(self) -> &'static str {
        match self {
            Self::Passed => "http://adlnet.gov/expapi/verbs/passed",
            Self::Failed => "http://adlnet.gov/expapi/verbs/failed",
            Self::Completed => "http://adlnet.gov/expapi/verbs/completed",
            Self::Waived => "https://w3id.org/xapi/adl/verbs/waived",
            Self::Satisfied => "https://w3id.org/xapi/adl/verbs/satisfied",
            Self::Abandoned => "https://w3id.org/xapi/adl/verbs/abandoned",
            Self::Voided => "http://adlnet.gov/expapi/verbs/voided",
            Self::Attested => "https://w3id.org/attestry/xapi/verbs/attested",
            Self::Acknowledged => "https://w3id.org/attestry/xapi/verbs/acknowledged",
        }
    }

    /// The verb of this IRI; `None` for those that an audit passes over.
    pub fn of(iri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.iri() == iri)
    }

    /// The number stored.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The verb with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.number() == number)
    }
}

/// What is taken of a waiver's reason: at most [`REASON_BYTES_MAX`] bytes, whole characters.
pub fn waiver_reason(text: &str) -> &str {
    &text[..text.floor_char_boundary(REASON_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_known_by_its_iri_and_by_its_number() {
        for verb in EvidenceVerb::ALL {
            assert_eq!(EvidenceVerb::of(verb.iri()), Some(verb));
            assert_eq!(EvidenceVerb::from_number(verb.number()), Some(verb));
        }
        assert_eq!(EvidenceVerb::of("http://adlnet.gov/expapi/verbs/attempted"), None);
        assert_eq!(EvidenceVerb::from_number(0), None);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        assert_eq!(waiver_reason("Tested Out"), "Tested Out");
        let long = format!("x{}", "é".repeat(REASON_BYTES_MAX));
        assert_eq!(waiver_reason(&long).len(), REASON_BYTES_MAX - 1);
    }
}
