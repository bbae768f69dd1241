//! The run-time data of one attempt on one SCO, readable alike in every edition.

use super::format::length;
use super::status::{Completion, CreditMode, Exit, Success};
use super::table::{Access, Table};
use super::{Timespan, table};
use crate::manifest::Edition;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;

/// The CMI data of one attempt on one SCO.
///
/// Values are kept as the element names and texts that the API carries, `_count` of each
/// collection included, in the order of their names: the same data always serialises to the same
/// bytes. What was never set has no entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct RunTimeData {
    edition: Edition,
    values: BTreeMap<String, String>,
    /// Elements whose access differs from the table's: shared data stores (`adl.data.n.store`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    access: BTreeMap<String, Access>,
    /// Whether content's own word on success stands beside a mastery score (SCORM 1.2).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) content_judges: bool,
    /// The length of all names and values; see [`RunTimeData::size_with`].
    #[serde(skip)]
    size: usize,
}

/// [`RunTimeData`] as it is stored, and as the browser sends and receives it.
#[derive(Deserialize)]
struct Stored {
    edition: Edition,
    values: BTreeMap<String, String>,
    #[serde(default)]
    access: BTreeMap<String, Access>,
    #[serde(default)]
    content_judges: bool,
}

impl From<Stored> for RunTimeData {
    fn from(stored: Stored) -> Self {
        let Stored { edition, values, access, content_judges } = stored;
        let size = values.iter().map(|(element, value)| length(element) + length(value)).sum();
        Self { edition, values, access, content_judges, size }
    }
}

/// A score as reported; texts that are no number count as absent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// `score.raw`.
    pub raw: Option<f64>,
    /// `score.min`.
    pub min: Option<f64>,
    /// `score.max`.
    pub max: Option<f64>,
    /// `score.scaled`, −1 to 1; SCORM 2004 only.
    pub scaled: Option<f64>,
}

impl Score {
    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One entry of `cmi.objectives`.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective<'a> {
    /// Its index.
    pub index: usize,
    /// `id`; empty when SCORM 1.2 content never gave one.
    pub id: &'a str,
    /// `completion_status`, or what SCORM 1.2 `status` implies.
    pub completion: Completion,
    /// `success_status`, or what SCORM 1.2 `status` implies.
    pub success: Success,
    /// `score`.
    pub score: Score,
    /// `progress_measure`, 0 to 1; SCORM 2004 only.
    pub progress_measure: Option<f64>,
    /// `description`; SCORM 2004 only.
    pub description: Option<&'a str>,
}

/// One entry of `cmi.interactions`.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction<'a> {
    /// Its index.
    pub index: usize,
    /// `id`; empty when SCORM 1.2 content never gave one.
    pub id: &'a str,
    /// `type`, a word of the edition's vocabulary.
    pub kind: Option<&'a str>,
    /// `timestamp`, or SCORM 1.2 `time` (a time of day without date or zone).
    pub timestamp: Option<&'a str>,
    /// `correct_responses.n.pattern`.
    pub correct_responses: Vec<&'a str>,
    /// `objectives.n.id`.
    pub objectives: Vec<&'a str>,
    /// `weighting`.
    pub weighting: Option<f64>,
    /// `learner_response`, or SCORM 1.2 `student_response`.
    pub learner_response: Option<&'a str>,
    /// `result`: a word of the edition's vocabulary or a number.
    pub result: Option<&'a str>,
    /// `latency`.
    pub latency: Option<Timespan>,
    /// `description`; SCORM 2004 only.
    pub description: Option<&'a str>,
}

/// One comment of the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment<'a> {
    /// The text.
    pub comment: &'a str,
    /// Where in the content; SCORM 2004 only.
    pub location: Option<&'a str>,
    /// When; SCORM 2004 only.
    pub timestamp: Option<&'a str>,
}

/// One shared data store (`adl.data`, 4th edition).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedData<'a> {
    /// The store's identifier (`adlcp:map@targetID`).
    pub id: &'a str,
    /// What it holds; `None` when it was never written, empty when content cleared it.
    pub store: Option<&'a str>,
    /// Whether this SCO may write it.
    pub writable: bool,
}

impl RunTimeData {
    /// Data in which nothing is set.
    pub(super) const fn empty(edition: Edition) -> Self {
        Self {
            edition,
            values: BTreeMap::new(),
            access: BTreeMap::new(),
            content_judges: false,
            size: 0,
        }
    }

    /// The edition whose data model this is.
    pub const fn edition(&self) -> Edition {
        self.edition
    }

    /// The value of an element as stored, whatever its access; `None` when nothing set it.
    ///
    /// Defaults and the statuses that thresholds decide are not applied: the typed accessors do.
    pub fn get(&self, element: &str) -> Option<&str> {
        self.values.get(element).map(String::as_str)
    }

    /// All stored values in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(element, value)| (element.as_str(), value.as_str()))
    }

    /// The stored values whose names begin with `prefix`, by the rest of their names.
    pub(super) fn below(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let from = self.values.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.map_while(move |(element, value)| Some((element.strip_prefix(prefix)?, &**value)))
    }

    /// Access that differs from the table's, in the order of the names.
    pub fn access_overrides(&self) -> impl Iterator<Item = (&str, Access)> {
        self.access.iter().map(|(element, access)| (element.as_str(), *access))
    }

    pub(super) fn set(&mut self, element: impl Into<String>, value: impl Into<String>) {
        let (element, value) = (element.into(), value.into());
        self.size = self.size_with(&element, &value);
        self.values.insert(element, value);
    }

    /// How long all names and values together are once `element` has `value`.
    pub(super) fn size_with(&self, element: &str, value: &str) -> usize {
        let before = self.get(element).map_or(0, |old| length(element) + length(old));
        self.size - before + length(element) + length(value)
    }

    pub(super) fn restrict(&mut self, element: String, access: Access) {
        self.access.insert(element, access);
    }

    pub(super) fn access_override(&self, element: &str) -> Option<Access> {
        self.access.get(element).copied()
    }

    /// How many entries a collection has; `collection` is a name such as `cmi.interactions`.
    pub fn count(&self, collection: &str) -> usize {
        self.get(&format!("{collection}._count")).and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    pub(super) fn table(&self) -> &'static Table {
        table::of(self.edition)
    }

    const fn by_edition<'t>(&self, scorm12: &'t str, scorm2004: &'t str) -> &'t str {
        if self.edition.is_2004() { scorm2004 } else { scorm12 }
    }

    fn either(&self, scorm12: &str, scorm2004: &str) -> Option<&str> {
        self.get(self.by_edition(scorm12, scorm2004))
    }

    pub(super) fn number(&self, element: &str) -> Option<f64> {
        self.get(element).and_then(super::format::parse_real)
    }

    /// The completion status: SCORM 2004 `cmi.completion_status` as RTE 4.2.4 determines it from a
    /// threshold, SCORM 1.2 as `cmi.core.lesson_status` implies ([`Completion::of_lesson_status`]),
    /// the mastery score heeded.
    pub fn completion_status(&self) -> Completion {
        if self.edition.is_2004() {
            Completion::parse(self.evaluated("cmi.completion_status").unwrap_or(""))
        } else {
            Completion::of_lesson_status(self.settled_status())
        }
    }

    /// The success status: SCORM 2004 `cmi.success_status` as RTE 4.2.22 determines it from a
    /// passing score, SCORM 1.2 as `cmi.core.lesson_status` implies, the mastery score heeded.
    pub fn success_status(&self) -> Success {
        if self.edition.is_2004() {
            Success::parse(self.evaluated("cmi.success_status").unwrap_or(""))
        } else {
            Success::of_lesson_status(self.settled_status())
        }
    }

    /// SCORM 1.2 `cmi.core.lesson_status`; `not attempted` until something sets it, and always in
    /// SCORM 2004.
    pub fn lesson_status(&self) -> &str {
        self.get("cmi.core.lesson_status").unwrap_or("not attempted")
    }

    /// The value that `GetValue` answers: a threshold's verdict, else the stored value, else the
    /// table's default.
    pub(super) fn evaluated(&self, element: &str) -> Option<&str> {
        let definition = self.table().find(element)?;
        definition.evaluate(self).or_else(|| self.get(element)).or(definition.default)
    }

    /// The score of the SCO.
    pub fn score(&self) -> Score {
        self.score_at(self.by_edition("cmi.core.score", "cmi.score"))
    }

    fn score_at(&self, record: &str) -> Score {
        let of = |part: &str| self.number(&format!("{record}.{part}"));
        Score { raw: of("raw"), min: of("min"), max: of("max"), scaled: of("scaled") }
    }

    /// `cmi.progress_measure`, 0 to 1; SCORM 2004 only.
    pub fn progress_measure(&self) -> Option<f64> {
        self.number("cmi.progress_measure")
    }

    /// How the SCO said that it exits; `None` until it did.
    pub fn exit(&self) -> Option<Exit> {
        self.either("cmi.core.exit", "cmi.exit").map(Exit::parse)
    }

    /// Whether the next launch resumes this data: the exit is `suspend`, or the SCO asked for
    /// `suspendAll` (SCORM 2004 RTE 4.2.8; SN 5.6.4).
    pub fn suspends(&self) -> bool {
        self.exit() == Some(Exit::Suspend) || self.nav_request() == Some("suspendAll")
    }

    /// Whether the next launch goes on with this attempt: it suspends, or it is one of SCORM 1.2
    /// that was left without a final status. Much SCORM 1.2 content keeps a bookmark and never
    /// says `suspend`; its learners expect to find their place again.
    pub fn goes_on(&self) -> bool {
        let is_final = || matches!(self.lesson_status(), "passed" | "failed" | "completed");
        self.suspends() || (!self.edition.is_2004() && !is_final())
    }

    /// The time that the SCO reported for the running session.
    pub fn session_time(&self) -> Option<Timespan> {
        self.either("cmi.core.session_time", "cmi.session_time").and_then(|t| self.timespan(t))
    }

    /// The time of all finished sessions of the attempt.
    pub fn total_time(&self) -> Timespan {
        self.either("cmi.core.total_time", "cmi.total_time")
            .and_then(|t| self.timespan(t))
            .unwrap_or_default()
    }

    pub(super) fn timespan(&self, text: &str) -> Option<Timespan> {
        if self.edition.is_2004() {
            Timespan::parse_scorm2004(text)
        } else {
            Timespan::parse_scorm12(text)
        }
    }

    /// The bookmark: `cmi.location`, SCORM 1.2 `cmi.core.lesson_location`.
    pub fn location(&self) -> Option<&str> {
        self.either("cmi.core.lesson_location", "cmi.location")
    }

    /// `cmi.suspend_data`.
    pub fn suspend_data(&self) -> Option<&str> {
        self.get("cmi.suspend_data")
    }

    /// `ab-initio`, `resume` or empty.
    pub fn entry(&self) -> &str {
        self.either("cmi.core.entry", "cmi.entry").unwrap_or("")
    }

    /// Credit and mode in one.
    pub fn credit_mode(&self) -> CreditMode {
        CreditMode::parse(
            self.either("cmi.core.credit", "cmi.credit").unwrap_or("credit"),
            self.either("cmi.core.lesson_mode", "cmi.mode").unwrap_or("normal"),
        )
    }

    /// `adl.nav.request`; `None` for `_none_`. SCORM 2004 only.
    pub fn nav_request(&self) -> Option<&str> {
        self.get("adl.nav.request").filter(|request| *request != "_none_")
    }

    /// The objectives in the order of their indices.
    pub fn objectives(&self) -> impl Iterator<Item = Objective<'_>> {
        (0..self.count("cmi.objectives")).map(|index| {
            let of = |part: &str| self.get(&format!("cmi.objectives.{index}.{part}"));
            let status = of("status").unwrap_or("not attempted");
            let is_2004 = self.edition.is_2004();
            Objective {
                index,
                id: of("id").unwrap_or(""),
                completion: if is_2004 {
                    Completion::parse(of("completion_status").unwrap_or(""))
                } else {
                    Completion::of_lesson_status(status)
                },
                success: if is_2004 {
                    Success::parse(of("success_status").unwrap_or(""))
                } else {
                    Success::of_lesson_status(status)
                },
                score: self.score_at(&format!("cmi.objectives.{index}.score")),
                progress_measure: of("progress_measure").and_then(super::format::parse_real),
                description: of("description"),
            }
        })
    }

    /// The interactions in the order of their indices.
    pub fn interactions(&self) -> impl Iterator<Item = Interaction<'_>> {
        (0..self.count("cmi.interactions")).map(|index| self.interaction(index))
    }

    fn interaction(&self, index: usize) -> Interaction<'_> {
        let entry = format!("cmi.interactions.{index}");
        let of = |part: &str| self.get(&format!("{entry}.{part}"));
        let all = |collection: &str, part: &str| {
            (0..self.count(&format!("{entry}.{collection}")))
                .filter_map(|n| self.get(&format!("{entry}.{collection}.{n}.{part}")))
                .collect()
        };
        Interaction {
            index,
            id: of("id").unwrap_or(""),
            kind: of("type"),
            timestamp: of(self.by_edition("time", "timestamp")),
            correct_responses: all("correct_responses", "pattern"),
            objectives: all("objectives", "id"),
            weighting: of("weighting").and_then(super::format::parse_real),
            learner_response: of(self.by_edition("student_response", "learner_response")),
            result: of("result"),
            latency: of("latency").and_then(|text| self.timespan(text)),
            description: of("description"),
        }
    }

    /// The learner's comments; SCORM 1.2 has one text at most.
    pub fn comments(&self) -> Vec<Comment<'_>> {
        if !self.edition.is_2004() {
            let comment = self.get("cmi.comments").filter(|text| !text.is_empty());
            return comment
                .map(|comment| Comment { comment, location: None, timestamp: None })
                .into_iter()
                .collect();
        }
        (0..self.count("cmi.comments_from_learner"))
            .map(|index| {
                let of =
                    |part: &str| self.get(&format!("cmi.comments_from_learner.{index}.{part}"));
                Comment {
                    comment: of("comment").unwrap_or(""),
                    location: of("location"),
                    timestamp: of("timestamp"),
                }
            })
            .collect()
    }

    /// The shared data stores of the activity (`adl.data`, 4th edition).
    pub fn shared_data(&self) -> impl Iterator<Item = SharedData<'_>> {
        (0..self.count("adl.data")).map(|index| {
            let store = format!("adl.data.{index}.store");
            SharedData {
                id: self.get(&format!("adl.data.{index}.id")).unwrap_or(""),
                store: self.get(&store),
                writable: self.access_override(&store).is_none_or(Access::can_write),
            }
        })
    }
}
