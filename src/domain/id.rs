//! Ids as newtypes, so that one cannot be passed where another is meant.

use crate::Entropy;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A text is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: {text:?}")]
pub struct ParseIdError {
    /// Which kind of id was expected.
    pub kind: &'static str,
    /// What was given instead.
    pub text: String,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is known to be one of these.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// A new id: a version 7 UUID, so that ids made later sort later.
            pub fn generate(now: crate::Timestamp, entropy: &dyn Entropy) -> Self {
                Self(entropy.uuid_v7(now))
            }

            /// The UUID itself.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                // The hyphenated form alone: others are not what RFC 4122 prints.
                match (text.len(), Uuid::try_parse(text)) {
                    (36, Ok(uuid)) => Ok(Self(uuid)),
                    _ => Err(ParseIdError { kind: $kind, text: text.to_owned() }),
                }
            }
        }
    };
}

uuid_id!(
    /// An organization: the unit of isolation, sharding and of the ledger.
    OrganizationId, "organization id"
);
uuid_id!(
    /// A course, across all its versions.
    CourseId, "course id"
);
uuid_id!(
    /// One learner's enrolment in one course version; the xAPI `context.registration`.
    RegistrationId, "registration id"
);
uuid_id!(
    /// One launch of a registration in one browser; a newer one supersedes it.
    SessionId, "session id"
);
uuid_id!(
    /// An xAPI statement.
    StatementId, "statement id"
);
uuid_id!(
    /// A person who signs in to the console.
    UserId, "user id"
);

/// A course's version, counted from 1 in the order of publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CourseVersion(u32);

impl CourseVersion {
    /// The first version of a course.
    pub const FIRST: Self = Self(1);

    /// A version by number; `None` for zero.
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// The number, at least 1.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The version published after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for CourseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CourseVersion {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        text.parse()
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| ParseIdError { kind: "course version", text: text.to_owned() })
    }
}

/// The public half of an API key pair; also the account name of the authority of what it writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(String);

impl CredentialId {
    /// Printable ASCII without colon (RFC 7617: a user-id holds none), 1 to 128 characters.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        let fits = (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseIdError { kind: "credential id", text: text.to_owned() })
        }
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The `identifier` of an item (an activity) in a manifest; unique in one course version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(String);

impl ItemId {
    /// Takes the identifier as the manifest gives it, white space collapsed (xs:ID).
    pub fn new(identifier: impl Into<String>) -> Self {
        Self(identifier.into())
    }

    /// The text of the identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SeededEntropy, Timestamp};

    #[test]
    fn ids_print_and_parse_the_hyphenated_form_only() {
        let id = StatementId::generate(Timestamp::UNIX_EPOCH, &SeededEntropy::new(7));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.uuid().simple().to_string().parse::<StatementId>().is_err());
        assert!(format!("{{{id}}}").parse::<StatementId>().is_err());
    }

    #[test]
    fn ids_made_later_sort_later() {
        let entropy = SeededEntropy::new(7);
        let early = CourseId::generate(Timestamp::from_micros(1_000_000), &entropy);
        let late = CourseId::generate(Timestamp::from_micros(1_002_000), &entropy);
        assert!(early < late);
    }

    #[test]
    fn a_course_version_is_at_least_one() {
        assert!("0".parse::<CourseVersion>().is_err());
        assert_eq!("2".parse(), Ok(CourseVersion::FIRST.next()));
    }

    #[test]
    fn a_credential_id_holds_no_colon() {
        assert!(CredentialId::parse("a:b").is_err());
        assert!(CredentialId::parse("").is_err());
        assert_eq!(CredentialId::parse("ak_1").map(|c| c.to_string()), Ok("ak_1".to_owned()));
    }
}
