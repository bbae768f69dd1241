//! What a registration's statements say: the one projection of statuses (architecture.md, rule 5).

use crate::{Facts, ObjectFact, Score};
use domain::{StatementId, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const COMPLETED: &str = "http://adlnet.gov/expapi/verbs/completed";
const PASSED: &str = "http://adlnet.gov/expapi/verbs/passed";
const FAILED: &str = "http://adlnet.gov/expapi/verbs/failed";
const INITIALIZED: &str = "http://adlnet.gov/expapi/verbs/initialized";
const TERMINATED: &str = "http://adlnet.gov/expapi/verbs/terminated";
const SUSPENDED: &str = "http://adlnet.gov/expapi/verbs/suspended";

/// The status of a registration, folded from its statements in the order of the log. Only
/// statements of the run-time's own authority count, and of these none that is voided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RegistrationRecord {
    /// Whether the course is completed: by the last course-level statement that says so. `None`
    /// when none does.
    pub completion: Option<bool>,
    /// Whether it is passed (or failed), likewise.
    pub success: Option<bool>,
    /// The score of the last course-level statement with one.
    pub score: Option<Score>,
    /// When the course was first completed.
    pub completed_at: Option<Timestamp>,
    /// When it was first passed.
    pub passed_at: Option<Timestamp>,
    /// When it was last failed.
    pub failed_at: Option<Timestamp>,
    /// The sum of `result.duration` of the `terminated` and `suspended` statements.
    pub total_time: Duration,
    /// The attempt activities that `initialized` statements name, in order, each once.
    pub attempts: Vec<String>,
    /// The earliest statement's time.
    pub first_at: Option<Timestamp>,
    /// The latest statement's time.
    pub last_at: Option<Timestamp>,
    /// The course-level statements: those about a course version's own activity.
    pub statements: Vec<StatementId>,
}

impl RegistrationRecord {
    /// Adds the next statement of the log. `courses` are the activity ids of the course versions
    /// that the registration has been on; `stored` stands in for a timestamp that cannot be read.
    pub fn fold(&mut self, courses: &[String], id: StatementId, stored: Timestamp, facts: &Facts) {
        if !facts.is_runtime() {
            return;
        }
        let at = facts.timestamp.as_deref().and_then(|text| text.parse().ok()).unwrap_or(stored);
        // As precise as the record is kept: what is added to a record that was read again must
        // come to the same as all of it at once.
        let at = Timestamp::from_micros(at.micros().div_euclid(1_000) * 1_000);
        self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
        self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
        match facts.verb.as_str() {
            INITIALIZED => self.add_attempt(facts.attempt.as_deref()),
            TERMINATED | SUSPENDED => {
                self.total_time =
                    self.total_time.saturating_add(facts.duration.unwrap_or_default());
            }
            _ => {}
        }
        if let ObjectFact::Activity(about) = &facts.object
            && courses.contains(about)
        {
            self.fold_course_level(id, at, facts);
        }
    }

    /// A record of these statements, which are in the order of the log.
    pub fn of<'a>(
        courses: &[String],
        statements: impl IntoIterator<Item = (StatementId, Timestamp, &'a Facts)>,
    ) -> Self {
        let mut record = Self::default();
        for (id, stored, facts) in statements {
            record.fold(courses, id, stored, facts);
        }
        record
    }

    fn add_attempt(&mut self, attempt: Option<&str>) {
        if let Some(attempt) = attempt
            && !self.attempts.iter().any(|known| known == attempt)
        {
            self.attempts.push(attempt.to_owned());
        }
    }

    fn fold_course_level(&mut self, id: StatementId, at: Timestamp, facts: &Facts) {
        self.statements.push(id);
        let (completion, success) = match facts.verb.as_str() {
            COMPLETED => (facts.completion.or(Some(true)), facts.success),
            PASSED => (facts.completion, Some(true)),
            FAILED => (facts.completion, Some(false)),
            _ => (facts.completion, facts.success),
        };
        self.completion = completion.or(self.completion);
        self.success = success.or(self.success);
        self.score = facts.score.or(self.score);
        if completion == Some(true) {
            self.completed_at.get_or_insert(at);
        }
        match success {
            Some(true) => {
                self.passed_at.get_or_insert(at);
            }
            Some(false) => self.failed_at = Some(at),
            None => {}
        }
    }
}
