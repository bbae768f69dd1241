//! What else is on record: signatures, other systems' users, test mails, reviews, erasures.

use super::{PersonId, row::rows};
use crate::Day;
use domain::{ParseTimestampError, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::str::FromStr;

/// An instant as it was written down, which is how it is shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WrittenInstant {
    text: String,
    #[serde(skip)]
    at: Timestamp,
}

impl WrittenInstant {
    /// This instant, written as the statements of the store write theirs.
    pub fn new(at: Timestamp) -> Self {
        Self { text: at.millis(), at }
    }

    /// The instant.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for WrittenInstant {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        Ok(Self { text: text.to_owned(), at: text.parse()? })
    }
}

impl<'de> Deserialize<'de> for WrittenInstant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Somebody's signature that a version of a course was taken and understood.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Attestation {
    /// Which one: of a statement, its id.
    pub id: String,
    /// Who signed.
    pub person: PersonId,
    /// The name as it was typed.
    #[serde(default)]
    pub signer_name: String,
    /// Of which course.
    pub course: String,
    /// Of which version.
    pub version: String,
    /// When.
    pub signed_at: WrittenInstant,
    /// The text that was signed.
    #[serde(default)]
    pub statement_text: String,
    /// From which address; it is kept apart and may be gone.
    #[serde(default)]
    pub ip: Option<String>,
    /// With which browser; likewise.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// When the row was recorded.
    #[serde(default)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default)]
    pub retracted_at: Option<Timestamp>,
}

/// What a signature that is a statement says in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignedText {
    /// The name as it was typed.
    pub signer_name: String,
    /// The text that was signed.
    pub statement_text: String,
    /// From which address; it is kept apart and may be gone.
    pub ip: Option<String>,
    /// With which browser; likewise.
    pub user_agent: Option<String>,
}

/// A user that the identity provider knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdpUser {
    /// The subject, mail address or account name.
    #[serde(
        alias = "subject",
        alias = "idp_subject",
        alias = "email",
        alias = "mbox",
        alias = "user",
        alias = "value",
        alias = "account"
    )]
    pub id: String,
    /// The name there.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether the user can sign in.
    #[serde(default = "yes", alias = "enabled")]
    pub active: bool,
    /// When the row was recorded.
    #[serde(default, skip_serializing)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default, skip_serializing)]
    pub retracted_at: Option<Timestamp>,
}

const fn yes() -> bool {
    true
}

/// What one recipient did with one test mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, as the file has it")]
pub struct PhishingResult {
    /// Of which campaign.
    pub campaign: String,
    /// When it was sent.
    pub sent_on: Day,
    /// To whom, as a mail address.
    pub recipient: String,
    /// Whether it arrived.
    #[serde(default)]
    pub delivered: bool,
    /// Whether its link was opened.
    #[serde(default)]
    pub clicked: bool,
    /// Whether it was reported.
    #[serde(default)]
    pub reported: bool,
    /// Whether it was a program (a mail scanner) that opened the link.
    #[serde(default)]
    pub automated: bool,
    /// When the row was recorded.
    #[serde(default, skip_serializing)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default, skip_serializing)]
    pub retracted_at: Option<Timestamp>,
}

/// A quarter that was reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagementReview {
    /// Which quarter, as `2025-Q1`.
    pub quarter: String,
    /// When.
    pub reviewed_on: Day,
    /// By whom.
    #[serde(default)]
    pub by: Option<String>,
    /// When the row was recorded.
    #[serde(default, skip_serializing)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default, skip_serializing)]
    pub retracted_at: Option<Timestamp>,
}

/// A person whose name and addresses are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Who.
    pub person: PersonId,
    /// What is shown instead of the name; `None` makes one from the person's id.
    #[serde(default)]
    pub pseudonym: Option<String>,
    /// When.
    #[serde(default, alias = "erased_at", alias = "at")]
    pub recorded_at: Option<Timestamp>,
    /// Never: an erasure is not taken back.
    #[serde(default, skip_serializing)]
    pub retracted_at: Option<Timestamp>,
}

rows!(Attestation, IdpUser, PhishingResult, ManagementReview, Erasure);
