//! Requirements and the exceptions from them.

use super::{ExceptionId, PersonId, RequirementId, row::rows};
use crate::{Day, Span, Window};
use domain::{Grade, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Which values a requirement is about: `"any"`, or a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every one.
    #[default]
    Any,
    /// These.
    Of(Vec<String>),
}

impl Filter {
    /// Whether `value` is one of them.
    pub fn holds(&self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Of(values) => values.iter().any(|one| one == value),
        }
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("any"),
            Self::Of(values) => values.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Filter;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"any\" or a list of texts")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Filter, E> {
                match text {
                    "any" => Ok(Filter::Any),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_unit<E: de::Error>(self) -> Result<Filter, E> {
                Ok(Filter::Any)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Filter, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(Filter::Of(values))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Whom a requirement is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    /// Types of employment.
    pub types: Filter,
    /// Roles.
    pub roles: Filter,
    /// Systems to which access is had.
    pub scopes: Filter,
}

/// What meets a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A `passed` statement.
    #[default]
    Passed,
    /// A `completed` or a `passed` statement.
    Completed,
}

/// Which windows make somebody owe something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Access.
    #[default]
    Access,
    /// Employment.
    Employment,
}

/// What a renewal's deadline is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The day of the last completion.
    #[default]
    Completion,
    /// The last deadline.
    Due,
}

/// Whether training from before counts for those who enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credit {
    /// While it is still valid.
    #[default]
    Valid,
    /// Never.
    None,
}

/// What becomes of a deadline behind the last day of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitRule {
    /// It is that last day.
    #[default]
    DueByExit,
    /// Whoever left before is excused.
    Excuse,
}

/// Whether a pass has to be signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attesting {
    /// No.
    #[default]
    None,
    /// Yes.
    Required,
}

/// New training that a new version makes necessary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrain {
    /// Of which course.
    pub course: String,
    /// The oldest version that will do.
    pub min_version: String,
    /// From when.
    pub effective_on: Day,
    /// How long there is for it.
    pub due_within: Span,
}

/// A requirement: a policy with a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirement {
    /// Which one.
    pub id: RequirementId,
    /// What it is called.
    pub title: String,
    /// The courses, all of which must be passed.
    pub courses: Vec<String>,
    /// What meets it.
    pub rule: Rule,
    /// The least `result.score.scaled` of a pass that has one.
    pub min_score: Option<f64>,
    /// Which windows it follows.
    pub basis: Basis,
    /// Whom it is about.
    pub audience: Audience,
    /// The first day on which obligations may arise.
    pub effective_from: Option<Day>,
    /// The last day on which they may.
    pub effective_to: Option<Day>,
    /// How long there is, from the start of an obligation.
    pub due_within: Span,
    /// The deadline of a campaign, for those in place when it takes effect.
    pub due_date: Option<Day>,
    /// How long a completion is valid; `None` is for ever.
    pub recurrence: Option<Span>,
    /// What a renewal's deadline is counted from.
    pub anchor: Anchor,
    /// How early a renewal counts, for [`Anchor::Due`]; `None` is at any time.
    pub renewal_opens: Option<Span>,
    /// Whether earlier training counts.
    pub credit: Credit,
    /// What becomes of a deadline behind the last day of access.
    pub exit_rule: ExitRule,
    /// Whether a pass has to be signed for.
    pub attestation: Attesting,
    /// New training that new versions make necessary.
    pub retrain: Vec<Retrain>,
    /// The controls that it is evidence for.
    pub controls: Vec<String>,
    /// The grades of evidence that it accepts.
    pub grades: Vec<Grade>,
    /// When the row was recorded.
    #[serde(skip_serializing)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(skip_serializing)]
    pub retracted_at: Option<Timestamp>,
}

impl Default for Requirement {
    fn default() -> Self {
        Self {
            id: RequirementId::default(),
            title: String::new(),
            courses: Vec::new(),
            rule: Rule::default(),
            min_score: None,
            basis: Basis::default(),
            audience: Audience::default(),
            effective_from: None,
            effective_to: None,
            due_within: Span::default(),
            due_date: None,
            recurrence: None,
            anchor: Anchor::default(),
            renewal_opens: None,
            credit: Credit::default(),
            exit_rule: ExitRule::default(),
            attestation: Attesting::default(),
            retrain: Vec::new(),
            controls: Vec::new(),
            grades: vec![Grade::A, Grade::B],
            recorded_at: None,
            retracted_at: None,
        }
    }
}

impl Requirement {
    /// The days on which new obligations may arise.
    pub fn in_force(&self) -> Window {
        Window::new(self.effective_from, self.effective_to)
    }
}

/// What an exception does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// It moves the deadline.
    Leave,
    /// It waives the obligation.
    Exempt,
}

/// A recorded reason why somebody need not, or not yet. It explains, and deletes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Which one.
    pub id: ExceptionId,
    /// For whom.
    pub person: PersonId,
    /// From what.
    pub requirement: RequirementId,
    /// What it does.
    pub kind: ExceptionKind,
    /// The first day whose deadlines it bears on.
    #[serde(default)]
    pub from: Option<Day>,
    /// The last.
    #[serde(default)]
    pub to: Option<Day>,
    /// The new deadline, of a leave.
    #[serde(default)]
    pub extended_due: Option<Day>,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Who approved it.
    #[serde(default)]
    pub approved_by: Option<String>,
    /// When the row was recorded.
    #[serde(default, skip_serializing)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default, skip_serializing)]
    pub retracted_at: Option<Timestamp>,
}

impl Exception {
    /// The days whose deadlines it bears on.
    pub fn days(&self) -> Window {
        Window::new(self.from, self.to)
    }
}

rows!(Requirement, Exception);
