//! A framework and its controls, as a file of the catalogue says them.

use super::key::{ControlKey, KeyError};
use crate::span::Span;
use serde::{Deserialize, Serialize};

/// An edition of a standard, a law or a set of criteria, and those of its controls that evidence of
/// training bears upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Framework {
    /// What the framework is and where it is found.
    #[serde(flatten)]
    pub head: Head,
    /// Its controls, in its own order; those that an organization added come last.
    pub controls: Vec<Control>,
}

/// What a framework is and where it is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// What its controls' keys begin with.
    pub key: String,
    /// Its name.
    pub title: String,
    /// Which edition of it.
    #[serde(default)]
    pub edition: String,
    /// Year and month of publication, `2022-10`; empty when it is the organization's own.
    #[serde(default)]
    pub published: String,
    /// Who published it.
    #[serde(default)]
    pub publisher: String,
    /// The document, with amendments that are taken in.
    #[serde(default)]
    pub source: String,
    /// Where the publisher has it.
    #[serde(default)]
    pub url: String,
    /// Whose words the titles of the controls are.
    #[serde(default)]
    pub titles: Titles,
    /// What to know before reading it.
    #[serde(default)]
    pub note: String,
}

/// Whose words the titles of a framework's controls are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Titles {
    /// The framework's own headings.
    Standard,
    /// Short names of ours, since the framework has sentences without headings.
    #[default]
    Ours,
}

/// One control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Control {
    /// Its name everywhere else.
    pub key: ControlKey,
    /// Whether it is shipped so, or an organization's.
    pub origin: Origin,
    /// What is said of it.
    #[serde(flatten)]
    pub value: Value,
}

/// What is said of a control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// Its title.
    pub title: String,
    /// Whether it asks for training itself.
    #[serde(default)]
    pub bearing: Bearing,
    /// The kinds of evidence that it asks for.
    #[serde(default)]
    pub legs: Vec<Leg>,
    /// How often, where the framework says so.
    #[serde(default)]
    pub cadence: Option<Cadence>,
    /// What it means for training, in our own words.
    #[serde(default)]
    pub about: String,
    /// Where it stands in the framework.
    #[serde(default)]
    pub citation: String,
}

/// How close a control is to training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearing {
    /// It asks for training, awareness, competence, an acknowledgement or a record of them: a
    /// framework in scope without a requirement for it has a hole.
    #[default]
    Direct,
    /// Evidence of training helps to show it.
    Supporting,
}

/// A kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// Courses that were passed or completed.
    Training,
    /// Lasting learning for a profession: certificates, degrees, conferences.
    Education,
    /// Campaigns, notices and reminders that reached people.
    Awareness,
    /// A signature below a version of a policy or an agreement.
    Acknowledgement,
    /// Reviews by those who answer for it.
    ManagementReview,
    /// Measures of whether it works: simulations, reports, first attempts.
    Effectiveness,
    /// That a person can do the work: scores, roles, assessments.
    Competence,
    /// That the records are kept, whole and unchanged.
    Records,
    /// What followed when something was not done: escalations, corrective tasks, sanctions.
    FollowUp,
}

impl Leg {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Training,
        Self::Education,
        Self::Awareness,
        Self::Acknowledgement,
        Self::ManagementReview,
        Self::Effectiveness,
        Self::Competence,
        Self::Records,
        Self::FollowUp,
    ];
}

/// How often a framework wants a thing done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cadence {
    /// What sets the first one off, in words: `upon hire`.
    #[serde(default)]
    pub starts: Option<String>,
    /// The longest time between two, where the framework gives one; else the organization sets it.
    #[serde(default)]
    pub every: Option<Span>,
    /// Whether a change calls for one before its time.
    #[serde(default)]
    pub on_change: bool,
    /// All of it in words.
    pub words: String,
}

/// Where what is said of a control comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// As it is shipped.
    Shipped,
    /// Shipped, and changed by the organization.
    Changed,
    /// Added by the organization.
    Own,
}

/// A file of the catalogue.
#[derive(Deserialize)]
struct File {
    #[serde(flatten)]
    head: Head,
    controls: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    #[serde(flatten)]
    value: serde_json::Value,
}

/// A file of the catalogue cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON of that shape.
    #[error("not a file of the catalogue")]
    Shape(#[from] serde_json::Error),
    /// A control has no proper key.
    #[error("not the key of a control")]
    Key(#[from] KeyError),
}

impl Framework {
    /// Reads a framework's file.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        let File { head, controls } = serde_json::from_str(text)?;
        let controls = controls
            .into_iter()
            .map(|row| {
                Ok(Control {
                    key: ControlKey::new(&head.key, &row.id)?,
                    origin: Origin::Shipped,
                    value: serde_json::from_value(row.value)?,
                })
            })
            .collect::<Result<_, ReadError>>()?;
        Ok(Self { head, controls })
    }

    /// The control of that number.
    pub fn control(&self, id: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.key.id() == id)
    }
}
