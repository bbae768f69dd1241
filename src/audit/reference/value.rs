//! What the values of events hold, kind by kind.

use crate::world::{
    CourseVersion, ExceptionKind, IdentityKind, OrganizationPolicy, PersonId, Requirement,
    RequirementId,
};
use crate::{Day, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The one id of [`super::Entity::AuditPolicy`].
pub const AUDIT_POLICY_ID: &str = "organization";

/// A person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonValue {
    /// The name to show.
    pub name: String,
    /// Where the person works.
    #[serde(default)]
    pub department: Option<String>,
    /// Who is told when the person is late.
    #[serde(default)]
    pub manager: Option<PersonId>,
}

/// A name of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityValue {
    /// Whose.
    pub person: PersonId,
    /// What kind of name.
    pub kind: IdentityKind,
    /// The name.
    pub value: String,
}

/// A time of employment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmploymentValue {
    /// Whose.
    pub person: PersonId,
    /// `employee`, `contractor` and the like.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A time of access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessValue {
    /// Whose.
    pub person: PersonId,
    /// To which system.
    pub scope: String,
}

/// A time in a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleValue {
    /// Whose.
    pub person: PersonId,
    /// Which role.
    pub role: String,
}

/// When a version of a course of ours counts. Without it, it always does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AcceptedVersion {
    /// The first day on which a pass of it counts.
    #[serde(default)]
    pub accepted_from: Option<Day>,
    /// The last day.
    #[serde(default)]
    pub accepted_until: Option<Day>,
    /// The least time in seconds in which it can honestly be taken.
    #[serde(default)]
    pub min_plausible_seconds: Option<f64>,
}

/// A course that is taken elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForeignCourse {
    /// What it is called.
    pub title: String,
    /// Its versions, oldest first.
    pub versions: Vec<ForeignVersion>,
}

/// A version of a course that is taken elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForeignVersion {
    /// Its name.
    pub version: String,
    /// The xAPI activity that it is as a whole.
    pub activity: String,
    /// The first day on which a pass of it counts.
    #[serde(default)]
    pub accepted_from: Option<Day>,
    /// The last day.
    #[serde(default)]
    pub accepted_until: Option<Day>,
    /// The least time in seconds in which it can honestly be taken.
    #[serde(default)]
    pub min_plausible_seconds: Option<f64>,
}

impl From<ForeignVersion> for CourseVersion {
    fn from(said: ForeignVersion) -> Self {
        Self {
            version: said.version,
            activity: said.activity,
            accepted_from: said.accepted_from,
            accepted_until: said.accepted_until,
            min_plausible_seconds: said.min_plausible_seconds,
            ..Self::default()
        }
    }
}

/// A requirement with what people want to know of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RequirementValue {
    /// The rules.
    #[serde(flatten)]
    pub rules: Requirement,
    /// The version of the policy that demands it, as `ID@VERSION`.
    #[serde(default)]
    pub policy_version: Option<String>,
    /// Why it is as it is.
    #[serde(default)]
    pub rationale: Option<String>,
}

/// A version of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What it is called.
    pub title: String,
    /// The version: what follows the `@` of its id.
    pub version: String,
    /// The first day on which it is in force.
    pub effective_on: Day,
    /// Who answers for it.
    pub owner: String,
    /// The SHA-256 of its text, in hexadecimal digits.
    #[serde(default)]
    pub text_sha256: Option<String>,
    /// Where its text is.
    #[serde(default)]
    pub url: Option<String>,
    /// What follows when it is not kept.
    #[serde(default)]
    pub consequence: Option<String>,
    /// The controls that it is evidence for.
    #[serde(default)]
    pub controls: Vec<String>,
    /// When it has to be reviewed.
    #[serde(default)]
    pub review_due: Option<Day>,
    /// Who signed it off.
    #[serde(default)]
    pub sign_offs: Vec<SignOff>,
}

/// A signature under a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// By whom.
    pub by: String,
    /// When.
    pub on: Day,
}

/// Leave or an exemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionValue {
    /// For whom.
    pub person: PersonId,
    /// From what.
    pub requirement: RequirementId,
    /// What it does.
    pub kind: ExceptionKind,
    /// The first day whose deadlines it bears on.
    pub from: Day,
    /// The last; open when there is none.
    #[serde(default)]
    pub to: Option<Day>,
    /// The new deadline, of a leave.
    #[serde(default)]
    pub extended_due: Option<Day>,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approved_by: String,
}

/// What made people aware: a mail, a talk, a poster. Never a completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwarenessActivity {
    /// What it was about.
    pub title: String,
    /// `email`, `talk`, `poster` and the like.
    pub kind: String,
    /// When.
    pub held_on: Day,
    /// For whom, in words.
    #[serde(default)]
    pub audience: Option<String>,
    /// How many it reached.
    #[serde(default)]
    pub recipients: Option<u64>,
    /// The SHA-256 of what was shown, in hexadecimal digits.
    #[serde(default)]
    pub content_sha256: Option<String>,
    /// The controls that it is evidence for.
    #[serde(default)]
    pub controls: Vec<String>,
}

/// Counts of one day in a series, never percentages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectivenessCount {
    /// What is counted: `phishing`, `incidents` and the like; what precedes the `@` of its id.
    pub series: String,
    /// The day: what follows the `@`.
    pub date: Day,
    /// How many of each: `delivered`, `clicked`, `reported` and the like.
    pub counts: BTreeMap<String, u64>,
    /// Who counted.
    pub source: String,
}

/// A quarter's review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewValue {
    /// Which quarter, as `2025-Q1`: its id.
    pub quarter: String,
    /// When.
    pub reviewed_on: Day,
    /// By whom.
    pub by: String,
    /// The SHA-256 of the report that was looked at.
    #[serde(default)]
    pub report_sha256: Option<String>,
    /// What was decided.
    #[serde(default)]
    pub decisions: Vec<String>,
}

/// The organization's defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditPolicy {
    /// The audit time zone.
    #[serde(default)]
    pub timezone: Zone,
    /// What the standards are silent about.
    #[serde(default)]
    pub policy: OrganizationPolicy,
    /// The account home page that a bare name among the trusted import authorities stands under.
    #[serde(default)]
    pub home_page: Option<String>,
}
