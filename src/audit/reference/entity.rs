//! The kinds of things that the trail's events are about.

use std::{fmt, str::FromStr};

macro_rules! entities {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// A kind of thing that events of the reference trail are about, as far as the audit looks
        /// at it. Each says what names one of them, and what an event's value holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Entity {
            $($(#[$doc])* $name,)+
        }

        impl Entity {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in the trail.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

entities! {
    /// A natural person, by an opaque id: `name`, `department`, `manager`.
    Person = "person",
    /// A dated name of a person, by `PERSON/KEY`: `person`, `kind`, `value`.
    Identity = "identity",
    /// A time of employment, by `PERSON/KEY`: `person`, `type`.
    Employment = "employment",
    /// A time of access, by `PERSON/KEY`: `person`, `scope`.
    Access = "access",
    /// A time in a role, by `PERSON/KEY`: `person`, `role`.
    Role = "role",
    /// A course of ours, by its id: `title`. Written by the import of a package.
    Course = "course",
    /// A version of a course of ours, by `COURSE/VERSION`: `activity` and more. Likewise.
    CourseVersion = "course_version",
    /// When a version of ours counts, by `COURSE/VERSION`: [`super::AcceptedVersion`].
    AcceptedVersion = "accepted_version",
    /// A course taken elsewhere, by an id: [`super::ForeignCourse`].
    ForeignCourse = "foreign_course",
    /// Who owes what, by an id: [`super::RequirementValue`].
    Requirement = "requirement",
    /// A version of a policy, by `ID@VERSION`: [`super::Policy`].
    Policy = "policy",
    /// A framework of controls, by its key; an edit of the shipped catalogue.
    Framework = "framework",
    /// A control, by its key; likewise.
    Control = "control",
    /// How two controls relate, by their two keys; likewise.
    ControlRelation = "control_relation",
    /// Leave or an exemption, by an id: [`super::ExceptionValue`].
    Exception = "exception",
    /// What made people aware, by an id: [`super::AwarenessActivity`].
    AwarenessActivity = "awareness_activity",
    /// Counts of one day, by `SERIES@DAY`: [`super::EffectivenessCount`].
    EffectivenessCount = "effectiveness_count",
    /// What one recipient did with one test mail, by a key: [`crate::world::PhishingResult`].
    PhishingResult = "phishing_result",
    /// A quarter's review, by the quarter: [`super::ReviewValue`].
    ManagementReview = "management_review",
    /// A user of the identity provider, by a key: [`crate::world::IdpUser`].
    IdpUser = "idp_user",
    /// The organization's defaults, by `organization`: [`super::AuditPolicy`].
    AuditPolicy = "audit_policy",
    /// An authority whose statements are grade B, by its identifier: `authority`.
    TrustedAuthority = "trusted_authority",
    /// A feed that was read, by an id: counts, the file's hash, errors.
    FeedRun = "feed_run",
}

impl Entity {
    /// Whether its rows are parts of a person, with valid days in the event.
    pub const fn is_of_person(self) -> bool {
        matches!(self, Self::Identity | Self::Employment | Self::Access | Self::Role)
    }

    /// Whether it is an edit of the shipped catalogue, so that a retraction says something even when
    /// nothing was asserted: it hides what is shipped.
    pub const fn is_of_catalogue(self) -> bool {
        matches!(self, Self::Framework | Self::Control | Self::ControlRelation)
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The trail knows no such kind of thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of reference data: {0:?}")]
pub struct ParseEntityError(pub String);

impl FromStr for Entity {
    type Err = ParseEntityError;

    fn from_str(text: &str) -> Result<Self, ParseEntityError> {
        let found = Self::ALL.iter().find(|entity| entity.as_str() == text);
        found.copied().ok_or_else(|| ParseEntityError(text.to_owned()))
    }
}
