//! The world that is evaluated: statements, and reference data with the time at which each row was
//! recorded. Loaded from a store, from an evidence pack or from a file, which is the shape described
//! here (audit rules, section 4).

mod course;
mod observation;
mod organization;
mod person;
mod requirement;
mod row;

pub use course::{Course, CourseVersion};
pub use observation::{
    Attestation, Erasure, IdpUser, ManagementReview, PhishingResult, SignedText, WrittenInstant,
};
pub use organization::{
    BulkThresholds, Notice, Organization, OrganizationPolicy, Recipient, ReviewPolicy,
    TrustedAuthority,
};
pub use person::{Access, Employment, Identity, IdentityKind, Person, RoleSpan};
pub use requirement::{
    Anchor, Attesting, Audience, Basis, Credit, Exception, ExceptionKind, ExitRule, Filter,
    Requirement, Retrain, Rule,
};
pub(crate) use row::visible;
pub use row::{ExceptionId, PersonId, RequirementId, Row, Visibility};

use crate::Facts;
use domain::StatementId;
use serde::Deserialize;
use std::collections::HashMap;

/// Everything that an evaluation looks at. Rows that were recorded later, or taken back earlier,
/// than the evaluation's as-of are in it and are passed over.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct World {
    /// The organization and its defaults.
    #[serde(rename = "org")]
    pub organization: Organization,
    /// Everyone who has, had or will have access.
    pub people: Vec<Person>,
    /// What is taught, with its versions.
    pub courses: Vec<Course>,
    /// Who owes what.
    pub requirements: Vec<Requirement>,
    /// Leave and exemptions.
    pub exceptions: Vec<Exception>,
    /// Signatures that are no statements.
    pub attestations: Vec<Attestation>,
    /// The statements, in the order in which they were recorded.
    pub statements: Facts,
    /// The users that the identity provider knows, to reconcile people with.
    pub idp_export: Vec<IdpUser>,
    /// What recipients of test mails did.
    pub phishing: Vec<PhishingResult>,
    /// Which quarters have been reviewed.
    pub management_reviews: Vec<ManagementReview>,
    /// Whose names are gone.
    pub erasures: Vec<Erasure>,
    /// What the statements among the signatures say in words, where that is known.
    #[serde(skip)]
    pub signed_texts: HashMap<StatementId, SignedText>,
}
