//! The organization and its defaults.

use super::row::rows;
use crate::{Elapsed, Span, Zone};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The organization whose world it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Organization {
    /// The audit time zone of evaluations that name none.
    pub timezone: Zone,
    /// Its defaults.
    pub policy: OrganizationPolicy,
    /// The account home page that a bare name among the trusted import authorities stands under.
    pub home_page: Option<String>,
    /// Whose statements are how good as evidence. `None` when the world does not say, so that the
    /// grades of evidence are unknown and cannot be asked for.
    pub authorities: Option<Vec<TrustedAuthority>>,
}

/// An authority that is listed as trusted: its statements are evidence of grade B.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedAuthority {
    /// Its canonical identifier: `account:https://lms.example|lrs`, `mbox:…`.
    pub authority: String,
    /// When the row was recorded.
    #[serde(default)]
    pub recorded_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default)]
    pub retracted_at: Option<Timestamp>,
}

rows!(TrustedAuthority);

/// Settings for what the standards are silent about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganizationPolicy {
    /// How far a `timestamp` may be behind `stored` in the future without a flag.
    pub future_tolerance: Elapsed,
    /// How long after its `timestamp` a statement may be stored and still be believed.
    pub max_backdate: Elapsed,
    /// How long after a completion another of the same registration is the same one.
    pub dedupe_window: Elapsed,
    /// Authorities (`homePage|name`, or a name under the organization's own home page) whose
    /// `timestamp` is believed however late.
    pub trusted_import_authorities: Vec<String>,
    /// What is sent to people, relative to their deadlines.
    pub reminders: Vec<Notice>,
    /// What is sent to others, likewise.
    pub escalations: Vec<Notice>,
    /// How the quarterly management review is timed; `None` when there is none.
    pub management_review: Option<ReviewPolicy>,
    /// When completions look as if somebody had logged them in bulk.
    pub bulk_logging: BulkThresholds,
}

impl Default for OrganizationPolicy {
    fn default() -> Self {
        Self {
            future_tolerance: Elapsed::seconds(5 * 60),
            max_backdate: Elapsed::seconds(7 * 86_400),
            dedupe_window: Elapsed::seconds(7 * 86_400),
            trusted_import_authorities: Vec::new(),
            reminders: Vec::new(),
            escalations: Vec::new(),
            management_review: None,
            bulk_logging: BulkThresholds::default(),
        }
    }
}

/// Something that is due some days before (negative) or after a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Days from the deadline.
    pub offset_days: i64,
    /// What is done.
    pub action: String,
    /// For whom.
    pub to: Recipient,
}

/// For whom a notice is: the `person`, the person's `manager`, or a queue by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Recipient {
    /// Whoever owes.
    Person,
    /// That person's manager.
    Manager,
    /// A queue.
    Queue(String),
}

impl From<String> for Recipient {
    fn from(text: String) -> Self {
        match text.as_str() {
            "person" => Self::Person,
            "manager" => Self::Manager,
            _ => Self::Queue(text),
        }
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> Self {
        match recipient {
            Recipient::Person => "person".to_owned(),
            Recipient::Manager => "manager".to_owned(),
            Recipient::Queue(name) => name,
        }
    }
}

/// How the quarterly management review is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPolicy {
    /// How long after the quarter there is for it.
    pub due_within: Span,
}

/// When completions look as if somebody had logged them in bulk (1.10.17).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkThresholds {
    /// As many people with a completion at the same instant.
    pub people: usize,
    /// As many completions at least, of which …
    pub completions: usize,
    /// … this share is in one four-hour band of one day of the week.
    pub share: f64,
}

impl Default for BulkThresholds {
    fn default() -> Self {
        Self { people: 5, completions: 10, share: 0.75 }
    }
}
